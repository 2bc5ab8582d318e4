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
        string experts = weight.Experts > 0 ? weight.Experts + " x " : "";
        return weight.IsVector ? $"@{weight.Role}[{experts}{weight.Rows}]" : $"@{weight.Role}[{experts}{weight.Rows} x {weight.Columns}]";
    }

    private static IEnumerable<string> Settings(Op op) => op switch
    {
        Norm norm => [norm.Kind.ToString(), "size " + norm.Size, "epsilon " + Number(norm.Epsilon)],
        Slice slice => ["from " + slice.Offset],
        Rotate turn => ["head " + turn.HeadSize, "from " + turn.Offset, "size " + turn.Size, "base " + Number(turn.Base), turn.Layout.ToString()],
        Attend attend => ["heads " + attend.Heads, "keyValueHeads " + attend.KeyValueHeads, "scale " + Number(attend.Scale)],
        AttendLatent attend => ["heads " + attend.Heads, "scale " + Number(attend.Scale)],
        Activate activate => [activate.Activation.ToString()],
        Apply apply => [apply.Function.Name, FunctionText.Write(apply.Function)],
        Score score => [score.Kind.ToString()],
        KeepGroups keep => ["groups " + keep.Groups, "kept " + keep.Kept, keep.GroupKey.ToString(), "outside " + keep.Outside],
        SelectTopK select => ["top " + select.TopK],
        Renormalise renormalise => ["epsilon " + Number(renormalise.Epsilon)],
        Scale scale => ["factor " + Number(scale.Factor)],
        _ => [],
    };

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
