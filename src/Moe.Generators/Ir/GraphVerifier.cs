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
        Norm norm => Need(SameShape(norm.Input, norm.Output) && norm.Input.Width % norm.Size == 0 && norm.Weight.Rows == norm.Size
            && (norm.Bias is null || norm.Bias.Rows == norm.Size), "norm sizes"),
        Linear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width
            && (linear.Bias is null || linear.Bias.Rows == linear.Output.Width), "matrix sizes"),
        Slice slice => Need(slice.Offset >= 0 && slice.Offset + slice.Output.Width <= slice.Input.Width, "slice bounds"),
        Rotate turn => Need(SameShape(turn.Input, turn.Output) && turn.Input.Width % turn.HeadSize == 0 && turn.Size % 2 == 0
            && turn.Size > 0 && turn.Offset >= 0 && turn.Offset + turn.Size <= turn.HeadSize, "rotation sizes"),
        Attend attend => Need(attend.Query.Width == attend.Heads * attend.HeadSize && attend.Key.Width == attend.KeyValueHeads * attend.HeadSize
            && attend.Value.Width == attend.Key.Width && attend.Output.Width == attend.Query.Width && attend.Heads % attend.KeyValueHeads == 0, "head sizes"),
        AttendLatent attend => Need(attend.Query.Width == attend.Heads * (attend.HeadSize + attend.RotarySize) && attend.Latent.Width == attend.KeyValueRank
            && attend.RotaryKey.Width == attend.RotarySize && attend.Output.Width == attend.Heads * attend.ValueHeadSize
            && attend.KeyValueUp.Rows == attend.Heads * (attend.HeadSize + attend.ValueHeadSize) && attend.KeyValueUp.Columns == attend.KeyValueRank, "latent sizes"),
        Activate activate => Need(SameShape(activate.Input, activate.Output), "shapes differ"),
        Apply apply => Need(SameShape(apply.Input, apply.Output) && (apply.Second is null || SameShape(apply.Second, apply.Output))
            && apply.Function.Parameters.Count == apply.Inputs.Length, "operands"),
        Multiply multiply => Need(SameShape(multiply.Left, multiply.Right) && SameShape(multiply.Left, multiply.Output), "shapes differ"),
        Add add => Need(SameShape(add.Left, add.Right) && SameShape(add.Left, add.Output), "shapes differ"),
        Score score => Need(SameShape(score.Logits, score.Output), "shapes differ"),
        AddBias bias => Need(SameShape(bias.Input, bias.Output) && bias.Bias.Rows == bias.Input.Width, "shapes differ"),
        KeepGroups keep => Need(SameShape(keep.Key, keep.Output) && keep.Key.Width % keep.Groups == 0 && keep.Kept >= 1 && keep.Kept <= keep.Groups, "groups"),
        SelectTopK select => Need(select.TopK >= 1 && select.TopK <= select.Key.Width && select.Chosen.Width == select.TopK
            && select.Chosen.Kind == ElementKind.Index, "top-k"),
        Gather gather => Need(gather.Output.Width == gather.Chosen.Width && gather.Chosen.Kind == ElementKind.Index, "gather width"),
        Renormalise renormalise => Need(SameShape(renormalise.Input, renormalise.Output), "shapes differ"),
        Scale scale => Need(SameShape(scale.Input, scale.Output), "shapes differ"),
        ExpertLinear linear => Need(linear.Weight.Columns == linear.Input.Width && linear.Weight.Rows == linear.Output.Width && linear.Weight.Experts > 0
            && linear.Output.Slots == linear.Chosen.Width && (linear.Input.Slots == 1 || linear.Input.Slots == linear.Chosen.Width), "expert sizes"),
        Combine combine => Need(combine.Answers.Slots == combine.SlotWeights.Width && combine.Answers.Width == combine.Output.Width, "combine sizes"),
        _ => $"the verifier does not know {op.Mnemonic}",
    };

    private static bool SameShape(Value left, Value right) => left.Width == right.Width && left.Slots == right.Slots;

    private static string? Need(bool holds, string what) => holds ? null : what + " do not agree";

    private static InvalidOperationException Broken(Graph graph, Op op, string problem) =>
        new($"{graph.Name}: {op.Mnemonic} → {string.Join(", ", op.Outputs.Select(output => output.Name))}: {problem}");
}
