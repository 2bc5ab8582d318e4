using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Matrix products over all tokens: workers take tiles of weight panels and token rows.</summary>
internal static class CpuMatrixOps
{
    /// <summary>Several maps of one input as one product.</summary>
    public static void Project(CpuPhases phases, Project op)
    {
        SourceWriter body = CpuIntegers.Begin(phases, op);
        Linear[] maps = op.Maps.ToArray();
        string field = CpuWeights.FieldOf(op);
        string buffer = CSharp.Camel(field);
        int rows = maps.Sum(map => map.Output.Width);
        string input = phases.Row(maps[0].Input, "tiles.FirstRow");
        phases.NewBuffer(buffer, rows);
        int offset = 0;
        foreach (Linear map in maps)
        {
            phases.Place(map.Output, buffer, offset);
            offset += map.Output.Width;
        }

        string names = string.Join("; ", maps.Select(map => map.Weight.Role));
        string outputs = string.Join(", ", maps.Select(map => map.Output.Name));
        bool hasBias = maps.Any(map => map.Bias is not null);
        body.Line($"// {outputs} = [{names}] · {maps[0].Input.Name}{(hasBias ? " + bias" : "")}    [{rows}] = [{rows} x {maps[0].Input.Width}] · [{maps[0].Input.Width}]");
        Walk(phases, body, "weights." + field, rows, maps[0].Input, input, phases.BufferRow(buffer, "tiles.FirstRow"), phases.StrideOf(buffer), hasBias);
    }

    /// <summary>One map.</summary>
    public static void Linear(CpuPhases phases, Linear op)
    {
        SourceWriter body = CpuIntegers.Begin(phases, op);
        string input = phases.Row(op.Input, "tiles.FirstRow");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name} = {op.Weight.Role} · {op.Input.Name}{(op.Bias is null ? "" : " + " + op.Bias.Role)}    {Shapes(op)}");
        Walk(phases, body, Field(op.Weight), op.Output.Width, op.Input, input, phases.Row(op.Output, "tiles.FirstRow"), phases.Stride(op.Output), op.Bias is not null);
    }

    /// <summary>One map whose result joins the residual stream.</summary>
    public static void LinearAdd(CpuPhases phases, LinearAdd op)
    {
        SourceWriter body = CpuIntegers.Begin(phases, op);
        Linear map = op.Linear;
        string input = phases.Row(map.Input, "tiles.FirstRow");
        string residual = phases.Row(op.Residual, "tiles.FirstRow");
        int residualStride = phases.Stride(op.Residual);
        if (phases.IsDeadAfter(op.Residual, op))
            phases.PlaceInside(op.Output, op.Residual, 0);
        else
            phases.PlaceNew(op.Output);

        int panels = CSharp.Panels(op.Output.Width);
        int perTile = CpuTiles.PanelsPerTile(map.Input.Width, panels);
        phases.Shared.NeedTile(perTile);
        body.Line($"// {op.Output.Name} = {op.Residual.Name} + {map.Weight.Role} · {map.Input.Name}{(map.Bias is null ? "" : " + " + map.Bias.Role)}    {Shapes(map)}");
        using (body.Open($"for (var tiles = new TileWalk(worker, {panels}, {perTile}, step.Tokens); tiles.Next();)"))
        {
            body.Line("float* tile = step.Tile(worker);");
            body.Line($"{Field(map.Weight)}.{CpuIntegers.Multiply(phases, map.Input)}(0, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(map.Input)}, tiles.Rows, tile, tiles.Width);");
            if (map.Bias is not null)
                body.Line($"TileMath.AddVector(tile, tiles.Width, tiles.Rows, tiles.Width, {Field(map.Bias)}.Values + tiles.FirstColumn);");
            body.Line($"TileMath.Sum(tile, tiles.Width, tiles.Rows, tiles.Width, {residual} + tiles.FirstColumn, {residualStride}, {phases.Row(op.Output, "tiles.FirstRow")} + tiles.FirstColumn, {phases.Stride(op.Output)});");
        }
    }

    /// <summary>act(gate) · up.</summary>
    public static void GateUp(CpuPhases phases, GateUp op)
    {
        SourceWriter body = CpuIntegers.Begin(phases, op);
        string input = phases.Row(op.Gate.Input, "tiles.FirstRow");
        phases.PlaceNew(op.Output);
        string field = CpuWeights.FieldOf(op);
        int panels = CpuWeights.GateUpPanels(op.Output.Width);
        (string perTile, int most, string end) = CpuIntegers.EndOfTiles(
            phases, body, op.Output, Gated(phases, op.Function), panels, CpuTiles.PanelsPerTile(op.Gate.Input.Width, panels));
        phases.Shared.NeedTile(most);
        body.Line($"// {op.Output.Name} = {Formula(op.Function, $"{op.Gate.Weight.Role} · x", $"{op.Up.Weight.Role} · x")}, x = {op.Gate.Input.Name}    [{op.Output.Width}] from [2 x {op.Output.Width} x {op.Gate.Input.Width}]");
        using (body.Open($"for (var tiles = new TileWalk(worker, {panels}, {perTile}, step.Tokens); tiles.Next();)"))
        {
            body.Line("float* tile = step.Tile(worker);");
            body.Line($"weights.{field}.{CpuIntegers.Multiply(phases, op.Gate.Input)}(0, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(op.Gate.Input)}, tiles.Rows, tile, tiles.Width);");
            if (op.Gate.Bias is not null)
                body.Line($"TileMath.AddVector(tile, tiles.Width, tiles.Rows, tiles.Width, weights.{field}Bias.Values + tiles.FirstColumn);");
            body.Line(end);
        }
    }

    /// <summary>act(up).</summary>
    public static void UpActivate(CpuPhases phases, UpActivate op)
    {
        SourceWriter body = CpuIntegers.Begin(phases, op);
        string input = phases.Row(op.Up.Input, "tiles.FirstRow");
        phases.PlaceNew(op.Output);
        int panels = CSharp.Panels(op.Output.Width);
        int perTile = CpuTiles.PanelsPerTile(op.Up.Input.Width, panels);
        string output = phases.Row(op.Output, "tiles.FirstRow") + " + tiles.FirstColumn";
        int stride = phases.Stride(op.Output);
        body.Line($"// {op.Output.Name} = {op.Function.Name}({op.Up.Weight.Role} · x{(op.Up.Bias is null ? "" : " + " + op.Up.Bias.Role)}), x = {op.Up.Input.Name}    {Shapes(op.Up)}");
        using (body.Open($"for (var tiles = new TileWalk(worker, {panels}, {perTile}, step.Tokens); tiles.Next();)"))
        {
            body.Line($"weights.{op.Up.Weight.Role}.{CpuIntegers.Multiply(phases, op.Up.Input)}(0, tiles.FirstPanel, tiles.Panels, {input}, {phases.Stride(op.Up.Input)}, tiles.Rows, {output}, {stride});");
            if (op.Up.Bias is not null)
                body.Line($"TileMath.AddVector({output}, {stride}, tiles.Rows, tiles.Width, weights.{op.Up.Bias.Role}.Values + tiles.FirstColumn);");
            body.Line($"TileMath.Activate<{phases.Shared.Functions.TypeOf(op.Function)}>({output}, {stride}, tiles.Rows, tiles.Width);");
        }
    }

    /// <summary>The runtime's method that joins gate and up, and its type argument.</summary>
    public static (string Name, string Type) Gated(CpuPhases phases, Pointwise function) =>
        (function.JoinsGateAndUp ? "Joined" : "Gated", phases.Shared.Functions.TypeOf(function));

    /// <summary>What becomes of gate and up, for readers.</summary>
    public static string Formula(Pointwise function, string gate, string up) => function.JoinsGateAndUp
        ? $"{function.Name}({gate}, {up})"
        : $"{function.Name}({gate}) · ({up})";

    /// <summary>C# for a weight: the layer's, or the one that the whole model shares.</summary>
    public static string Field(Weight weight) => (weight.IsShared ? "_weights." : "weights.") + weight.Role;

    private static void Walk(CpuPhases phases, SourceWriter body, string field, int rows, Value input, string inputRow, string outputRow, int outputStride, bool hasBias)
    {
        int panels = CSharp.Panels(rows);
        using (body.Open($"for (var tiles = new TileWalk(worker, {panels}, {CpuTiles.PanelsPerTile(input.Width, panels)}, step.Tokens); tiles.Next();)"))
        {
            body.Line($"{field}.{CpuIntegers.Multiply(phases, input)}(0, tiles.FirstPanel, tiles.Panels, {inputRow}, {phases.Stride(input)}, tiles.Rows, {outputRow} + tiles.FirstColumn, {outputStride});");
            if (hasBias)
                body.Line($"TileMath.AddVector({outputRow} + tiles.FirstColumn, {outputStride}, tiles.Rows, tiles.Width, {field}Bias.Values + tiles.FirstColumn);");
        }
    }

    private static string Shapes(Linear map) => $"[{map.Output.Width}] = [{map.Output.Width} x {map.Input.Width}] · [{map.Input.Width}]";
}
