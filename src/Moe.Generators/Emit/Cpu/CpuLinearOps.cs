using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>
/// Linear attention in its recurrent form: a worker takes one head and carries its state through the tokens of the batch, so
/// that the bits of a sequence do not depend on how it was cut.
/// </summary>
internal static class CpuLinearOps
{
    public static void Attend(CpuPhases phases, AttendDecaying op)
    {
        string size = phases.D(op.HeadSize);
        SourceWriter rows = phases.Rows();
        string row = phases.Row(op.QueryKeyValue, "token");
        rows.Line($"// key and value of each head join the cache of the sequence    [{op.Heads} x {op.HeadSize}] each");
        using (rows.Open($"for (int head = 0; head < {op.Heads}; head++)"))
        {
            rows.Line($"float* key = {row} + head * {3 * op.HeadSize} + {op.HeadSize};");
            CpuAttentionOps.Branch(rows, $"RecurrentState.Remember<%, {size}>(step.Cache(token), step.Positions[token], cacheOffset + head * {2 * op.HeadSize}, key, key + {op.HeadSize});");
        }

        SourceWriter body = phases.Begin();
        string query = phases.Row(op.QueryKeyValue, "token");
        phases.PlaceNew(op.Output);
        string decays = phases.Shared.Decays(op.Heads);
        long floats = ((long)op.HeadSize * op.HeadSize) + 16;
        body.Line($"// S[h] = λ[h] · S[h] + key[h] · value[h]ᵀ; {op.Output.Name}[h] = query[h] · S[h], token after token    [{op.Heads} x {op.HeadSize}]");
        using (body.Open($"for (var items = new ItemWalk(worker, {op.Heads}); items.Next();)"))
        {
            body.Line("int head = items.Item;");
            body.Line($"float decay = {decays}[layer * {op.Heads} + head];");
            using (body.Open("for (int token = 0; token < step.Tokens; token++)"))
                CpuAttentionOps.Branch(body, $"RecurrentState.Attend<%, {size}>(step.Cache(token), step.Positions[token], cacheOffset + head * {2 * op.HeadSize}, stateOffset + head * {CSharp.Literal(floats)}L, decay, {query} + head * {3 * op.HeadSize}, {phases.Row(op.Output, "token")} + head * {op.HeadSize});");
        }
    }

    /// <summary>A gate between 0 and 1 for each element.</summary>
    public static void Gate(CpuPhases phases, SigmoidGate op)
    {
        SourceWriter body = phases.Rows();
        string gate = phases.Row(op.Gate, "token");
        string output = CpuRowOps.InPlaceOrCopy(phases, op, op.Input, op.Output);
        body.Line($"// {op.Output.Name} = {op.Input.Name} · sigmoid({op.Gate.Name})    [{op.Output.Width}]");
        body.Line($"Rows.SigmoidGate<{phases.D(op.Output.Width)}>({gate}, {output});");
    }
}
