using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Operations on one token's row: a group a row.</summary>
internal static class GpuRowKernels
{
    /// <summary>hidden = Embedding[id].</summary>
    public static void Embed(GpuScope scope, Embed op)
    {
        string width = scope.Words.Width(op.Output);
        string table = GpuScope.NameOf(op.Table);
        scope.Launch(
            "Embed",
            $"{op.Output.Name} = {op.Table.Role}[id]",
            GpuScope.Shape(op.Output),
            "A group a token, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [new GpuParameter("ArrayView<int>", op.Ids.Name, "batch.Ids.View"), scope.Of(op.Table), scope.Of(op.Output)],
            writer =>
            {
                writer.Line("int token = Grid.IdxX;");
                writer.Line($"long row = (long){op.Ids.Name}[token] * {width};");
                Each(writer, width, $"{op.Output.Name}[((long)token * {width}) + i] = {table}[row + i].Widen();");
            });
    }

    /// <summary>The rows whose logits are asked for, side by side.</summary>
    public static void Pick(GpuScope scope, Value hidden, string source)
    {
        string width = scope.Words.Width(hidden);
        string target = "Head" + CSharp.Pascal(hidden.Name);
        scope.Buffers.Need(target, "float", hidden.Width, isOfLogitRows: true);
        scope.Place(hidden, target);
        scope.Launch(
            "Pick",
            $"picked = {hidden.Name} of the tokens whose logits are asked for",
            GpuScope.Shape(hidden),
            "A group a row, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [
                new GpuParameter("ArrayView<float>", hidden.Name, $"buffers.{source}.View"),
                new GpuParameter("ArrayView<int>", "logitTokens", "batch.LogitTokens.View"),
                new GpuParameter("ArrayView<float>", "picked", $"buffers.{target}.View"),
            ],
            writer =>
            {
                writer.Line($"long source = (long)logitTokens[Grid.IdxX] * {width};");
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                Each(writer, width, $"picked[row + i] = {hidden.Name}[source + i];");
            });
    }

    /// <summary>RMS and layer norm of whole rows or of each head.</summary>
    public static void Norm(GpuScope scope, Norm op)
    {
        string width = scope.Words.Width(op.Output);
        bool isWhole = op.Size == op.Input.Width;
        string size = isWhole ? width : "HeadSize";
        string name = CSharp.Pascal(op.Output.Name);
        string weight = op.Weight is { } learned ? $" * {GpuScope.NameOf(learned)}[i]" : "";
        string bias = op.Bias is { } vector ? $" + {GpuScope.NameOf(vector)}[i]" : "";
        string epsilon = scope.Words.Float((op.Weight?.Role ?? name) + "Epsilon", op.Epsilon);
        string function = op.Kind == NormKind.Rms ? "rms" : "layerNorm";
        scope.Launch(
            name,
            $"{op.Output.Name} = {function}({op.Input.Name}){(op.Weight is null ? "" : " · " + op.Weight.Role)}{(op.Bias is { } added ? " + " + added.Role : "")}{(isWhole ? "" : ", each head by itself")}",
            GpuScope.Shape(op.Output),
            isWhole ? "A group a token, elements in turn." : "A group a token and head, elements in turn.",
            isWhole ? "GpuGroup.Grid(tokens)" : $"GpuGroup.Grid(tokens, {width} / {size})",
            [scope.Of(op.Input), op.Weight is null ? null : scope.Of(op.Weight), op.Bias is null ? null : scope.Of(op.Bias), scope.Of(op.Output)],
            writer =>
            {
                writer.Line(isWhole ? $"long row = (long)Grid.IdxX * {width};" : $"long row = ((long)Grid.IdxX * {width}) + ((long)Grid.IdxY * {size});");
                writer.Line("ArrayView<float> lanes = SharedMemory.Allocate<float>(GpuGroup.Size);");
                string centred = $"{op.Input.Name}[row + i]";
                if (op.Kind == NormKind.Layer)
                {
                    writer.Line();
                    writer.Line("float sum = 0f;");
                    Each(writer, size, $"sum += {op.Input.Name}[row + i];");
                    writer.Line($"float mean = GpuGroup.Sum(lanes, sum) / {size};");
                    centred = $"({op.Input.Name}[row + i] - mean)";
                }

                writer.Line();
                writer.Line("float squares = 0f;");
                Each(writer, size, $"squares += {centred} * {centred};");
                writer.Line($"float inverse = GpuMath.InverseSqrt((GpuGroup.Sum(lanes, squares) / {size}) + {epsilon});");
                Each(writer, size, bias.Length == 0 ? $"{op.Output.Name}[row + i] = {centred} * inverse{weight};" : $"{op.Output.Name}[row + i] = ({centred} * inverse{weight}){bias};");
            });
    }

    /// <summary>Some neighbouring elements of a row.</summary>
    public static void Slice(GpuScope scope, Slice op)
    {
        string width = scope.Words.Width(op.Output);
        string source = scope.Words.Width(op.Input);
        string offset = op.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture);
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = {op.Input.Name} from {offset}",
            GpuScope.Shape(op.Output),
            "A group a token, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(op.Input), scope.Of(op.Output)],
            writer =>
            {
                writer.Line($"long source = ((long)Grid.IdxX * {source}) + {offset};");
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                Each(writer, width, $"{op.Output.Name}[row + i] = {op.Input.Name}[source + i];");
            });
    }

    /// <summary>Heads turned by their token's position.</summary>
    public static void Rotate(GpuScope scope, Rotate op)
    {
        string width = scope.Words.Width(op.Output);
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = {op.Input.Name} turned by position",
            GpuScope.Shape(op.Output),
            "A group a token, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(op.Input), .. Angles(op), GpuScope.Positions, scope.Of(op.Output)],
            writer =>
            {
                writer.Line("int position = positions[Grid.IdxX];");
                Row(writer, op, "Grid.IdxX");
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                using (writer.Open($"for (int i = Group.IdxX; i < {width}; i += GpuGroup.Size)"))
                {
                    Turned(writer, scope.Words, op, "element", "row");
                    writer.Line($"{op.Output.Name}[row + i] = element;");
                }
            });
    }

    /// <summary>Writes a loop in which the work items of a group take elements in turn.</summary>
    public static void Each(SourceWriter writer, string width, string statement)
    {
        writer.Line($"for (int i = Group.IdxX; i < {width}; i += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line(statement);
    }

    /// <summary>The tables of cosines and sines as parameters, and the lengths where they decide between two lists.</summary>
    public static GpuParameter[] Angles(Rotate op) =>
    [
        new("ArrayView<float>", "cosines", "rotary.Cosines.View"),
        new("ArrayView<float>", "sines", "rotary.Sines.View"),
        .. Rotation.Of(op).LongestShort == 0 ? System.Array.Empty<GpuParameter>() : new[] { new GpuParameter("ArrayView<int>", "lengths", "batch.Lengths.View") },
    ];

    /// <summary>Where lengths decide: declares the table's row, which holds both lists in turn.</summary>
    public static void Row(SourceWriter writer, Rotate op, string token)
    {
        int longest = Rotation.Of(op).LongestShort;
        if (longest > 0)
            writer.Line($"int turned = (position * 2) + (lengths[{token}] > {longest} ? 1 : 0);");
    }

    /// <summary>Declares <paramref name="element"/>: element i of the row, turned where it is one of those that turn.</summary>
    public static void Turned(SourceWriter writer, GpuWords words, Rotate op, string element, string row)
    {
        string input = op.Input.Name;
        string at = Rotation.Of(op).LongestShort == 0 ? "position" : "turned";
        string function = op.Layout == RotaryLayout.HalfSplit ? "HalfSplit" : "Interleaved";
        string head = words.Named(op.HeadSize, "QueryHeadSize", "HeadSize", "RotarySize");
        string size = words.Named(op.Size, "RotarySize");
        if (op.Offset == 0 && op.Size == op.HeadSize)
        {
            writer.Line($"int turning = i % {head};");
            writer.Line($"float {element} = GpuRotary.{function}({input}, {row} + i - turning, turning, {size}, cosines, sines, {at});");
            return;
        }

        string end = op.Offset + op.Size == op.HeadSize ? "" : $"turning < {size}";
        string begin = op.Offset == 0 ? "" : "turning >= 0";
        writer.Line($"float {element} = {input}[{row} + i];");
        writer.Line($"int turning = {(op.Offset == 0 ? $"i % {head}" : $"(i % {head}) - {words.Named(op.Offset, "HeadSize")}")};");
        writer.Line($"if ({begin}{(begin.Length > 0 && end.Length > 0 ? " && " : "")}{end})");
        using (writer.Indent())
            writer.Line($"{element} = GpuRotary.{function}({input}, {row} + i - turning, turning, {size}, cosines, sines, {at});");
    }
}
