using System;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Loops over a token's slots, and the arrangement of rows that slots have.</summary>
internal static class CpuSlotRows
{
    /// <summary>A loop over the slots of a group of experts; the statements get the slot's row.</summary>
    public static void Each(CpuPhases phases, SourceWriter body, CpuSlots slots, Action<string> statements)
    {
        int width = slots.Chosen.Width;
        using (body.Open($"for (int slot = 0; slot < {width}; slot++)"))
        {
            bool isAll = slots.First == 0 && slots.Count == ExpertsOf(phases, slots.Chosen);
            body.Line($"int row = groups.RowOfSlot[token * {width} + slot];");
            body.Line(isAll
                ? "if (row < 0)"
                : $"if (!RoutingWeights.IsOf({phases.Element(slots.Chosen, "token", "slot")}, {slots.First}, {slots.Count}))");
            using (body.Indent())
                body.Line("continue;");
            statements("row");
        }
    }

    /// <summary>Arranges rows by the choice, unless they are.</summary>
    public static void Arrange(CpuPhases phases, Value chosen)
    {
        if (phases.Arranged == chosen)
            return;

        SourceWriter body = phases.Begin();
        phases.Arranged = chosen;
        body.Line("// rows of one expert side by side: row r is token groups.TokenOfRow[r], slot s of a token is row groups.RowOfSlot[s]");
        body.Line("if (worker.Index == 0)");
        using (body.Indent())
            body.Line($"groups.Arrange<{phases.D(ExpertsOf(phases, chosen))}, {phases.D(chosen.Width)}>({phases.Row(chosen, "0")}, {phases.Stride(chosen)}, step.Tokens, isFull: {IsFull(phases, chosen)});");
    }

    /// <summary>C# for a walk over the tiles of a group's experts.</summary>
    public static string Walk(CpuPhases phases, CpuSlots slots, int panels, string perTile) => slots.First == 0 && slots.Count == ExpertsOf(phases, slots.Chosen)
        ? $"new ExpertWalk(worker, groups, {panels}, {perTile})"
        : $"new ExpertWalk(worker, groups, {panels}, {perTile}, {slots.First}, {slots.Count})";

    /// <summary>
    /// How many experts a choice is among. A block may have two routers, of attention experts and of its feed-forward part: a choice of
    /// ranks says so itself, and the others are of the feed-forward part.
    /// </summary>
    public static int ExpertsOf(CpuPhases phases, Value chosen) => WriterOf(phases, chosen) is SelectTopK select ? select.Key.Width : phases.Experts;

    /// <summary>C# for whether every slot has an expert: a request or an observer may leave some empty where the declaration does not.</summary>
    private static string IsFull(CpuPhases phases, Value chosen) => phases.Graph.Inputs.Contains(chosen) ? "false" : WriterOf(phases, chosen) switch
    {
        SelectTopK { IsFixed: true } select => select.Count == chosen.Width && select.First + select.Count <= select.Key.Width ? "!TObserver.IsEnabled" : "false",
        SelectTopK select => select.Count == chosen.Width && select.First + select.Count <= select.Key.Width ? "!TObserver.IsEnabled && !step.ChangesSelection" : "false",
        SelectRandom or SelectFromTable => "!TObserver.IsEnabled",
        SparseMixer mixer when mixer.Logits.Width > 1 => "!TObserver.IsEnabled",
        _ => "false",
    };

    private static Op? WriterOf(CpuPhases phases, Value value)
    {
        foreach (Op op in phases.Ops)
        {
            if (op.Outputs.Contains(value))
                return op;
        }

        return null;
    }
}
