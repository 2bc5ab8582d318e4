using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>What joins experts' answers, token by token, and what gives each slot a row of its own before that.</summary>
internal static class CpuCombineOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case Combine combine:
                Combine(phases, op, combine, combine.Answers, []);
                break;
            case CombineCopies copies:
                Copies(phases, copies);
                break;
            case CombineConstants constants:
                Constants(phases, constants);
                break;
            case WeightInput weight:
                WeightInput(phases, weight);
                break;
            case SlotsToHeads turn:
                SlotsToHeads(phases, turn);
                break;
            case HeadsToSlots turn:
                HeadsToSlots(phases, turn);
                break;
            case AddToSlots add:
                CpuElementOps.MapSlots(phases, op, add.Delta, add.Shared, add.Output, $"{add.Shared.Name} + {CSharp.Double(add.Factor)} · {add.Delta.Name}", (size, shared, x) =>
                    $"Rows.Scale<{size}>({CSharp.Float(add.Factor)}, {x});\nRows.Add<{size}>({shared}, {x});");
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>The weighted sum of a group's answers, and everything added to it: the residual first.</summary>
    public static void Combine(CpuPhases phases, Op op, Combine combine, Value answers, IEnumerable<Value> addedLast)
    {
        SourceWriter body = phases.Rows();
        Value result = op.Outputs[0];
        string width = phases.D(result.Width);
        Value[] addends = addedLast.Reverse().ToArray();
        string[] rows = addends.Select(addend => phases.Row(addend, "token")).ToArray();
        if (addends.Length > 0 && phases.CanOverwrite(addends[0], op))
            phases.PlaceInside(result, addends[0], 0);
        else
            phases.PlaceNew(result);
        string output = phases.Row(result, "token");

        string sum = string.Join(" + ", addends.Select(addend => addend.Name).Append($"Σ over slots of {combine.SlotWeights.Name} · {answers.Name}"));
        body.Line($"// {result.Name} = {sum}    [{result.Width}], {Slots(combine.SlotWeights.Width)}");
        if (addends.Length == 0)
            body.Line($"RowMemory.Clear<{width}>({output});");
        else if (rows[0] != output)
            body.Line($"RowMemory.Copy<{width}>({rows[0]}, {output});");
        foreach (string row in rows.Skip(1))
            body.Line($"Rows.Add<{width}>({row}, {output});");
        CpuSlotRows.Each(phases, body, new CpuSlots(combine.Chosen, combine.First, combine.Count), row =>
            body.Line($"Rows.AddScaled<{width}>({phases.Element(combine.SlotWeights, "token", "slot")}, {phases.Row(answers, row)}, {output});"));
    }

    private static void Copies(CpuPhases phases, CombineCopies op)
    {
        string width = phases.D(op.Output.Width);
        if (phases.SlotsOf(op.Input) is { } slots)
        {
            SourceWriter sum = phases.Rows();
            phases.PlaceNew(op.Output);
            string total = phases.Row(op.Output, "token");
            sum.Line($"// {op.Output.Name} = Σ over slots of experts {op.First} to {op.First + op.Count - 1} of {op.SlotWeights.Name} · {op.Input.Name}    [{op.Output.Width}]");
            sum.Line($"RowMemory.Clear<{width}>({total});");
            CpuSlotRows.Each(phases, sum, slots, row =>
                sum.Line($"Rows.AddScaled<{width}>({phases.Element(op.SlotWeights, "token", "slot")}, {phases.Row(op.Input, row)}, {total});"));
            return;
        }

        SourceWriter body = phases.Rows();
        string input = phases.Row(op.Input, "token");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name} = (Σ over slots of experts {op.First} to {op.First + op.Count - 1} of {op.SlotWeights.Name}) · {op.Input.Name}    [{op.Output.Width}]");
        body.Line($"Rows.Scaled<{width}>(RoutingWeights.Sum<{phases.D(op.SlotWeights.Width)}>({phases.Row(op.Chosen, "token")}, {phases.Row(op.SlotWeights, "token")}, {op.First}, {op.Count}), {input}, {phases.Row(op.Output, "token")});");
    }

    private static void Constants(CpuPhases phases, CombineConstants op)
    {
        SourceWriter body = phases.Rows();
        string width = phases.D(op.Output.Width);
        int count = op.Mix.Experts;
        int slots = op.SlotWeights.Width;
        CpuSlots? ownRows = phases.SlotsOf(op.Input);
        phases.PlaceNew(op.Output);
        string output = phases.Row(op.Output, "token");
        body.Line($"// {op.Output.Name} = Σ over slots of experts {op.First} to {op.First + count - 1} of {op.SlotWeights.Name} · (a₀ · x + a₁ · {op.Vector.Role}[expert]), a = softmax({op.Mix.Role}[expert] · x), x = {op.Input.Name}    [{op.Output.Width}]");
        body.Line($"RowMemory.Clear<{width}>({output});");
        using (body.Open($"for (int slot = 0; slot < {slots}; slot++)"))
        {
            body.Line($"int expert = {phases.Element(op.Chosen, "token", "slot")} - {op.First};");
            body.Line($"if ((uint)expert < {count})");
            using (body.Indent())
            {
                string input = ownRows is null ? phases.Row(op.Input, "token") : phases.Row(op.Input, $"groups.RowOfSlot[token * {slots} + slot]");
                body.Line($"ConstantExpert.AddTo<{width}>({input}, weights.{op.Mix.Role}.Of(2 * expert), weights.{op.Mix.Role}.Of(2 * expert + 1), weights.{op.Vector.Role}.Of(expert), {phases.Element(op.SlotWeights, "token", "slot")}, {output});");
            }
        }
    }

    private static void SlotsToHeads(CpuPhases phases, SlotsToHeads op)
    {
        int count = op.Chosen.Width;
        SourceWriter body = phases.Rows();
        phases.PlaceNew(op.Output);
        string output = phases.Row(op.Output, "token");
        body.Line($"// {op.Output.Name} head g · {count} + slot = {op.Input.Name}[row] head g    [{op.KeyValueHeads * count} x {op.HeadSize}]");
        body.Line($"RowMemory.Clear<{phases.D(op.Output.Width)}>({output});");
        CpuSlotRows.Each(phases, body, phases.SlotsOf(op.Input)!, row =>
        {
            using (body.Open($"for (int head = 0; head < {op.KeyValueHeads}; head++)"))
                body.Line($"RowMemory.Copy<{phases.D(op.HeadSize)}>({phases.Row(op.Input, row)} + head * {op.HeadSize}, {output} + (head * {count} + slot) * {op.HeadSize});");
        });
    }

    private static void HeadsToSlots(CpuPhases phases, HeadsToSlots op)
    {
        int count = op.Chosen.Width;
        var slots = new CpuSlots(op.Chosen, 0, CpuSlotRows.ExpertsOf(phases, op.Chosen));
        CpuSlotRows.Arrange(phases, op.Chosen);
        SourceWriter body = phases.Rows();
        string input = phases.Row(op.Input, "token");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name}[row] head g = {op.Input.Name} head g · {count} + slot    [{op.KeyValueHeads} x {op.HeadSize}], {Slots(count)}");
        CpuSlotRows.Each(phases, body, slots, row =>
        {
            using (body.Open($"for (int head = 0; head < {op.KeyValueHeads}; head++)"))
                body.Line($"RowMemory.Copy<{phases.D(op.HeadSize)}>({input} + (head * {count} + slot) * {op.HeadSize}, {phases.Row(op.Output, row)} + head * {op.HeadSize});");
        });
        phases.SetSlots(op.Output, slots);
    }

    private static void WeightInput(CpuPhases phases, WeightInput op)
    {
        var slots = new CpuSlots(op.Chosen, op.First, op.Count);
        CpuSlotRows.Arrange(phases, op.Chosen);
        SourceWriter body = phases.Rows();
        string input = phases.Row(op.Input, "token");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name}[row] = {op.SlotWeights.Name} · {op.Input.Name}    [{op.Output.Width}], {Slots(op.SlotWeights.Width)}");
        CpuSlotRows.Each(phases, body, slots, row =>
            body.Line($"Rows.Scaled<{phases.D(op.Output.Width)}>({phases.Element(op.SlotWeights, "token", "slot")}, {input}, {phases.Row(op.Output, row)});"));
        phases.SetSlots(op.Output, slots);
    }

    private static string Slots(int count) => count == 1 ? "1 slot" : $"{count} slots";
}
