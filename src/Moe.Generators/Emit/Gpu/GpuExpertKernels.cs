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
        GroupByExpert(scope, op.Gate);
        FirstHalf(
            scope,
            [("gate", op.Gate), ("up", op.Up)],
            op.Output,
            $"{op.Output.Name} = {GpuMatrixKernels.Formula(op.Function, Equation(op.Gate), Equation(op.Up))}",
            scope.Functions.Gated(op.Function, "gate", "up"));
    }

    /// <summary>act(up[expert] · x) for every chosen expert.</summary>
    public static void UpActivate(GpuScope scope, ExpertUpActivate op)
    {
        GroupByExpert(scope, op.Up);
        FirstHalf(
            scope,
            [("up", op.Up)],
            op.Output,
            $"{op.Output.Name} = {GpuMatrixKernels.Function(op.Function)}({Equation(op.Up)})",
            scope.Functions.Plain(op.Function, "up"));
    }

    /// <summary>addends + Σ weight · (down[expert] · inner).</summary>
    public static void DownCombine(GpuScope scope, ExpertDownCombine op)
    {
        ExpertLinear down = op.Down;
        string width = scope.Words.Width(op.Output);
        string columns = scope.Words.Width(down.Input);
        string shares = op.Combine.SlotWeights.Name;
        string weight = GpuScope.NameOf(down.Weight);
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
                writer.Line("long firstSlot = (long)Grid.IdxX * TopK;");
                writer.Line("int firstRow = Grid.IdxY * GpuGroup.Size;");
                writer.Line("int row = firstRow + Group.IdxX;");
                writer.Line("ArrayView<float> innerTile = SharedMemory.Allocate<float>(GpuTile.Stride);");
                writer.Line("ArrayView<float> weightTile = SharedMemory.Allocate<float>(GpuGroup.Size * GpuTile.Stride);");
                writer.Line("float sum = 0f;");
                using (writer.Open("for (int slot = 0; slot < TopK; slot++)"))
                {
                    writer.Line($"long expertRow = (long){down.Chosen.Name}[firstSlot + slot] * {width};");
                    writer.Line("float own = 0f;");
                    using (writer.Open($"for (int column = 0; column < {columns}; column += GpuTile.Columns)"))
                    {
                        writer.Line($"GpuTile.Load({down.Input.Name}, firstSlot + slot, 1, firstSlot + TopK, column, {columns}, innerTile);");
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

                    writer.Line($"sum += {shares}[firstSlot + slot] * own;");
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

    private static GpuParameter Whole(string name, string buffer) => new("ArrayView<int>", name, $"buffers.{buffer}.View");

    private static void GroupByExpert(GpuScope scope, ExpertLinear op)
    {
        int topK = op.Chosen.Width;
        int experts = op.Weight.Experts;
        scope.Buffers.Need("Order", "int", topK, isOfLogitRows: false);
        scope.Buffers.NeedLength("Bounds", "int", "Bounds");
        scope.Buffers.NeedLength("TileExpert", "int", "Tiles");
        scope.Buffers.NeedLength("TileFirst", "int", "Tiles");
        scope.Buffers.NeedLength("TileCount", "int", "1");
        string chosen = op.Chosen.Name;
        scope.Launch(
            "GroupByExpert",
            $"order = assignments (token · TopK + slot) side by side by expert; bounds and tiles of 8 of each expert",
            $"[{topK}]",
            "One group, experts in turn. An expert's assignments keep their order.",
            "GpuGroup.Grid(1)",
            [
                scope.Of(op.Chosen),
                Whole("bounds", "Bounds"),
                Whole("order", "Order"),
                Whole("tileExpert", "TileExpert"),
                Whole("tileFirst", "TileFirst"),
                Whole("tileCount", "TileCount"),
                scope.Tokens,
            ],
            writer =>
            {
                writer.Line("int assignments = tokens * TopK;");
                writer.Line("ArrayView<int> counts = SharedMemory.Allocate<int>(Experts);");
                using (writer.Open("for (int expert = Group.IdxX; expert < Experts; expert += GpuGroup.Size)"))
                {
                    writer.Line("int count = 0;");
                    using (writer.Open("for (int assignment = 0; assignment < assignments; assignment++)"))
                    {
                        writer.Line($"if ({chosen}[assignment] == expert)");
                        using (writer.Indent())
                            writer.Line("count++;");
                    }

                    writer.Line();
                    writer.Line("counts[expert] = count;");
                }

                writer.Line();
                writer.Line("Group.Barrier();");
                using (writer.Open("for (int expert = Group.IdxX; expert < Experts; expert += GpuGroup.Size)"))
                {
                    writer.Line("// what the experts before this one take");
                    writer.Line("int first = 0;");
                    writer.Line("int tile = 0;");
                    using (writer.Open("for (int before = 0; before < expert; before++)"))
                    {
                        writer.Line("first += counts[before];");
                        writer.Line("tile += GpuTile.Count(counts[before], GpuTile.Tokens);");
                    }

                    writer.Line();
                    writer.Line("int end = first + counts[expert];");
                    writer.Line("bounds[expert] = first;");
                    using (writer.Open("for (int start = first; start < end; start += GpuTile.Tokens)"))
                    {
                        writer.Line("tileExpert[tile] = expert;");
                        writer.Line("tileFirst[tile] = start;");
                        writer.Line("tile++;");
                    }

                    writer.Line();
                    using (writer.Open("if (expert == Experts - 1)"))
                    {
                        writer.Line("bounds[Experts] = end;");
                        writer.Line("tileCount[0] = tile;");
                    }

                    writer.Line();
                    using (writer.Open("for (int assignment = 0; assignment < assignments; assignment++)"))
                    using (writer.Open($"if ({chosen}[assignment] == expert)"))
                    {
                        writer.Line("order[first] = assignment;");
                        writer.Line("first++;");
                    }
                }
            });
        scope.Words.Integer("Experts", experts);
    }

    private static void FirstHalf(GpuScope scope, (string Name, ExpertLinear Map)[] maps, Value output, string formula, string result)
    {
        Value input = maps[0].Map.Input;
        string width = scope.Words.Width(output);
        string columns = scope.Words.Width(input);
        string inputRow = input.Slots == 1 ? "order[first + Group.IdxX] / TopK" : "order[first + Group.IdxX]";
        scope.Launch(
            CSharp.Pascal(output.Name),
            formula,
            GpuScope.Shape(output),
            Cells,
            $"GpuGroup.Grid(GpuTile.Count({width}, GpuTile.Rows), GpuTile.MostExpertTiles(tokens * TopK, Experts))",
            [
                scope.Of(input),
                .. maps.SelectMany(map => new[] { scope.Of(map.Map.Weight), map.Map.Bias is null ? null : scope.Of(map.Map.Bias) }),
                Whole("bounds", "Bounds"),
                Whole("order", "Order"),
                Whole("tileExpert", "TileExpert"),
                Whole("tileFirst", "TileFirst"),
                Whole("tileCount", "TileCount"),
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
                writer.Line($"long expertRow = (long)expert * {width};");
                writer.Line("int firstRow = Grid.IdxX * GpuTile.Rows;");
                writer.Line("int row = Group.IdxX % GpuTile.Rows;");
                writer.Line("int token = Group.IdxX / GpuTile.Rows;");
                writer.Line("ArrayView<int> inputRows = SharedMemory.Allocate<int>(GpuTile.Tokens);");
                GpuMatrixKernels.Tile(writer, "inputTile");
                foreach ((string name, ExpertLinear _) in maps)
                    GpuMatrixKernels.Tile(writer, name + "Tile");
                writer.Line("if (Group.IdxX < GpuTile.Tokens)");
                using (writer.Indent())
                    writer.Line($"inputRows[Group.IdxX] = first + Group.IdxX < end ? {inputRow} : -1;");
                writer.Line("Group.Barrier();");
                foreach ((string name, ExpertLinear _) in maps)
                    writer.Line($"float {name} = 0f;");
                using (writer.Open("for (int column = 0; column < columns; column += GpuTile.Columns)"))
                {
                    writer.Line($"GpuTile.Gather({input.Name}, inputRows, column, {columns}, inputTile);");
                    foreach ((string name, ExpertLinear map) in maps)
                        writer.Line($"GpuTile.Load({GpuScope.NameOf(map.Weight)}, expertRow + firstRow, GpuTile.Rows, expertRow + {width}, column, {columns}, {name}Tile);");
                    writer.Line("Group.Barrier();");
                    foreach ((string name, ExpertLinear _) in maps)
                        writer.Line($"{name} += GpuTile.Dot({name}Tile, row, inputTile, token);");
                    writer.Line("Group.Barrier();");
                }

                writer.Line();
                using (writer.Open($"if (firstRow + row < {width} && first + token < end)"))
                {
                    foreach ((string name, ExpertLinear map) in maps)
                        GpuMatrixKernels.AddBias(writer, map.Bias, name, "expertRow + firstRow + row");
                    writer.Line($"{output.Name}[((long)order[first + token] * {width}) + firstRow + row] = {result};");
                }
            });
    }
}
