using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Products with the chosen experts' matrices: workers take tiles of one expert's panels and its rows.</summary>
internal static class CpuExpertOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case ExpertGateUp gateUp:
                GateUp(phases, gateUp);
                break;
            case ExpertUpActivate up:
                UpActivate(phases, up);
                break;
            case ExpertLinear linear:
                Linear(phases, linear);
                break;
            case ExpertDownCombine down:
                CpuCombineOps.Combine(phases, down, down.Combine, Linear(phases, down.Down), down.Addends);
                break;
            case SlotLinear linear:
                SlotLinear(phases, linear);
                break;
            default:
                return false;
        }

        return true;
    }

    private static void GateUp(CpuPhases phases, ExpertGateUp op)
    {
        CpuSlots slots = Slots(op.Gate);
        CpuSlotRows.Arrange(phases, slots.Chosen);
        SourceWriter body = CpuIntegers.Begin(phases, op);
        Source input = SourceOf(phases, op.Gate.Input);
        phases.PlaceNew(op.Output);
        phases.SetSlots(op.Output, slots);
        string field = CpuWeights.FieldOf(op);
        int panels = CpuWeights.GateUpPanels(op.Output.Width);
        (string perTile, int most, string end) = CpuIntegers.EndOfTiles(
            phases, body, op.Output, CpuMatrixOps.Gated(phases, op.Function), panels, CpuTiles.PanelsPerTile(op.Gate.Input.Width, panels));
        phases.Shared.NeedTile(most, CpuTiles.RowsPerBlock);
        body.Line($"// {op.Output.Name}[row] = {CpuMatrixOps.Formula(op.Function, $"{op.Gate.Weight.Role}[expert] · x", $"{op.Up.Weight.Role}[expert] · x")}, x = {input.Name}    [{op.Output.Width}] from [2 x {op.Output.Width} x {op.Gate.Input.Width}]");
        using (body.Open($"for (var tiles = {CpuSlotRows.Walk(phases, slots, panels, perTile)}; tiles.Next();)"))
        {
            body.Line("float* tile = step.Tile(worker);");
            body.Line($"weights.{field}.{CpuIntegers.Multiply(phases, op.Gate.Input)}(tiles.Expert, tiles.FirstPanel, tiles.Panels, {input.Arguments}, tiles.Rows, tile, tiles.Width);");
            if (op.Gate.Bias is not null)
                body.Line($"TileMath.AddVector(tile, tiles.Width, tiles.Rows, tiles.Width, weights.{field}Bias.Of(tiles.Expert) + tiles.FirstColumn);");
            body.Line(end);
        }
    }

    private static void UpActivate(CpuPhases phases, ExpertUpActivate op)
    {
        string output = Product(phases, op.Up, op.Output, $"{op.Function.Name}(%)", out SourceWriter body, out SourceWriter.Block block);
        using (block)
            body.Line($"TileMath.Activate<{phases.Shared.Functions.TypeOf(op.Function)}>({output}, {phases.Stride(op.Output)}, tiles.Rows, tiles.Width);");
    }

    /// <summary>One map for each row, by its expert.</summary>
    private static Value Linear(CpuPhases phases, ExpertLinear op)
    {
        Product(phases, op, op.Output, "%", out _, out SourceWriter.Block block);
        block.Dispose();
        return op.Output;
    }

    /// <summary>The product and its bias; the loop over tiles is left open.</summary>
    private static string Product(CpuPhases phases, ExpertLinear op, Value result, string equation, out SourceWriter body, out SourceWriter.Block block)
    {
        CpuSlots slots = Slots(op);
        CpuSlotRows.Arrange(phases, slots.Chosen);
        body = CpuIntegers.Begin(phases, op);
        Source input = SourceOf(phases, op.Input);
        phases.PlaceNew(result);
        phases.SetSlots(result, slots);
        int panels = CSharp.Panels(result.Width);
        int stride = phases.Stride(result);
        string output = phases.Row(result, "tiles.FirstRow") + " + tiles.FirstColumn";
        string product = $"{op.Weight.Role}[expert] · {(input.IsDirect ? input.Name : "x")}{(op.Bias is null ? "" : " + " + op.Bias.Role)}";
        body.Line($"// {result.Name}[row] = {equation.Replace("%", product)}{(input.IsDirect ? "" : $", x = {input.Name}")}    [{result.Width}] = [{result.Width} x {op.Input.Width}] · [{op.Input.Width}]");
        block = body.Open($"for (var tiles = {CpuSlotRows.Walk(phases, slots, panels, $"{CpuTiles.PanelsPerTile(op.Input.Width, panels)}")}; tiles.Next();)");
        body.Line($"weights.{op.Weight.Role}.{CpuIntegers.Multiply(phases, op.Input)}(tiles.Expert, tiles.FirstPanel, tiles.Panels, {input.Arguments}, tiles.Rows, {output}, {stride});");
        if (op.Bias is not null)
            body.Line($"TileMath.AddVector({output}, {stride}, tiles.Rows, tiles.Width, weights.{op.Bias.Role}.Of(tiles.Expert) + tiles.FirstColumn);");
        return output;
    }

    /// <summary>One matrix for the rows of a whole group, which stand side by side.</summary>
    private static void SlotLinear(CpuPhases phases, SlotLinear op)
    {
        var slots = new CpuSlots(op.Chosen, op.First, op.Count);
        CpuSlotRows.Arrange(phases, op.Chosen);
        SourceWriter body = CpuIntegers.Begin(phases, op);
        string input = phases.Row(op.Input, "firstRow + tiles.FirstRow");
        phases.PlaceNew(op.Output);
        phases.SetSlots(op.Output, slots);
        int panels = CSharp.Panels(op.Output.Width);
        int stride = phases.Stride(op.Output);
        string output = phases.Row(op.Output, "firstRow + tiles.FirstRow") + " + tiles.FirstColumn";
        body.Line($"// {op.Output.Name}[row] = {op.Weight.Role} · {op.Input.Name}[row]{(op.Bias is null ? "" : " + " + op.Bias.Role)}, rows of experts {op.First} to {op.First + op.Count - 1}    [{op.Output.Width}] = [{op.Output.Width} x {op.Input.Width}] · [{op.Input.Width}]");
        using (body.Open(""))
        {
            body.Line($"int firstRow = groups.FirstRowOf({op.First});");
            using (body.Open($"for (var tiles = new TileWalk(worker, {panels}, {CpuTiles.PanelsPerTile(op.Input.Width, panels)}, groups.FirstRowOf({op.First + op.Count}) - firstRow); tiles.Next();)"))
            {
                body.Line($"weights.{op.Weight.Role}.{CpuIntegers.Multiply(phases, op.Input)}(0, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(op.Input)}, tiles.Rows, {output}, {stride});");
                if (op.Bias is not null)
                    body.Line($"TileMath.AddVector({output}, {stride}, tiles.Rows, tiles.Width, weights.{op.Bias.Role}.Values + tiles.FirstColumn);");
            }
        }
    }

    private static CpuSlots Slots(ExpertLinear op) => new(op.Chosen, op.First, op.Weight.Experts);

    /// <summary>What a tile's rows are multiplied with: rows of the arrangement themselves, or their tokens' rows.</summary>
    private static Source SourceOf(CpuPhases phases, Value input) => phases.SlotsOf(input) is null
        ? new Source(false, $"{input.Name}[token of row]", $"{phases.Row(input, "0")}, {phases.Stride(input)}, groups.TokenOfRow + tiles.FirstRow")
        : new Source(true, $"{input.Name}[row]", $"{phases.Row(input, "tiles.FirstRow")}, {phases.Stride(input)}");

    private sealed record Source(bool IsDirect, string Name, string Arguments);
}
