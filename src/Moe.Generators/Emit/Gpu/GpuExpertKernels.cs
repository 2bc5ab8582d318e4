using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Routed experts: tokens grouped by expert on the device, then one launch for all experts' first halves and one for the second.</summary>
internal static class GpuExpertKernels
{
    private const string Cells = "A group a tile of 8 rows and 8 tokens of one expert, a work item a cell; groups beyond the last tile do nothing.";

    /// <summary>act(gate[expert] · x) · (up[expert] · x) for every chosen expert.</summary>
    public static void GateUp(GpuScope scope, ExpertGateUp op)
    {
        Tiles(
            scope,
            ArrangementOf(op.Gate),
            [("gate", MapOf(op.Gate)), ("up", MapOf(op.Up))],
            op.Output,
            $"{op.Output.Name} = {GpuMatrixKernels.Formula(op.Function, Equation(op.Gate), Equation(op.Up))}",
            scope.Functions.Gated(op.Function, "gate", "up"));
    }

    /// <summary>act(up[expert] · x) for every chosen expert.</summary>
    public static void UpActivate(GpuScope scope, ExpertUpActivate op)
    {
        Tiles(
            scope,
            ArrangementOf(op.Up),
            [("up", MapOf(op.Up))],
            op.Output,
            $"{op.Output.Name} = {GpuMatrixKernels.Function(op.Function)}({Equation(op.Up)})",
            scope.Functions.Plain(op.Function, "up"));
    }

    /// <summary>W[expert] · x (+ b[expert]) for every chosen expert.</summary>
    public static void Linear(GpuScope scope, ExpertLinear op) => Tiles(
        scope, ArrangementOf(op), [("sum", MapOf(op))], op.Output, $"{op.Output.Name} = {Equation(op)}", "sum");

    /// <summary>W · x (+ b), one matrix for the rows of all the group's slots.</summary>
    public static void SlotLinear(GpuScope scope, SlotLinear op) => Tiles(
        scope,
        new GpuArrangement(op.Chosen, op.First, op.Count),
        [("sum", new Map(op.Input, op.Weight, op.Bias))],
        op.Output,
        $"{op.Output.Name} = {op.Weight.Role} · {op.Input.Name}{(op.Bias is null ? "" : " + " + op.Bias.Role)}",
        "sum");

    /// <summary>addends + Σ weight · (down[expert] · inner).</summary>
    public static void DownCombine(GpuScope scope, ExpertDownCombine op)
    {
        ExpertLinear down = op.Down;
        string width = scope.Words.Width(op.Output);
        string columns = scope.Words.Width(down.Input);
        string shares = op.Combine.SlotWeights.Name;
        string weight = GpuScope.NameOf(down.Weight);
        string slots = GpuArrangement.SlotsOf(scope, down.Chosen);
        string addends = string.Concat(op.Addends.Reverse().Select(addend => addend.Name + " + "));
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = {addends}Σ {shares} · ({Equation(down)})",
            GpuScope.Shape(op.Output),
            "A group a token and 64 rows, a work item a row; slots in turn, columns pass through shared memory 32 at a time.",
            $"GpuGroup.Grid(tokens, GpuTile.Count({width}, GpuGroup.Size))",
            [
                scope.Of(down.Input),
                scope.Of(down.Weight),
                down.Bias is null ? null : scope.Of(down.Bias),
                scope.Of(down.Chosen),
                scope.Of(op.Combine.SlotWeights),
                .. op.Addends.Reverse().Select(scope.Of),
                scope.Of(op.Output),
            ],
            writer =>
            {
                writer.Line($"long firstSlot = (long)Grid.IdxX * {slots};");
                writer.Line("int firstRow = Grid.IdxY * GpuGroup.Size;");
                writer.Line("int row = firstRow + Group.IdxX;");
                writer.Line("ArrayView<float> innerTile = SharedMemory.Allocate<float>(GpuTile.Stride);");
                writer.Line("ArrayView<float> weightTile = SharedMemory.Allocate<float>(GpuGroup.Size * GpuTile.Stride);");
                writer.Line("float sum = 0f;");
                using (writer.Open($"for (int slot = 0; slot < {slots}; slot++)"))
                {
                    writer.Line("// a slot without an expert of the group has no columns; nobody leaves, since all must meet at barriers");
                    writer.Line($"int expert = {down.Chosen.Name}[firstSlot + slot]{(down.First == 0 ? "" : " - " + down.First)};");
                    writer.Line($"bool isFull = expert >= 0 && expert < {scope.Words.Named(down.Weight.Experts, "Experts")};");
                    writer.Line($"int columns = isFull ? {columns} : 0;");
                    writer.Line($"long expertRow = isFull ? (long)expert * {width} : 0;");
                    writer.Line("float own = 0f;");
                    using (writer.Open($"for (int column = 0; column < columns; column += GpuTile.Columns)"))
                    {
                        writer.Line($"GpuTile.Load({down.Input.Name}, firstSlot + slot, 1, firstSlot + {slots}, column, {columns}, innerTile);");
                        writer.Line($"GpuTile.Load({weight}, expertRow + firstRow, GpuGroup.Size, expertRow + {width}, column, {columns}, weightTile);");
                        writer.Line("Group.Barrier();");
                        writer.Line("own += GpuTile.Dot(weightTile, Group.IdxX, innerTile, 0);");
                        writer.Line("Group.Barrier();");
                    }

                    writer.Line();
                    if (down.Bias is { } bias)
                    {
                        writer.Line($"if (row < {width})");
                        using (writer.Indent())
                            writer.Line($"own += {GpuScope.NameOf(bias)}[expertRow + row];");
                    }

                    writer.Line($"sum += isFull ? {shares}[firstSlot + slot] * own : 0f;");
                }

                writer.Line();
                using (writer.Open($"if (row < {width})"))
                {
                    writer.Line($"long cell = ((long)Grid.IdxX * {width}) + row;");
                    writer.Line($"{op.Output.Name}[cell] = {string.Concat(op.Addends.Reverse().Select(addend => addend.Name + "[cell] + "))}sum;");
                }
            });
    }

    private static string Equation(ExpertLinear op) =>
        $"{op.Weight.Role}[expert] · {op.Input.Name}{(op.Bias is null ? "" : $" + {op.Bias.Role}[expert]")}";

    /// <summary>A matrix and what it multiplies.</summary>
    private sealed record Map(Value Input, Weight Weight, Weight? Bias);

    private static Map MapOf(ExpertLinear op) => new(op.Input, op.Weight, op.Bias);

    private static GpuArrangement ArrangementOf(ExpertLinear op) => new(op.Chosen, op.First, op.Weight.Experts);

    private static void Tiles(
        GpuScope scope, GpuArrangement arrangement, (string Name, Map Map)[] maps, Value output, string formula, string result)
    {
        arrangement.Ensure(scope);
        string slots = arrangement.Slots(scope);
        Value input = maps[0].Map.Input;
        string width = scope.Words.Width(output);
        string columns = scope.Words.Width(input);
        string inputRow = input.Slots == 1 ? $"order[first + Group.IdxX] / {slots}" : "order[first + Group.IdxX]";
        scope.Launch(
            CSharp.Pascal(output.Name),
            formula,
            GpuScope.Shape(output),
            Cells,
            $"GpuGroup.Grid(GpuTile.Count({width}, GpuTile.Rows), GpuTile.MostExpertTiles(tokens * {slots}, {arrangement.Experts(scope)}))",
            [
                scope.Of(input),
                .. maps.SelectMany(map => new[] { scope.Of(map.Map.Weight), map.Map.Bias is null ? null : scope.Of(map.Map.Bias) }),
                .. GpuArrangement.Parameters,
                scope.Of(output),
            ],
            writer =>
            {
                writer.Line("// beyond the last tile there are no tokens and no columns; nobody leaves, since all must meet at barriers");
                writer.Line("bool isTile = Grid.IdxY < tileCount[0];");
                writer.Line("int expert = isTile ? tileExpert[Grid.IdxY] : 0;");
                writer.Line("int first = isTile ? tileFirst[Grid.IdxY] : 0;");
                writer.Line("int end = isTile ? bounds[expert + 1] : 0;");
                writer.Line($"int columns = isTile ? {columns} : 0;");
                writer.Line(maps[0].Map.Weight.Experts == 0 ? "const long expertRow = 0;" : $"long expertRow = (long)expert * {width};");
                writer.Line("int firstRow = Grid.IdxX * GpuTile.Rows;");
                writer.Line("int row = Group.IdxX % GpuTile.Rows;");
                writer.Line("int token = Group.IdxX / GpuTile.Rows;");
                writer.Line("ArrayView<int> inputRows = SharedMemory.Allocate<int>(GpuTile.Tokens);");
                GpuMatrixKernels.Tile(writer, "inputTile");
                foreach ((string name, Map _) in maps)
                    GpuMatrixKernels.Tile(writer, name + "Tile");
                writer.Line("if (Group.IdxX < GpuTile.Tokens)");
                using (writer.Indent())
                    writer.Line($"inputRows[Group.IdxX] = first + Group.IdxX < end ? {inputRow} : -1;");
                writer.Line("Group.Barrier();");
                foreach ((string name, Map _) in maps)
                    writer.Line($"float {name} = 0f;");
                using (writer.Open("for (int column = 0; column < columns; column += GpuTile.Columns)"))
                {
                    writer.Line($"GpuTile.Gather({input.Name}, inputRows, column, {columns}, inputTile);");
                    foreach ((string name, Map map) in maps)
                        writer.Line($"GpuTile.Load({GpuScope.NameOf(map.Weight)}, expertRow + firstRow, GpuTile.Rows, expertRow + {width}, column, {columns}, {name}Tile);");
                    writer.Line("Group.Barrier();");
                    foreach ((string name, Map _) in maps)
                        writer.Line($"{name} += GpuTile.Dot({name}Tile, row, inputTile, token);");
                    writer.Line("Group.Barrier();");
                }

                writer.Line();
                using (writer.Open($"if (firstRow + row < {width} && first + token < end)"))
                {
                    foreach ((string name, Map map) in maps)
                        GpuMatrixKernels.AddBias(writer, map.Bias, name, "expertRow + firstRow + row");
                    writer.Line($"{output.Name}[((long)order[first + token] * {width}) + firstRow + row] = {result};");
                }
            });
    }
}
