using System;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Operations element by element: on one row a token, or on one row a slot.</summary>
internal static class CpuElementOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case Activate activate:
                Map(phases, op, activate.Input, null, activate.Output, $"{activate.Activation}({activate.Input.Name})", (size, _, x) => $"Activations.Apply<{activate.Activation}, {size}>({x});");
                break;
            case Apply apply:
                string function = phases.Shared.Functions.TypeOf(apply.Function);
                Map(phases, op, apply.Input, apply.Second, apply.Output, $"{apply.Function.Name}({apply.Input.Name}{(apply.Second is null ? "" : ", " + apply.Second.Name)})", (size, second, x) => second is null
                    ? $"Activations.Apply<{function}, {size}>({x});"
                    : $"Activations.Join<{function}, {size}>({x}, {second}, {x});");
                break;
            case Scale scale:
                Map(phases, op, scale.Input, null, scale.Output, $"{scale.Input.Name} · {CSharp.Double(scale.Factor)}", (size, _, x) => $"Rows.Scale<{size}>({CSharp.Float(scale.Factor)}, {x});");
                break;
            case Add add when add.Left != add.Right:
                Map(phases, op, add.Left, add.Right, add.Output, $"{add.Left.Name} + {add.Right.Name}", (size, right, x) => $"Rows.Add<{size}>({right}, {x});");
                break;
            case Multiply multiply:
                Map(phases, op, multiply.Left, multiply.Right == multiply.Left ? null : multiply.Right, multiply.Output, $"{multiply.Left.Name} · {multiply.Right.Name}", (size, right, x) => $"Rows.Multiply<{size}>({x}, {right ?? x}, {x});");
                break;
            case AdamDirection adam:
                Map(phases, op, adam.First, adam.Second, adam.Output, $"{CSharp.Double(adam.Gamma)} · {adam.First.Name} / √({adam.Second.Name} + {CSharp.Double(adam.Epsilon)})", (size, second, x) =>
                    $"Rows.AdamDirection<{size}>({x}, {second}, {CSharp.Float(adam.Gamma)}, {CSharp.Float(adam.Epsilon)}, {x});");
                break;
            case ScaleBlocks scale:
                ScaleBlocks(phases, scale);
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>
    /// The statement that turns a row of the input into one of the output, in the input's place if nobody reads that any
    /// more, else in a copy of it.
    /// </summary>
    /// <param name="phases">The phases so far.</param>
    /// <param name="op">The operation.</param>
    /// <param name="input">What is changed.</param>
    /// <param name="other">What else is read, of the same shape, or null.</param>
    /// <param name="output">The result.</param>
    /// <param name="equation">The right side of the equation.</param>
    /// <param name="statement">C# for (type of the width, row of the other input, row to be changed).</param>
    public static void Map(
        CpuPhases phases, Op op, Value input, Value? other, Value output, string equation, Func<string, string?, string, string> statement)
    {
        if (phases.SlotsOf(input) is not null || (other is not null && phases.SlotsOf(other) is not null))
        {
            MapSlots(phases, op, input, other, output, equation, statement);
            return;
        }

        SourceWriter body = phases.Rows();
        string size = phases.D(output.Width);
        string source = phases.Row(input, "token");
        string? second = other is null ? null : phases.Row(other, "token");
        bool isInPlace = phases.CanOverwrite(input, op);
        if (isInPlace)
            phases.PlaceInside(output, input, 0);
        else
            phases.PlaceNew(output);
        string target = phases.Row(output, "token");
        body.Line($"// {output.Name} = {equation}    [{output.Width}]");
        if (!isInPlace)
            body.Line($"RowMemory.Copy<{size}>({source}, {target});");
        body.Line(statement(size, second, target));
    }

    /// <summary>As <see cref="Map"/>, row by row of a token's slots; <paramref name="other"/> may have a row for each token.</summary>
    public static void MapSlots(
        CpuPhases phases, Op op, Value input, Value? other, Value output, string equation, Func<string, string?, string, string> statement)
    {
        CpuSlots slots = phases.SlotsOf(input) ?? phases.SlotsOf(other!)!;
        string size = phases.D(output.Width);
        bool isInPlace = phases.SlotsOf(input) is not null && phases.CanOverwrite(input, op);
        SourceWriter body = phases.Rows();
        body.Line($"// {output.Name}[row] = {equation}, row by row of the token's slots    [{output.Width}]");
        CpuSlotRows.Each(phases, body, slots, row =>
        {
            string source = phases.Row(input, phases.SlotsOf(input) is null ? "token" : row);
            string? second = other is null ? null : phases.Row(other, phases.SlotsOf(other) is null ? "token" : row);
            if (isInPlace)
                phases.PlaceInside(output, input, 0);
            else
                phases.PlaceNew(output);
            string target = phases.Row(output, row);
            if (!isInPlace)
                body.Line($"RowMemory.Copy<{size}>({source}, {target});");
            body.Line(statement(size, second, target));
        });
        phases.SetSlots(output, slots);
    }

    private static void ScaleBlocks(CpuPhases phases, ScaleBlocks op)
    {
        int blocks = op.Factors.Width;
        int width = op.Input.Width / blocks;
        string factors = phases.Row(op.Factors, "token");
        SourceWriter body = phases.Rows();
        string size = phases.D(op.Input.Width);
        string source = phases.Row(op.Input, "token");
        bool isInPlace = phases.CanOverwrite(op.Input, op);
        if (isInPlace)
            phases.PlaceInside(op.Output, op.Input, 0);
        else
            phases.PlaceNew(op.Output);
        string target = phases.Row(op.Output, "token");
        factors = phases.Row(op.Factors, "token");
        body.Line($"// {op.Output.Name} = {op.Input.Name} · {op.Factors.Name}{(blocks > 1 ? $", block of {width} by block" : "")}    [{op.Output.Width}]");
        if (!isInPlace)
            body.Line($"RowMemory.Copy<{size}>({source}, {target});");
        if (blocks == 1)
        {
            body.Line($"Rows.Scale<{size}>({phases.Element(op.Factors, "token", "0")}, {target});");
            return;
        }

        using (body.Open($"for (int block = 0; block < {blocks}; block++)"))
            body.Line($"Rows.Scale<{phases.D(width)}>(({factors})[block], {target} + block * {width});");
    }
}
