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
        CpuSlots? slots = phases.SlotsOf(input);
        if (slots is null && phases.Phases.Count > 0 && phases.Phases[phases.Phases.Count - 1].IsRows)
        {
            SourceWriter rows = phases.Rows();
            rows.Line($"IntegerRows.Write<{phases.D(input.Width)}>({phases.Row(input, "token")}, {areTaken});");
            return phases.Begin();
        }

        SourceWriter body = phases.Begin();
        (string first, string count) = slots switch
        {
            null => ("0", "step.Tokens"),
            { First: 0 } when slots.Count == CpuSlotRows.ExpertsOf(phases, slots.Chosen) => ("0", "groups.Rows"),
            { First: 0 } => ("0", $"groups.FirstRowOf({slots.Count})"),
            _ => ($"groups.FirstRowOf({slots.First})", $"groups.FirstRowOf({slots.First + slots.Count}) - groups.FirstRowOf({slots.First})"),
        };
        body.Line($"IntegerWork.Write<{phases.D(input.Width)}>(worker, {phases.Row(input, first)}, {phases.Stride(input)}, {count}, {areTaken});");
        body.Line();
        return body;
    }

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
