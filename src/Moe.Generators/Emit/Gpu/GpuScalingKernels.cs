using System.Collections.Generic;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Element by element: limits, temperatures and sums with factors, a group a token.</summary>
internal static class GpuScalingKernels
{
    /// <summary>output = input within ±limit.</summary>
    public static void Clip(GpuScope scope, Clip op)
    {
        string limit = scope.Words.Float("ClipQueryKeyValue", op.Limit);
        Elements(
            scope, op.Output, $"{op.Output.Name} = {op.Input.Name} within ±{limit}", [scope.Of(op.Input)], $"GpuMath.Clip({op.Input.Name}[row + i], {limit})");
    }

    /// <summary>output = input · (1 + factor · ln(1 + ⌊(position + 1) / floor⌋)).</summary>
    public static void Temper(GpuScope scope, Temper op)
    {
        string floor = scope.Words.Integer("TemperatureFloor", op.Floor);
        string factor = scope.Words.Float("TemperatureScale", op.Factor);
        Elements(
            scope,
            op.Output,
            $"{op.Output.Name} = {op.Input.Name} · (1 + {factor} · ln(1 + ⌊(position + 1) / {floor}⌋))",
            [scope.Of(op.Input), GpuScope.Positions],
            $"{op.Input.Name}[row + i] * temperature",
            $"float temperature = 1f + ({factor} * GpuMath.LogOfCount(1 + ((positions[Grid.IdxX] + 1) / {floor})));");
    }

    /// <summary>output = alpha · left + beta · right.</summary>
    public static void AddScaled(GpuScope scope, AddScaled op)
    {
        string name = CSharp.Pascal(op.Output.Name);
        string alpha = scope.Words.Float(name + "Alpha", op.Alpha);
        string beta = scope.Words.Float(name + "Beta", op.Beta);
        Elements(
            scope,
            op.Output,
            $"{op.Output.Name} = {alpha} · {op.Left.Name} + {beta} · {op.Right.Name}",
            [scope.Of(op.Left), scope.Of(op.Right)],
            $"({alpha} * {op.Left.Name}[row + i]) + ({beta} * {op.Right.Name}[row + i])");
    }

    /// <summary>A kernel of one expression for each element.</summary>
    public static void Elements(
        GpuScope scope, Value output, string formula, IReadOnlyList<GpuParameter> inputs, string element, string? before = null)
    {
        string width = scope.Words.Width(output);
        scope.Launch(
            CSharp.Pascal(output.Name),
            formula,
            GpuScope.Shape(output),
            "A group a token, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [.. inputs, scope.Of(output)],
            writer =>
            {
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                if (before is not null)
                    writer.Line(before);
                GpuRowKernels.Each(writer, width, $"{output.Name}[row + i] = {element};");
            });
    }
}
