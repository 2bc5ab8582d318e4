using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>
/// Rows as integers, for products whose weights are in groups of integers: written once for all products that read the row, behind the
/// row itself. Which format a weight has, and so whether its products take integers, is known when a model is loaded.
/// </summary>
internal static class CpuIntegers
{
    /// <summary>Floats of a row's integers: as the runtime's IntegerRows counts them.</summary>
    public static int Floats(int width) => CSharp.Padded(((width + 31) / 32) * 11);

    /// <summary>
    /// Values that a product reads, and those that an operation may turn into such a value where they lie: the buffer that is made for the
    /// first has room for the integers of the last.
    /// </summary>
    public static HashSet<Value> Rows(IEnumerable<Op> ops)
    {
        var rows = new HashSet<Value>();
        foreach (Op op in ops.Reverse())
        {
            if (ProductOf(op) is { } product)
                rows.Add(product.Input);
            if (ChangedInPlace(op) is { } input && op.Outputs.Any(output => rows.Contains(output) && output.Width == input.Width && output.Slots == input.Slots))
                rows.Add(input);
        }

        return rows;
    }

    private static Value? ChangedInPlace(Op op) => op switch
    {
        Norm norm => norm.Input,
        Scale scale => scale.Input,
        AddBias bias => bias.Input,
        SigmoidGate gate => gate.Input,
        ScaleBlocks blocks => blocks.Input,
        Activate activate => activate.Input,
        Apply apply => apply.Input,
        _ => null,
    };

    /// <summary>The phase of a product, behind the integers of its input where they are not written yet.</summary>
    public static SourceWriter Begin(CpuPhases phases, Op op)
    {
        Product product = ProductOf(op) ?? throw new NotSupportedException($"{op.Mnemonic} is no product.");
        Value input = product.Input;
        if (!phases.HasIntegers(input) || !phases.AddIntegers(input))
            return phases.Begin();

        string areTaken = string.Join(
            " | ", phases.Ops.Select(ProductOf).OfType<Product>().Where(other => other.Input == input).Select(other => other.Field + ".TakesIntegers").Distinct());
        if (phases.AsIntegers.TryGetValue(input, out string? asIntegers))
            areTaken += $" && !{asIntegers}";
        CpuSlots? slots = phases.SlotsOf(input);
        if (slots is null && phases.Phases.Count > 0 && phases.Phases[phases.Phases.Count - 1].IsRows)
        {
            SourceWriter rows = phases.Rows();
            rows.Line($"IntegerRows.Write<{phases.D(input.Width)}>({phases.Row(input, "token")}, {areTaken});");
            return phases.Begin();
        }

        SourceWriter body = phases.Begin();
        (string first, string count) = Range(phases, slots);
        body.Line($"IntegerWork.Write<{phases.D(input.Width)}>(worker, {phases.Row(input, first)}, {phases.Stride(input)}, {count}, {areTaken});");
        body.Line();
        return body;
    }

    /// <summary>
    /// The tiles of gate and up: where a product is the only one to read what they give, it is left as the integers that the product takes, if it takes
    /// any and tiles hold whole groups of them.
    /// </summary>
    /// <param name="phases">The phases.</param>
    /// <param name="body">The phase, before its loop.</param>
    /// <param name="output">What they give, whose place is known.</param>
    /// <param name="function">The runtime's method, and the type argument of its function.</param>
    /// <param name="panels">Panels of the weights.</param>
    /// <param name="perTile">Panels of a tile otherwise.</param>
    /// <returns>C# for the panels of a tile, how many these are at most, and the statement at a tile's end.</returns>
    public static (string PerTile, int Most, string Statement) EndOfTiles(
        CpuPhases phases, SourceWriter body, Value output, (string Name, string Type) function, int panels, int perTile)
    {
        int stride = phases.Stride(output);
        string row = phases.Row(output, "tiles.FirstRow");
        Op[] readers = phases.Ops.Where(op => op.Inputs.Contains(output)).ToArray();
        if (readers.Length != 1 || ProductOf(readers[0]) is not { } reader || reader.Input != output
            || (readers[0] is LinearAdd add && add.Residual == output) || !phases.HasIntegers(output)
            || phases.Graph.Outputs.Contains(output) || phases.Graph.IsTapped(output))
        {
            return ($"{perTile}", perTile, $"TileMath.{function.Name}<{function.Type}>(tile, tiles.Rows, tiles.Panels, {row} + tiles.FirstPanel * 8, {stride});");
        }

        CpuSlots? slots = phases.SlotsOf(output);
        string asIntegers = CpuNames.Local(output.Name) + "AsIntegers";
        phases.AsIntegers.Add(output, asIntegers);
        body.Line($"bool {asIntegers} = {reader.Field}.TakesIntegers && {(slots is null ? "TileWalk" : "ExpertWalk")}.HasWholeTiles({Range(phases, slots).Count});");
        bool isWhole = perTile == panels || perTile % 4 == 0;
        return (
            isWhole ? $"{perTile}" : $"IntegerWork.PanelsPerTile({perTile}, {asIntegers})",
            isWhole ? perTile : CpuTiles.PanelsPerTileOfIntegers(perTile),
            $"TileMath.{function.Name}<{function.Type}, {phases.D(output.Width)}>(tile, tiles.Rows, tiles.Panels, {row}, {stride}, tiles.FirstPanel * 8, {asIntegers});");
    }

    /// <summary>C# for the first of a value's rows, and for how many it has.</summary>
    private static (string First, string Count) Range(CpuPhases phases, CpuSlots? slots) => slots switch
    {
        null => ("0", "step.Tokens"),
        { First: 0 } when slots.Count == CpuSlotRows.ExpertsOf(phases, slots.Chosen) => ("0", "groups.Rows"),
        { First: 0 } => ("0", $"groups.FirstRowOf({slots.Count})"),
        _ => ($"groups.FirstRowOf({slots.First})", $"groups.FirstRowOf({slots.First + slots.Count}) - groups.FirstRowOf({slots.First})"),
    };

    /// <summary>The runtime's method for a product with rows of the value.</summary>
    public static string Multiply(CpuPhases phases, Value input) =>
        $"{(phases.HasIntegers(input) ? "Multiply" : "MultiplyPart")}<{phases.D(input.Width)}>";

    private static Product? ProductOf(Op op) => op switch
    {
        Project project => new Product(project.Maps.First().Input, "weights." + CpuWeights.FieldOf(project)),
        Linear linear => new Product(linear.Input, CpuMatrixOps.Field(linear.Weight)),
        LinearAdd add => ProductOf(add.Linear),
        GateUp gateUp => new Product(gateUp.Gate.Input, "weights." + CpuWeights.FieldOf(gateUp)),
        UpActivate up => ProductOf(up.Up),
        ExpertLinear linear => new Product(linear.Input, "weights." + linear.Weight.Role),
        ExpertGateUp gateUp => new Product(gateUp.Gate.Input, "weights." + CpuWeights.FieldOf(gateUp)),
        ExpertUpActivate up => ProductOf(up.Up),
        ExpertDownCombine down => ProductOf(down.Down),
        SlotLinear linear => new Product(linear.Input, "weights." + linear.Weight.Role),
        _ => null,
    };

    private sealed record Product(Value Input, string Field);
}
