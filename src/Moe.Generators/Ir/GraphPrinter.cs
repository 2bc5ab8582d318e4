using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Moe.Generators.Declarations;

namespace Moe.Generators.Ir;

/// <summary>A graph as text: one operation a line, shapes beside the values. The same in tests and in dumps.</summary>
internal static class GraphPrinter
{
    /// <summary>All graphs of a model.</summary>
    public static string Print(ModelGraph graph) => string.Join("\n", graph.All.Select(Print));

    /// <summary>One graph.</summary>
    public static string Print(Graph graph)
    {
        var text = new StringBuilder();
        text.Append(graph.Name).Append('(').Append(string.Join(", ", graph.Inputs.Select(Shape))).Append(")\n");
        foreach (Op op in graph.Ops)
            Print(text, op, 1);

        text.Append("    return ").Append(string.Join(", ", graph.Outputs.Select(output => output.Name))).Append('\n');
        return text.ToString();
    }

    private static void Print(StringBuilder text, Op op, int depth)
    {
        text.Append(' ', depth * 4)
            .Append(string.Join(", ", op.Outputs.Select(Shape)))
            .Append(" = ")
            .Append(op.Mnemonic)
            .Append('(')
            .Append(string.Join(", ", op.Inputs.Select(input => input.Name).Concat(op.Weights.Select(Shape)).Concat(Settings(op))))
            .Append(")\n");
        if (op is not FusedOp fused)
            return;

        foreach (Op part in fused.Parts)
            Print(text, part, depth + 1);
    }

    private static string Shape(Value value)
    {
        string kind = value.Kind == ElementKind.Index ? "index " : "";
        return value.Slots == 1
            ? $"{value.Name}[{kind}{value.Width}]"
            : $"{value.Name}[{kind}{value.Slots} x {value.Width}]";
    }

    private static string Shape(Weight weight)
    {
        string experts = weight.Experts > 0 ? weight.Experts + (weight.Slice == WeightSlice.None ? " x " : " slices x ") : "";
        return weight.IsVector ? $"@{weight.Role}[{experts}{weight.Rows}]" : $"@{weight.Role}[{experts}{weight.Rows} x {weight.Columns}]";
    }

    private static IEnumerable<string> Settings(Op op) => op switch
    {
        Norm norm => [norm.Kind.ToString(), "size " + norm.Size, "epsilon " + Number(norm.Epsilon)],
        Slice slice => ["from " + slice.Offset],
        Rotate turn => ["head " + turn.HeadSize, "from " + turn.Offset, "size " + turn.Size, "base " + Number(turn.Base), turn.Layout.ToString(), .. turn.Scaling is { } scaling ? [scaling.ToString()] : Array.Empty<string>()],
        Attend attend =>
        [
            "heads " + attend.Heads,
            "keyValueHeads " + attend.KeyValueHeads,
            "scale " + Number(attend.Scale),
            .. attend.Reach is { } reach ? [(reach.IsChunked ? "chunk " : "window ") + reach.Positions] : Array.Empty<string>(),
        ],
        Clip clip => ["limit " + Number(clip.Limit)],
        Temper temper => ["floor " + temper.Floor, "factor " + Number(temper.Factor)],
        AddScaled add => ["alpha " + Number(add.Alpha), "beta " + Number(add.Beta)],
        AttendDecaying attend => ["heads " + attend.Heads, "layers " + attend.Layers],
        AttendLatent attend => ["heads " + attend.Heads, "scale " + Number(attend.Scale)],
        Activate activate => [activate.Activation.ToString()],
        Apply apply => [apply.Function.Name, FunctionText.Write(apply.Function)],
        Scale scale => ["factor " + Number(scale.Factor)],
        AdamDirection adam => ["gamma " + Number(adam.Gamma), "epsilon " + Number(adam.Epsilon)],
        ExpertLinear { First: > 0 } linear => ["from expert " + linear.First],
        SlotLinear linear => ["experts " + linear.First + " to " + (linear.First + linear.Count - 1)],
        SlotsToHeads turn => ["keyValueHeads " + turn.KeyValueHeads],
        HeadsToSlots turn => ["keyValueHeads " + turn.KeyValueHeads],
        AddToSlots add => ["factor " + Number(add.Factor), "experts " + add.First + " to " + (add.First + add.Count - 1)],
        WeightInput weigh => ["experts " + weigh.First + " to " + (weigh.First + weigh.Count - 1)],
        Combine combine => ["experts " + combine.First + " to " + (combine.First + combine.Count - 1)],
        CombineCopies copies => ["experts " + copies.First + " to " + (copies.First + copies.Count - 1)],
        CombineConstants constants => ["from expert " + constants.First],
        _ => RoutingSettings(op),
    };

    private static IEnumerable<string> RoutingSettings(Op op) => op switch
    {
        Similarity similarity => [similarity.Kind.ToString()],
        Standardise standardise => ["to " + Number(standardise.Target)],
        AddRequestBias bias => ["scale " + Number(bias.Scale)],
        Score score => [score.Kind.ToString()],
        TreeScore tree => ["trees " + tree.Trees, "gamma " + Number(tree.Gamma)],
        SelectorScore selector => ["selectors " + selector.Selectors, "gamma " + Number(selector.Gamma)],
        KeepGroups keep => ["groups " + keep.Groups, "kept " + keep.Kept, keep.GroupKey.ToString(), "outside " + keep.Outside],
        SelectTopK select => [select.First == 0 ? "top " + select.Count : "ranks " + select.First + " to " + (select.First + select.Count - 1)],
        SelectTopP select => ["p " + Number(select.P), select.Rule.ToString(), "at least " + select.Minimum],
        SelectAbove select => ["above " + Number(select.Threshold), "at least " + select.Minimum],
        SelectByEntropy select =>
        [
            "threshold " + Number(select.Threshold), "order " + Number(select.Order), select.Normalised ? "normalised" : "raw",
            "epsilon " + Number(select.Epsilon), "p " + Number(select.P), select.Rule.ToString(), "at least " + select.Minimum,
        ],
        SelectRandom select => ["of " + select.Experts, select.Scope.ToString(), "seed " + select.Seed],
        SelectFromTable select => ["of " + select.Experts],
        SparseMixer mixer => ["epsilon " + Number(mixer.Epsilon)],
        SelectByExperts select => ["fraction " + Number(select.Fraction), "over " + select.Over],
        LimitCapacity limit => [limit.Rule.ToString()],
        Renormalise renormalise => renormalise.MinimumSum == 0
            ? ["epsilon " + Number(renormalise.Epsilon)]
            : ["epsilon " + Number(renormalise.Epsilon), "at least " + Number(renormalise.MinimumSum)],
        ZeroOut zero => ["experts " + zero.First + " to " + (zero.First + zero.Count - 1)],
        NormaliseOverTokens over => ["factor " + Number(over.Factor), "epsilon " + Number(over.Epsilon), "over " + over.Over],
        _ => [],
    };

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
