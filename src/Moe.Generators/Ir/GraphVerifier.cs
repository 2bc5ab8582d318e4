using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Generators.Ir;

/// <summary>Legality of a graph, executable: run between stages and after every pass.</summary>
internal static class GraphVerifier
{
    /// <summary>Checks every graph of a model.</summary>
    /// <exception cref="InvalidOperationException">A law is broken; the message names graph, operation and values.</exception>
    public static void Verify(ModelGraph model)
    {
        foreach (Graph graph in model.All)
            Verify(graph);
        foreach (Graph block in model.Blocks)
        {
            if (!block.Inputs.Skip(1).Take(model.Carried.Length).SequenceEqual(model.Carried) || block.Outputs.Length != model.Carried.Length + 1)
                throw new InvalidOperationException($"{block.Name}: does not take and give what the model carries");
            for (int i = 0; i < model.Carried.Length; i++)
            {
                if (!SameShape(block.Outputs[i + 1], model.Carried[i]))
                    throw new InvalidOperationException($"{block.Name}: {block.Outputs[i + 1].Name} has another shape than {model.Carried[i].Name}");
            }
        }
    }

    /// <summary>Every value is written once and before it is read; names and roles are unique; shapes agree.</summary>
    public static void Verify(Graph graph)
    {
        var known = new HashSet<Value>(graph.Inputs);
        var names = new HashSet<string>(graph.Inputs.Select(input => input.Name));
        var roles = new Dictionary<string, Weight>();
        foreach (Op op in graph.Ops)
        {
            Check(op, graph, known, names, inFused: false);
            foreach (Weight weight in op.Weights)
            {
                if (roles.TryGetValue(weight.Role, out Weight? other) && other != weight)
                    throw Broken(graph, op, $"role {weight.Role} names two different weights");
                roles[weight.Role] = weight;
            }
        }

        foreach (Value output in graph.Outputs)
        {
            if (!known.Contains(output))
                throw new InvalidOperationException($"{graph.Name}: output {output.Name} is never written");
        }
    }

    private static void Check(Op op, Graph graph, HashSet<Value> known, HashSet<string> names, bool inFused)
    {
        foreach (Value input in op.Inputs)
        {
            if (!known.Contains(input))
                throw Broken(graph, op, $"{input.Name} is read before it is written");
        }

        if (op is FusedOp fused)
        {
            if (inFused)
                throw Broken(graph, op, "a fused operation inside another");
            var inside = new HashSet<Value>(known);
            foreach (Op part in fused.Parts)
                Check(part, graph, inside, names, inFused: true);
            foreach (Value output in fused.Outputs)
            {
                if (!inside.Contains(output))
                    throw Broken(graph, op, $"{output.Name} is not written by its parts");
                known.Add(output);
            }

            return;
        }

        foreach (Value output in op.Outputs)
        {
            if (!names.Add(output.Name))
                throw Broken(graph, op, $"the name {output.Name} is taken");
            if (output.Width < 1 || output.Slots < 1)
                throw Broken(graph, op, $"{output.Name} is empty");
            known.Add(output);
        }

        if (ShapeProblem(op) is { } problem)
            throw Broken(graph, op, problem);
    }

    private static string? ShapeProblem(Op op) => op switch
    {
        Embed embed => Need(embed.Table.Columns == embed.Output.Width && embed.Ids.Kind == ElementKind.Index, "table width"),
        Norm norm => Need(SameShape(norm.Input, norm.Output) && norm.Input.Width % norm.Size == 0
            && (norm.Weight is null || norm.Weight.Rows == norm.Size)
            && (norm.Bias is null || norm.Bias.Rows == norm.Size), "norm sizes"),
        Linear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width
            && (linear.Bias is null || linear.Bias.Rows == linear.Output.Width), "matrix sizes"),
        Slice slice => Need(slice.Offset >= 0 && slice.Offset + slice.Output.Width <= slice.Input.Width, "slice bounds"),
        Rotate turn => Need(SameShape(turn.Input, turn.Output) && turn.Input.Width % turn.HeadSize == 0 && turn.Size % 2 == 0
            && turn.Size > 0 && turn.Offset >= 0 && turn.Offset + turn.Size <= turn.HeadSize, "rotation sizes"),
        Attend attend => Need(attend.Query.Width == attend.Heads * attend.HeadSize && attend.Key.Width == attend.KeyValueHeads * attend.HeadSize
            && attend.Value.Width == attend.Key.Width && attend.Output.Width == attend.Query.Width && attend.Heads % attend.KeyValueHeads == 0
            && attend.Reach is null or { Positions: > 0 } && (attend.Sinks is null || attend.Sinks.Rows == attend.Heads)
            && (attend.ChosenHeads is null || (attend.ChosenHeads.Width == attend.Heads && attend.KeyValueHeads == attend.Heads)), "head sizes"),
        AttendDecaying attend => Need(attend.QueryKeyValue.Width == 3 * attend.Heads * attend.HeadSize
            && attend.Output.Width == attend.Heads * attend.HeadSize, "head sizes"),
        SigmoidGate gate => Need(SameShape(gate.Input, gate.Gate) && SameShape(gate.Input, gate.Output), "shapes differ"),
        AttendLatent attend => Need(attend.Query.Width == attend.Heads * (attend.HeadSize + attend.RotarySize) && attend.Latent.Width == attend.KeyValueRank
            && attend.RotaryKey.Width == attend.RotarySize && attend.Output.Width == attend.Heads * attend.ValueHeadSize
            && attend.KeyValueUp.Rows == attend.Heads * (attend.HeadSize + attend.ValueHeadSize) && attend.KeyValueUp.Columns == attend.KeyValueRank, "latent sizes"),
        Activate activate => Need(SameShape(activate.Input, activate.Output), "shapes differ"),
        Apply apply => Need(SameShape(apply.Input, apply.Output) && (apply.Second is null || SameShape(apply.Second, apply.Output))
            && apply.Function.Parameters.Count == apply.Inputs.Length, "operands"),
        Multiply multiply => Need(SameShape(multiply.Left, multiply.Right) && SameShape(multiply.Left, multiply.Output), "shapes differ"),
        AddScaled add => Need(SameShape(add.Left, add.Right) && SameShape(add.Left, add.Output), "shapes differ"),
        Clip clip => Need(SameShape(clip.Input, clip.Output) && clip.Limit > 0, "shapes or limit"),
        Temper temper => Need(SameShape(temper.Input, temper.Output) && temper.Floor > 0, "shapes or floor"),
        Add add => Need(SameShape(add.Left, add.Right) && SameShape(add.Left, add.Output), "shapes differ"),
        Scale scale => Need(SameShape(scale.Input, scale.Output), "shapes"),
        AdamDirection adam => Need(SameShape(adam.First, adam.Second) && SameShape(adam.First, adam.Output), "shapes"),
        ScaleBlocks blocks => Need(SameShape(blocks.Input, blocks.Output) && blocks.Input.Width % blocks.Factors.Width == 0, "blocks"),
        _ => RoutingProblem(op) is var problem && problem != Unknown ? problem : ExpertProblem(op),
    };

    private static string? RoutingProblem(Op op) => op switch
    {
        TaggedLinear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width && linear.Weight.Experts > 0, "matrix sizes"),
        GruCell cell => Need(cell.InputGates.Width == 3 * cell.State.Width && SameShape(cell.InputGates, cell.StateGates) && SameShape(cell.State, cell.Output), "cell sizes"),
        Similarity similarity => Need(similarity.Vectors.Columns == similarity.Input.Width && similarity.Vectors.Rows == similarity.Output.Width
            && (similarity.Kind == SimilarityKind.Cosine) == (similarity.Temperature is not null), "vector sizes"),
        SparsityLogits sparsity => Need(sparsity.Up.Columns == sparsity.Input.Width && sparsity.Up.Experts == sparsity.Output.Width, "expert sizes"),
        Standardise standardise => Need(SameShape(standardise.Input, standardise.Output) && standardise.Input.Width > 1, "shapes"),
        DivideByTemperature divide => Need(SameShape(divide.Input, divide.Output) && divide.Temperature.Rows == 1, "shapes"),
        AddRequestBias bias => Need(SameShape(bias.Input, bias.Output), "shapes"),
        Score score => Need(SameShape(score.Logits, score.Output), "shapes"),
        TreeScore tree => Need(tree.Nodes.Width == tree.Trees * (tree.Output.Width - 1) && tree.Leaves.Width == tree.Trees * tree.Output.Width, "tree sizes"),
        SelectorScore selector => Need(selector.Mix.Width == selector.Selectors && selector.Codes.Width == selector.Selectors * RouterLogitsGraph.CodeBits(selector.Output.Width), "selector sizes"),
        Constant constant => Need(constant.Vector.Rows == constant.Output.Width, "shapes"),
        AddBias bias => Need(SameShape(bias.Input, bias.Output) && bias.Bias.Rows == bias.Input.Width, "shapes"),
        MultiplyBy multiply => Need(SameShape(multiply.Input, multiply.Output) && multiply.Factor.Rows == multiply.Input.Width, "shapes"),
        KeepGroups keep => Need(SameShape(keep.Key, keep.Output) && keep.Key.Width % keep.Groups == 0 && keep.Kept >= 1 && keep.Kept <= keep.Groups, "groups"),
        SelectTopK select => Need(select.Count >= 1 && select.First >= 0 && select.First + select.Count <= select.Chosen.Width && IsChoice(select.Chosen, select.Key), "top-k"),
        SelectTopP select => Need(IsChoice(select.Chosen, select.Key) && select.Minimum <= select.Chosen.Width, "top-p"),
        SelectAbove select => Need(IsChoice(select.Chosen, select.Key) && select.Minimum <= select.Chosen.Width, "threshold"),
        SelectByEntropy select => Need(IsChoice(select.Chosen, select.Key) && select.Chosen.Width == select.Key.Width, "entropy"),
        SelectByExperts select => Need(IsChoice(select.Chosen, select.Key) && select.Chosen.Width == select.Key.Width, "expert choice"),
        SelectRandom select => Need(select.Chosen.Kind == ElementKind.Index && select.Chosen.Width <= select.Experts, "random choice"),
        SelectFromTable select => Need(select.Chosen.Kind == ElementKind.Index && select.Table.Columns == select.Chosen.Width
            && select.Table.Kind == WeightKind.Indices && select.Ids.Kind == ElementKind.Index, "table"),
        SparseMixer mixer => Need(mixer.Chosen.Width == 2 && mixer.SlotWeights.Width == 2 && mixer.Logits.Width >= 2, "sparse mixer"),
        LimitCapacity limit => Need(SameShape(limit.Chosen, limit.Output) && limit.Key.Width == limit.Rule.Experts, "limit"),
        Gather gather => Need(gather.Output.Width == gather.Chosen.Width && gather.Chosen.Kind == ElementKind.Index, "gather width"),
        Renormalise renormalise => Need(SameShape(renormalise.Input, renormalise.Output), "shapes"),
        SoftmaxOfChosen softmax => Need(SameShape(softmax.Input, softmax.Output) && SameShape(softmax.Input, softmax.Chosen), "shapes"),
        SigmoidOfChosen sigmoid => Need(SameShape(sigmoid.Input, sigmoid.Output) && SameShape(sigmoid.Input, sigmoid.Chosen), "shapes"),
        OneOfChosen one => Need(SameShape(one.Chosen, one.Output), "shapes"),
        ZeroOut zero => Need(SameShape(zero.Input, zero.Output) && SameShape(zero.Input, zero.Chosen), "shapes"),
        NormaliseOverTokens over => Need(SameShape(over.Input, over.Output) && SameShape(over.Input, over.Chosen), "shapes"),
        _ => Unknown,
    };

    private const string Unknown = "unknown";

    private static string? ExpertProblem(Op op) => op switch
    {
        ExpertLinear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width && linear.Weight.Experts > 0
            && linear.Output.Slots == linear.Chosen.Width && (linear.Input.Slots == 1 || linear.Input.Slots == linear.Chosen.Width), "expert sizes"),
        SlotLinear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width
            && linear.Output.Slots == linear.Chosen.Width && linear.Input.Slots == linear.Chosen.Width, "slot sizes"),
        SlotsToHeads turn => Need(turn.Input.Slots == turn.Chosen.Width && turn.Input.Width == turn.KeyValueHeads * turn.HeadSize
            && turn.Output.Width == turn.Input.ElementsPerToken && turn.Output.Slots == 1, "head sizes"),
        HeadsToSlots turn => Need(turn.Output.Slots == turn.Chosen.Width && turn.Output.Width == turn.KeyValueHeads * turn.HeadSize
            && turn.Input.Width == turn.Output.ElementsPerToken && turn.Input.Slots == 1, "head sizes"),
        AddToSlots add => Need(SameShape(add.Delta, add.Output) && add.Shared.Width == add.Output.Width && add.Output.Slots == add.Chosen.Width, "slot sizes"),
        WeightInput weigh => Need(weigh.Output.Slots == weigh.Chosen.Width && weigh.Output.Width == weigh.Input.Width, "slot sizes"),
        Combine combine => Need(combine.Answers.Slots == combine.SlotWeights.Width && combine.Answers.Width == combine.Output.Width, "combine sizes"),
        CombineCopies copies => Need(copies.Input.Width == copies.Output.Width && (copies.Input.Slots == 1 || copies.Input.Slots == copies.Chosen.Width), "shapes"),
        CombineConstants constants => Need(constants.Input.Width == constants.Output.Width
            && (constants.Input.Slots == 1 || constants.Input.Slots == constants.Chosen.Width) && constants.Mix.Columns == constants.Input.Width
            && constants.Vector.Rows == constants.Input.Width, "constant sizes"),
        _ => $"the verifier does not know {op.Mnemonic}",
    };

    private static bool IsChoice(Value chosen, Value key) => chosen.Kind == ElementKind.Index && chosen.Width <= key.Width;

    private static bool SameShape(Value left, Value right) => left.Width == right.Width && left.Slots == right.Slots;

    private static string? Need(bool holds, string what) => holds ? null : what + " do not agree";

    private static InvalidOperationException Broken(Graph graph, Op op, string problem) =>
        new($"{graph.Name}: {op.Mnemonic} → {string.Join(", ", op.Outputs.Select(output => output.Name))}: {problem}");
}
