using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Products with the chosen experts' matrices: workers take tiles of one expert's panels and its rows.</summary>
internal static class CpuExpertOps
{
    public static void GateUp(CpuPhases phases, ExpertGateUp op)
    {
        SourceWriter body = phases.Begin();
        string input = phases.Row(op.Gate.Input, "0");
        phases.PlaceNew(op.Output);
        string field = CpuWeights.FieldOf(op);
        int panels = CpuWeights.GateUpPanels(op.Output.Width);
        int perTile = CpuTiles.PanelsPerTile(op.Gate.Input.Width, panels);
        phases.Shared.NeedTile(perTile);
        body.Line($"// {op.Output.Name}[row] = {CpuMatrixOps.Formula(op.Function, $"{op.Gate.Weight.Role}[expert] · x", $"{op.Up.Weight.Role}[expert] · x")}, x = {op.Gate.Input.Name}[token of row]    [{op.Output.Width}] from [2 x {op.Output.Width} x {op.Gate.Input.Width}]");
        using (body.Open($"for (var tiles = new ExpertWalk(worker, groups, {panels}, {perTile}); tiles.Next();)"))
        {
            body.Line("float* tile = step.Tile(worker);");
            body.Line($"weights.{field}.Multiply<{phases.D(op.Gate.Input.Width)}>(tiles.Expert, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(op.Gate.Input)}, groups.TokenOfRow + tiles.FirstRow, tiles.Rows, tile, tiles.Width);");
            if (op.Gate.Bias is not null)
                body.Line($"TileMath.AddVector(tile, tiles.Width, tiles.Rows, tiles.Width, weights.{field}Bias.Of(tiles.Expert) + tiles.FirstColumn);");
            body.Line($"TileMath.{CpuMatrixOps.Gated(phases, op.Function)}(tile, tiles.Rows, tiles.Panels, {phases.Row(op.Output, "tiles.FirstRow")} + tiles.FirstPanel * 8, {phases.Stride(op.Output)});");
        }
    }

    public static void UpActivate(CpuPhases phases, ExpertUpActivate op)
    {
        SourceWriter body = phases.Begin();
        string input = phases.Row(op.Up.Input, "0");
        phases.PlaceNew(op.Output);
        int panels = CSharp.Panels(op.Output.Width);
        int stride = phases.Stride(op.Output);
        string output = phases.Row(op.Output, "tiles.FirstRow") + " + tiles.FirstColumn";
        body.Line($"// {op.Output.Name}[row] = {op.Function.Name}({op.Up.Weight.Role}[expert] · x), x = {op.Up.Input.Name}[token of row]    [{op.Output.Width}] = [{op.Output.Width} x {op.Up.Input.Width}] · [{op.Up.Input.Width}]");
        using (body.Open($"for (var tiles = new ExpertWalk(worker, groups, {panels}, {CpuTiles.PanelsPerTile(op.Up.Input.Width, panels)}); tiles.Next();)"))
        {
            body.Line($"weights.{op.Up.Weight.Role}.Multiply<{phases.D(op.Up.Input.Width)}>(tiles.Expert, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(op.Up.Input)}, groups.TokenOfRow + tiles.FirstRow, tiles.Rows, {output}, {stride});");
            if (op.Up.Bias is not null)
                body.Line($"TileMath.AddVector({output}, {stride}, tiles.Rows, tiles.Width, weights.{op.Up.Bias.Role}.Of(tiles.Expert) + tiles.FirstColumn);");
            body.Line($"TileMath.Activate<{phases.Shared.Functions.TypeOf(op.Function)}>({output}, {stride}, tiles.Rows, tiles.Width);");
        }
    }

    /// <summary>Down projection by expert, then each token sums its slots and whatever is added to them.</summary>
    public static void DownCombine(CpuPhases phases, ExpertDownCombine op)
    {
        ExpertLinear down = op.Down;
        SourceWriter body = phases.Begin();
        string input = phases.Row(down.Input, "tiles.FirstRow");
        int panels = CSharp.Panels(down.Output.Width);
        string answers = phases.NewBuffer("expertAnswers", down.Output.Width, down.Output.Slots);
        string output = phases.BufferRow(answers, "tiles.FirstRow") + " + tiles.FirstColumn";
        int stride = phases.StrideOf(answers);
        body.Line($"// {answers}[row] = {down.Weight.Role}[expert] · {down.Input.Name}[row]{(down.Bias is null ? "" : " + " + down.Bias.Role)}    [{down.Output.Width}] = [{down.Output.Width} x {down.Input.Width}] · [{down.Input.Width}]");
        using (body.Open($"for (var tiles = new ExpertWalk(worker, groups, {panels}, {CpuTiles.PanelsPerTile(down.Input.Width, panels)}); tiles.Next();)"))
        {
            body.Line($"weights.{down.Weight.Role}.Multiply<{phases.D(down.Input.Width)}>(tiles.Expert, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(down.Input)}, tiles.Rows, {output}, {stride});");
            if (down.Bias is not null)
                body.Line($"TileMath.AddVector({output}, {stride}, tiles.Rows, tiles.Width, weights.{down.Bias.Role}.Of(tiles.Expert) + tiles.FirstColumn);");
        }

        Combine(phases, op, answers);
    }

    private static void Combine(CpuPhases phases, ExpertDownCombine op, string answers)
    {
        SourceWriter body = phases.Rows();
        int topK = op.Combine.SlotWeights.Width;
        string width = phases.D(op.Output.Width);
        Value[] addends = op.Addends.Reverse().ToArray();
        string[] rows = addends.Select(addend => phases.Row(addend, "token")).ToArray();
        if (addends.Length > 0 && phases.IsDeadAfter(addends[0], op))
            phases.PlaceInside(op.Output, addends[0], 0);
        else
            phases.PlaceNew(op.Output);
        string output = phases.Row(op.Output, "token");

        string sum = string.Join(" + ", addends.Select(addend => addend.Name).Append("Σ over slots of share · answer"));
        body.Line($"// {op.Output.Name} = {sum}    [{op.Output.Width}], {topK} slots");
        if (addends.Length == 0)
            body.Line($"RowMemory.Clear<{width}>({output});");
        else if (rows[0] != output)
            body.Line($"RowMemory.Copy<{width}>({rows[0]}, {output});");
        foreach (string row in rows.Skip(1))
            body.Line($"Rows.Add<{width}>({row}, {output});");
        using (body.Open($"for (int slot = token * {topK}; slot < token * {topK} + {topK}; slot++)"))
            body.Line($"Rows.AddScaled<{width}>(groups.Weights[slot], {phases.BufferRow(answers, "groups.RowOfSlot[slot]")}, {output});");
    }
}
