using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>The steps of a run of routing: each finds its inputs in shared memory and leaves its output there.</summary>
internal static class GpuRouteSteps
{
    /// <summary>The token's settings of a request: the choice's size and first rank.</summary>
    private static readonly GpuParameter[] _choice =
    [
        new("int", "hasChoices", "batch.Requests.HasChoices"),
        new("ArrayView<int>", "requestTopKs", "batch.Requests.TopKs.View"),
        new("ArrayView<int>", "requestFirstRanks", "batch.Requests.FirstRanks.View"),
    ];

    private static readonly GpuParameter[] _bias =
    [
        new("int", "hasBiases", "batch.Requests.HasBiases"),
        new("ArrayView<int>", "sequences", "batch.Requests.Sequences.View"),
        new("ArrayView<float>", "requestBiases", "batch.Requests.Biases.View"),
    ];

    /// <summary>What a step reads beside rows and weights.</summary>
    public static IEnumerable<GpuParameter> Context(GpuScope scope, Op op) => op switch
    {
        SelectTopK { IsFixed: false } => _choice,
        AddRequestBias => _bias,
        SelectRandom random => GpuRandomSteps.Context(random),
        SelectFromTable table => [scope.Of(table.Ids)],
        _ => [],
    };

    /// <summary>The width of a row as C#.</summary>
    public static string Width(GpuScope scope, Value value)
    {
        string known = scope.Words.Width(value);
        return char.IsDigit(known[0]) ? scope.Words.Named(value.Width, "TopK", "MaxSelected", "Experts") : known;
    }

    /// <summary>A loop in which work items take elements of the value in turn.</summary>
    public static void Each(SourceWriter writer, GpuScope scope, Value value, string i, string statement)
    {
        writer.Line($"for (int {i} = Group.IdxX; {i} < {Width(scope, value)}; {i} += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line(statement);
    }

    /// <summary>All work items meet.</summary>
    public static void Meet(SourceWriter writer)
    {
        writer.Line("Group.Barrier();");
        writer.Line();
    }

    /// <summary>The step's equation, in the words of the declaration.</summary>
    public static string Equation(GpuScope scope, Op op)
    {
        string result = op.Outputs[0].Name;
        return result + " = " + op switch
        {
            Score score => GpuScoreSteps.Equation(score),
            TreeScore tree => $"leaves of {tree.Nodes.Name} and {tree.Leaves.Name}, summed by expert",
            SelectorScore selector => $"Σ softmax({selector.Mix.Name}) · code weights of {selector.Codes.Name}",
            Standardise one => $"{one.Input.Name} with the standard deviation {Number(one.Target)}",
            DivideByTemperature one => $"{one.Input.Name} / {one.Temperature.Role}",
            AddRequestBias one => $"{one.Input.Name} + {Number(one.Scale)} · the request's bias",
            AddBias one => $"{one.Input.Name} + {one.Bias.Role}",
            MultiplyBy one => $"{one.Input.Name} · {one.Factor.Role}",
            Scale one => $"{one.Input.Name} · {Number(one.Factor)}",
            Activate one => $"{GpuMatrixKernels.Function(new NamedActivation(one.Activation))}({one.Input.Name})",
            Apply one => $"{CSharp.Camel(one.Function.Name)}({string.Join(", ", one.Inputs.Select(value => value.Name))})",
            KeepGroups one => $"{one.Key.Name} within the best {one.Kept} of {one.Groups} groups",
            SelectTopK one => $"best {Width(scope, one.Chosen)} of {one.Key.Name}" + (one.First == 0 ? "" : $" from rank {one.First} on"),
            SelectTopP one => $"the best of {one.Key.Name} whose sum {(one.Rule == TopPRule.FirstExceeding ? "first exceeds" : "is at most")} {Number(one.P)}",
            SelectAbove one => $"those with {one.Key.Name} > {Number(one.Threshold)}, best first",
            SelectByEntropy one => $"all where the entropy of {one.Key.Name} is above {Number(one.Threshold)}, else the best whose sum {(one.Rule == TopPRule.FirstExceeding ? "first exceeds" : "is at most")} {Number(one.P)}",
            SelectRandom one => $"{one.Chosen.Width} of {one.Experts} experts at random",
            SelectFromTable one => $"{one.Table.Role}[{one.Ids.Name}]",
            SparseMixer one => $"the two best of {one.Logits.Name}, {one.SlotWeights.Name} = sparsemixer's",
            Gather one => $"{one.Scores.Name}[{one.Chosen.Name}]",
            Renormalise one => $"{one.Input.Name}, made to sum to 1",
            SoftmaxOfChosen one => $"softmax({one.Input.Name}) over full slots",
            SigmoidOfChosen one => $"sigmoid({one.Input.Name}) in full slots",
            OneOfChosen => "1 in full slots",
            ZeroOut one => $"{one.Input.Name}, 0 for experts {one.First} to {one.First + one.Count - 1}",
            _ => throw Unknown(op),
        };
    }

    /// <summary>The step's statements.</summary>
    public static void Write(SourceWriter writer, GpuScope scope, Op op)
    {
        switch (op)
        {
            case Score or TreeScore or SelectorScore or Standardise or KeepGroups:
                GpuScoreSteps.Write(writer, scope, op);
                break;
            case DivideByTemperature one:
                Each(writer, scope, one.Output, "expert", $"{one.Output.Name}[expert] = {one.Input.Name}[expert] / {GpuScope.NameOf(one.Temperature)}[0];");
                break;
            case AddRequestBias one:
                string scale = scope.Words.Float("RequestBiasScale", one.Scale);
                string added = $"({scale} * requestBiases[((long)sequences[token] * {Width(scope, one.Input)}) + expert])";
                Each(writer, scope, one.Output, "expert", $"{one.Output.Name}[expert] = {one.Input.Name}[expert] + (hasBiases == 0 ? 0f : {added});");
                break;
            case AddBias one:
                Each(writer, scope, one.Output, "expert", $"{one.Output.Name}[expert] = {one.Input.Name}[expert] + {GpuScope.NameOf(one.Bias)}[expert];");
                break;
            case MultiplyBy one:
                Each(writer, scope, one.Output, "expert", $"{one.Output.Name}[expert] = {one.Input.Name}[expert] * {GpuScope.NameOf(one.Factor)}[expert];");
                break;
            case Scale one:
                string factor = one.Output.Name == "scaledWeights" ? scope.Words.Float("WeightScale", one.Factor) : CSharp.Float(one.Factor);
                Each(writer, scope, one.Output, "i", $"{one.Output.Name}[i] = {one.Input.Name}[i] * {factor};");
                break;
            case Activate one:
                Each(writer, scope, one.Output, "i", $"{one.Output.Name}[i] = GpuMath.{one.Activation}({one.Input.Name}[i]);");
                break;
            case Apply one:
                Each(writer, scope, one.Output, "i", $"{one.Output.Name}[i] = {scope.Functions.MethodOf(one.Function)}({string.Join(", ", one.Inputs.Select(value => value.Name + "[i]"))});");
                break;
            case SelectTopK or SelectTopP or SelectAbove or SelectByEntropy or SelectFromTable:
                GpuChoiceSteps.Write(writer, scope, op);
                break;
            case SelectRandom random:
                GpuRandomSteps.Write(writer, scope, random);
                break;
            case SparseMixer mixer:
                Mixer(writer, scope, mixer);
                break;
            default:
                Weigh(writer, scope, op);
                break;
        }
    }

    /// <summary>The weights of sparsemixer's choice, whoever made it.</summary>
    public static void MixerWeights(SourceWriter writer, GpuScope scope, SparseMixer op)
    {
        string experts = Width(scope, op.Logits);
        string limit = scope.Words.Float("MixerLimit", 2 * op.Epsilon, "2 ε");
        string z = op.Logits.Name;
        string chosen = op.Chosen.Name;
        using (writer.Open("if (Group.IdxX == 0)"))
        {
            writer.Line($"int best = GpuRouting.BestIndex({z}, {experts}, -1);");
            writer.Line($"int second = GpuRouting.BestIndex({z}, {experts}, {chosen}[0]);");
            writer.Line($"{op.SlotWeights.Name}[0] = GpuRouting.MixerWeight({z}, {experts}, best, {chosen}[0], -1, {limit});");
            writer.Line($"{op.SlotWeights.Name}[1] = GpuRouting.MixerWeight({z}, {experts}, second, {chosen}[1], {chosen}[0], {limit});");
        }

        writer.Line();
    }

    /// <summary>A number in an equation.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Mixer(SourceWriter writer, GpuScope scope, SparseMixer op)
    {
        string experts = Width(scope, op.Logits);
        using (writer.Open("if (Group.IdxX == 0)"))
        {
            writer.Line($"{op.Chosen.Name}[0] = GpuRouting.BestIndex({op.Logits.Name}, {experts}, -1);");
            writer.Line($"{op.Chosen.Name}[1] = GpuRouting.BestIndex({op.Logits.Name}, {experts}, {op.Chosen.Name}[0]);");
        }

        writer.Line();
        Meet(writer);
        MixerWeights(writer, scope, op);
    }

    private static void Weigh(SourceWriter writer, GpuScope scope, Op op)
    {
        Value output = op.Outputs[0];
        string slots = Width(scope, output);
        switch (op)
        {
            case Gather one:
                Each(writer, scope, output, "slot", $"{output.Name}[slot] = {one.Chosen.Name}[slot] < 0 ? 0f : {one.Scores.Name}[{one.Chosen.Name}[slot]];");
                break;
            case Renormalise one:
                writer.Line("float sum = 0f;");
                Every(writer, slots, $"sum += {one.Input.Name}[slot];");
                string divisor = one.Epsilon == 0 ? "sum" : $"(sum + {scope.Words.Float("RenormaliseEpsilon", one.Epsilon)})";
                if (one.MinimumSum > 0)
                {
                    string least = scope.Words.Float("MinimumSum", one.MinimumSum);
                    writer.Line($"float divisor = {divisor} < {least} ? {least} : {divisor};");
                    divisor = "divisor";
                }

                Each(writer, scope, output, "slot", $"{output.Name}[slot] = sum == 0f ? 0f : {one.Input.Name}[slot] / {divisor};");
                break;
            case SoftmaxOfChosen one:
                writer.Line("float highest = float.NegativeInfinity;");
                Every(writer, slots, $"highest = {one.Chosen.Name}[slot] >= 0 && {one.Input.Name}[slot] > highest ? {one.Input.Name}[slot] : highest;");
                writer.Line("float total = 0f;");
                Every(writer, slots, $"total += {one.Chosen.Name}[slot] < 0 ? 0f : GpuMath.Exp({one.Input.Name}[slot] - highest);");
                Each(writer, scope, output, "slot", $"{output.Name}[slot] = {one.Chosen.Name}[slot] < 0 ? 0f : GpuMath.Exp({one.Input.Name}[slot] - highest) / total;");
                break;
            case SigmoidOfChosen one:
                Each(writer, scope, output, "slot", $"{output.Name}[slot] = {one.Chosen.Name}[slot] < 0 ? 0f : GpuMath.Sigmoid({one.Input.Name}[slot]);");
                break;
            case OneOfChosen one:
                Each(writer, scope, output, "slot", $"{output.Name}[slot] = {one.Chosen.Name}[slot] < 0 ? 0f : 1f;");
                break;
            case ZeroOut one:
                Each(writer, scope, output, "slot", $"{output.Name}[slot] = {one.Chosen.Name}[slot] >= {one.First} && {one.Chosen.Name}[slot] < {one.First + one.Count} ? 0f : {one.Input.Name}[slot];");
                break;
            default:
                throw Unknown(op);
        }
    }

    // A loop that every work item walks by itself.
    private static void Every(SourceWriter writer, string slots, string statement)
    {
        writer.Line($"for (int slot = 0; slot < {slots}; slot++)");
        using (writer.Indent())
            writer.Line(statement);
    }

    private static NotSupportedException Unknown(Op op) => new($"The GPU emitter does not know {op.Mnemonic} as a routing step.");
}
