using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Matrix products: a group a tile of rows and tokens, a work item a cell of it.</summary>
internal static class GpuMatrixKernels
{
    private const string Cells = "A group a tile of 8 rows and 8 tokens, a work item a cell; columns pass through shared memory 32 at a time.";

    /// <summary>W · x (+ b).</summary>
    public static void Linear(GpuScope scope, Linear op) =>
        Single(scope, op, op.Output, $"{op.Output.Name} = {Equation(op)}", null, sum => sum);

    /// <summary>residual + W · x (+ b).</summary>
    public static void LinearAdd(GpuScope scope, LinearAdd op) =>
        Single(scope, op.Linear, op.Output, $"{op.Output.Name} = {op.Residual.Name} + {Equation(op.Linear)}", op.Residual, sum => sum);

    /// <summary>act(W · x (+ b)).</summary>
    public static void UpActivate(GpuScope scope, UpActivate op) =>
        Single(scope, op.Up, op.Output, $"{op.Output.Name} = {Function(op.Function)}({Equation(op.Up)})", null, sum => scope.Functions.Plain(op.Function, sum));

    /// <summary>Several maps of one input, each with tiles of its own, in one launch.</summary>
    public static void Project(GpuScope scope, Project op)
    {
        Linear[] maps = op.Maps.ToArray();
        Value input = maps[0].Input;
        string columns = scope.Words.Width(input);
        string tiles = string.Join(" + ", maps.Select(map => Tiles(scope, map.Output)));
        scope.Launch(
            string.Concat(maps.Select(map => CSharp.Pascal(map.Output.Name))),
            string.Join(", ", maps.Select(map => $"{map.Output.Name} = {Equation(map)}")),
            string.Join(", ", maps.Select(map => GpuScope.Shape(map.Output))),
            Cells + " Groups along x are the tiles of one map after the other.",
            $"GpuGroup.Grid({tiles}, GpuTile.Count(tokens, GpuTile.Tokens))",
            [
                scope.Of(input),
                .. maps.SelectMany(map => new[] { scope.Of(map.Weight), map.Bias is null ? null : scope.Of(map.Bias) }),
                .. maps.Select(map => scope.Of(map.Output)),
                scope.Tokens,
            ],
            writer =>
            {
                MapTiles(writer, scope, maps);
                writer.Line("long firstToken = (long)Grid.IdxY * GpuTile.Tokens;");
                writer.Line("int token = Group.IdxX / GpuTile.Rows;");
                Tile(writer, "inputTile");
                Tile(writer, "weightTile");
                writer.Line("float sum = 0f;");
                using (writer.Open($"for (int column = 0; column < {columns}; column += GpuTile.Columns)"))
                {
                    // Branches stay clear of barriers: PoCL 3.1 breaks kernels whose barriers are conditional.
                    writer.Line($"GpuTile.Load({input.Name}, firstToken, GpuTile.Tokens, tokens, column, {columns}, inputTile);");
                    EachMap(writer, maps, map =>
                    {
                        string rows = scope.Words.Width(map.Output);
                        writer.Line($"GpuTile.Load({GpuScope.NameOf(map.Weight)}, (long){TileOf(map)} * GpuTile.Rows, GpuTile.Rows, {rows}, column, {columns}, weightTile);");
                    });
                    writer.Line("Group.Barrier();");
                    writer.Line("sum += GpuTile.Dot(weightTile, Group.IdxX % GpuTile.Rows, inputTile, token);");
                    writer.Line("Group.Barrier();");
                }

                writer.Line();
                EachMap(writer, maps, map =>
                {
                    string rows = scope.Words.Width(map.Output);
                    writer.Line($"int row = ({TileOf(map)} * GpuTile.Rows) + (Group.IdxX % GpuTile.Rows);");
                    using (writer.Open($"if (row < {rows} && firstToken + token < tokens)"))
                    {
                        AddBias(writer, map.Bias, "sum", "row");
                        writer.Line($"{map.Output.Name}[((firstToken + token) * {rows}) + row] = sum;");
                    }
                });
            });
    }

    /// <summary>act(gate · x) · (up · x).</summary>
    public static void GateUp(GpuScope scope, GateUp op)
    {
        string width = scope.Words.Width(op.Output);
        Value input = op.Gate.Input;
        string columns = scope.Words.Width(input);
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = {Formula(op.Function, Equation(op.Gate), Equation(op.Up))}",
            GpuScope.Shape(op.Output),
            Cells,
            Grid(scope, op.Output),
            [
                scope.Of(input),
                scope.Of(op.Gate.Weight),
                op.Gate.Bias is null ? null : scope.Of(op.Gate.Bias),
                scope.Of(op.Up.Weight),
                op.Up.Bias is null ? null : scope.Of(op.Up.Bias),
                scope.Of(op.Output),
                scope.Tokens,
            ],
            writer =>
            {
                Cell(writer);
                Tile(writer, "inputTile");
                Tile(writer, "gateTile");
                Tile(writer, "upTile");
                writer.Line("float gate = 0f;");
                writer.Line("float up = 0f;");
                using (writer.Open($"for (int column = 0; column < {columns}; column += GpuTile.Columns)"))
                {
                    writer.Line($"GpuTile.Load({input.Name}, firstToken, GpuTile.Tokens, tokens, column, {columns}, inputTile);");
                    writer.Line($"GpuTile.Load({GpuScope.NameOf(op.Gate.Weight)}, firstRow, GpuTile.Rows, {width}, column, {columns}, gateTile);");
                    writer.Line($"GpuTile.Load({GpuScope.NameOf(op.Up.Weight)}, firstRow, GpuTile.Rows, {width}, column, {columns}, upTile);");
                    writer.Line("Group.Barrier();");
                    writer.Line("gate += GpuTile.Dot(gateTile, row, inputTile, token);");
                    writer.Line("up += GpuTile.Dot(upTile, row, inputTile, token);");
                    writer.Line("Group.Barrier();");
                }

                writer.Line();
                using (writer.Open($"if (firstRow + row < {width} && firstToken + token < tokens)"))
                {
                    AddBias(writer, op.Gate.Bias, "gate", "firstRow + row");
                    AddBias(writer, op.Up.Bias, "up", "firstRow + row");
                    writer.Line($"{op.Output.Name}[((firstToken + token) * {width}) + firstRow + row] = {scope.Functions.Gated(op.Function, "gate", "up")};");
                }
            });
    }

    /// <summary>"W · x + b".</summary>
    public static string Equation(Linear op) => $"{op.Weight.Role} · {op.Input.Name}{(op.Bias is null ? "" : " + " + op.Bias.Role)}";

    /// <summary>The function's name in formulas.</summary>
    public static string Function(Pointwise function) => CSharp.Camel(function.Name).Replace("siLU", "silu").Replace("reLU", "relu");

    /// <summary>What becomes of gate and up in formulas.</summary>
    public static string Formula(Pointwise function, string gate, string up) => function.JoinsGateAndUp
        ? $"{Function(function)}({gate}, {up})"
        : $"{Function(function)}({gate}) · ({up})";

    /// <summary>Allocates a tile in shared memory.</summary>
    public static void Tile(SourceWriter writer, string name) =>
        writer.Line($"ArrayView<float> {name} = SharedMemory.Allocate<float>(GpuTile.Rows * GpuTile.Stride);");

    /// <summary>Adds a bias where there is one.</summary>
    public static void AddBias(SourceWriter writer, Weight? bias, string sum, string row)
    {
        if (bias is not null)
            writer.Line($"{sum} += {GpuScope.NameOf(bias)}[{row}];");
    }

    private static void Single(
        GpuScope scope, Linear op, Value output, string formula, Value? residual, System.Func<string, string> epilogue) => scope.Launch(
        CSharp.Pascal(output.Name),
        formula,
        GpuScope.Shape(output),
        Cells,
        Grid(scope, output),
        [
            scope.Of(op.Input),
            scope.Of(op.Weight),
            op.Bias is null ? null : scope.Of(op.Bias),
            residual is null ? null : scope.Of(residual),
            scope.Of(output),
            scope.Tokens,
        ],
        writer =>
        {
            Cell(writer);
            Tile(writer, "inputTile");
            Tile(writer, "weightTile");
            writer.Line("float sum = 0f;");
            Sum(writer, scope, op, "sum", "weightTile");
            Store(writer, scope, op, output, residual, epilogue);
        });

    // The group's tile, counted from the first of each map: negative before it.
    private static void MapTiles(SourceWriter writer, GpuScope scope, Linear[] maps)
    {
        for (int i = 0; i < maps.Length; i++)
        {
            string before = i == 0 ? "Grid.IdxX" : $"{TileOf(maps[i - 1])} - {Tiles(scope, maps[i - 1].Output)}";
            writer.Line($"int {TileOf(maps[i])} = {before};");
        }
    }

    // A branch for each map.
    private static void EachMap(SourceWriter writer, Linear[] maps, System.Action<Linear> body)
    {
        for (int i = 0; i < maps.Length; i++)
        {
            using (writer.Open(i + 1 == maps.Length ? "else" : $"{(i == 0 ? "" : "else ")}if ({TileOf(maps[i + 1])} < 0)"))
                body(maps[i]);
        }

        writer.Line();
    }

    private static string TileOf(Linear map) => map.Output.Name + "Tile";

    private static string Tiles(GpuScope scope, Value output) => $"GpuTile.Count({scope.Words.Width(output)}, GpuTile.Rows)";

    private static string Grid(GpuScope scope, Value output) => $"GpuGroup.Grid({Tiles(scope, output)}, GpuTile.Count(tokens, GpuTile.Tokens))";

    private static void Cell(SourceWriter writer)
    {
        writer.Line("long firstRow = (long)Grid.IdxX * GpuTile.Rows;");
        writer.Line("long firstToken = (long)Grid.IdxY * GpuTile.Tokens;");
        writer.Line("int row = Group.IdxX % GpuTile.Rows;");
        writer.Line("int token = Group.IdxX / GpuTile.Rows;");
    }

    private static void Sum(SourceWriter writer, GpuScope scope, Linear op, string sum, string tile)
    {
        string columns = scope.Words.Width(op.Input);
        string rows = scope.Words.Width(op.Output);
        using (writer.Open($"for (int column = 0; column < {columns}; column += GpuTile.Columns)"))
        {
            writer.Line($"GpuTile.Load({op.Input.Name}, firstToken, GpuTile.Tokens, tokens, column, {columns}, inputTile);");
            writer.Line($"GpuTile.Load({GpuScope.NameOf(op.Weight)}, firstRow, GpuTile.Rows, {rows}, column, {columns}, {tile});");
            writer.Line("Group.Barrier();");
            writer.Line($"{sum} += GpuTile.Dot({tile}, row, inputTile, token);");
            writer.Line("Group.Barrier();");
        }

        writer.Line();
    }

    private static void Store(
        SourceWriter writer, GpuScope scope, Linear op, Value output, Value? residual, System.Func<string, string> epilogue)
    {
        string rows = scope.Words.Width(output);
        string cell = $"[((firstToken + token) * {rows}) + firstRow + row]";
        using (writer.Open($"if (firstRow + row < {rows} && firstToken + token < tokens)"))
        {
            AddBias(writer, op.Bias, "sum", "firstRow + row");
            writer.Line($"{output.Name}{cell} = {(residual is null ? "" : residual.Name + cell + " + ")}{epilogue("sum")};");
        }
    }
}
