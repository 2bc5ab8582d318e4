using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Operations on one token's row: each worker does those of its tokens.</summary>
internal static class CpuRowOps
{
    public static void Norm(CpuPhases phases, Norm op)
    {
        SourceWriter body = phases.Rows();
        int heads = op.Input.Width / op.Size;
        string equation = op.Kind == NormKind.Rms ? "x / rms(x)" : "(x - mean) / deviation";
        string input = phases.Row(op.Input, "token");
        if (heads > 1 && phases.IsDeadAfter(op.Input, op))
            phases.PlaceInside(op.Output, op.Input, 0);
        else
            phases.PlaceNew(op.Output);
        string output = phases.Row(op.Output, "token");

        string share = op.Bias is null ? "" : $" + {op.Bias.Role}";
        body.Line($"// {op.Output.Name} = {equation}{(op.Weight is null ? "" : " · " + op.Weight.Role)}{share}, x = {op.Input.Name}{(heads > 1 ? " head by head" : "")}    [{Shape(heads, op.Size)}]");
        if (heads == 1)
        {
            Statements(body, op, phases.D(op.Size), "weights", input, output);
            return;
        }

        using (body.Open($"for (int head = 0; head < {heads}; head++)"))
            Statements(body, op, phases.D(op.Size), "weights", $"{input} + head * {op.Size}", $"{output} + head * {op.Size}");
    }

    /// <summary>The norm of one run of elements.</summary>
    public static void Statements(SourceWriter body, Norm op, string size, string weights, string input, string output)
    {
        string weight = op.Weight is null ? "null" : $"{weights}.{op.Weight.Role}.Values";
        string? bias = op.Bias is null ? null : $"{weights}.{op.Bias.Role}.Values";
        if (op.Kind == NormKind.Layer)
        {
            body.Line($"Rows.LayerNorm<{size}>({input}, {weight}, {bias ?? "null"}, {CSharp.Float(op.Epsilon)}, {output});");
            return;
        }

        body.Line($"Rows.RmsNorm<{size}>({input}, {(op.Weight is null ? "" : weight + ", ")}{CSharp.Float(op.Epsilon)}, {output});");
        if (bias is not null)
            body.Line($"Rows.Add<{size}>({bias}, {output});");
    }

    public static void Slice(CpuPhases phases, Slice op) => phases.PlaceInside(op.Output, op.Input, op.Offset);

    public static void Rotate(CpuPhases phases, Rotate op)
    {
        SourceWriter body = phases.Rows();
        Rotation rotation = Rotation.Of(op);
        string table = rotation.LongestShort == 0 ? phases.Shared.Rotary(rotation) : op.Output.Name + "Angles";
        string input = phases.Row(op.Input, "token");
        if (phases.IsDeadAfter(op.Input, op))
        {
            phases.PlaceInside(op.Output, op.Input, 0);
        }
        else
        {
            phases.PlaceNew(op.Output);
            body.Line($"RowMemory.Copy<{phases.D(op.Input.Width)}>({input}, {phases.Row(op.Output, "token")});");
        }

        string output = phases.Row(op.Output, "token");
        string layout = op.Layout == RotaryLayout.HalfSplit ? "HalfSplit" : "Interleaved";
        string part = op.Size == op.HeadSize ? "" : $", elements {op.Offset} to {op.Offset + op.Size - 1} of each head";
        body.Line($"// {op.Output.Name} = {op.Input.Name} turned by position · {(op.Scaling is null ? $"{CSharp.Double(op.Base)}^(-2i/{op.Size})" : $"f(i) of {table}")}{part}    [{Shape(op.Heads, op.HeadSize)}]");
        if (rotation.LongestShort > 0)
        {
            string shorts = phases.Shared.Rotary(rotation.Always(RotarySwitch.Short));
            string longs = phases.Shared.Rotary(rotation.Always(RotarySwitch.Long));
            body.Line($"RotaryTable {table} = step.LengthAt(token) > {rotation.LongestShort} ? {longs} : {shorts};");
        }

        string at = op.Offset == 0 ? "" : $" + {op.Offset}";
        string call = $"Rotary.{layout}<{phases.D(op.Size)}>({output}{(op.Heads > 1 ? $" + head * {op.HeadSize}" : "")}{at}, {table}.Cos(step.Positions[token]), {table}.Sin(step.Positions[token]));";
        if (op.Heads == 1)
        {
            body.Line(call);
            return;
        }

        using (body.Open($"for (int head = 0; head < {op.Heads}; head++)"))
            body.Line(call);
    }

    /// <summary>Values limited from both sides.</summary>
    public static void Clip(CpuPhases phases, Clip op)
    {
        SourceWriter body = phases.Rows();
        string output = InPlaceOrCopy(phases, op, op.Input, op.Output);
        body.Line($"// {op.Output.Name} = {op.Input.Name} within ±{CSharp.Double(op.Limit)}    [{op.Input.Width}]");
        body.Line($"Rows.Clip<{phases.D(op.Input.Width)}>({CSharp.Float(op.Limit)}, {output});");
    }

    /// <summary>Values that grow with their position.</summary>
    public static void Temper(CpuPhases phases, Temper op)
    {
        SourceWriter body = phases.Rows();
        string output = InPlaceOrCopy(phases, op, op.Input, op.Output);
        body.Line($"// {op.Output.Name} = {op.Input.Name} · (1 + {CSharp.Double(op.Factor)} · ln(1 + ⌊(position + 1) / {op.Floor}⌋))    [{op.Input.Width}]");
        body.Line($"Rows.Scale<{phases.D(op.Input.Width)}>(Temperature.At(step.Positions[token], {op.Floor}, {CSharp.Float(op.Factor)}), {output});");
    }

    /// <summary>The residual connection with factors.</summary>
    public static void AddScaled(CpuPhases phases, AddScaled op)
    {
        SourceWriter body = phases.Rows();
        string left = phases.Row(op.Left, "token");
        string right = phases.Row(op.Right, "token");
        if (phases.IsDeadAfter(op.Left, op))
            phases.PlaceInside(op.Output, op.Left, 0);
        else
            phases.PlaceNew(op.Output);

        body.Line($"// {op.Output.Name} = {CSharp.Double(op.Alpha)} · {op.Left.Name} + {CSharp.Double(op.Beta)} · {op.Right.Name}    [{op.Output.Width}]");
        body.Line($"Rows.Mix<{phases.D(op.Output.Width)}>({CSharp.Float(op.Alpha)}, {left}, {CSharp.Float(op.Beta)}, {right}, {phases.Row(op.Output, "token")});");
    }

    /// <summary>Places the output where the input lies if nobody reads that any more, else in a copy.</summary>
    public static string InPlaceOrCopy(CpuPhases phases, Op op, Value input, Value output)
    {
        if (phases.IsDeadAfter(input, op))
        {
            phases.PlaceInside(output, input, 0);
            return phases.Row(output, "token");
        }

        string source = phases.Row(input, "token");
        phases.PlaceNew(output);
        string target = phases.Row(output, "token");
        phases.Rows().Line($"RowMemory.Copy<{phases.D(input.Width)}>({source}, {target});");
        return target;
    }

    private static string Shape(int heads, int size) => heads == 1 ? size.ToString() : $"{heads} x {size}";
}
