using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Which assignments belong to which expert of a group: the Count experts from First on, as one choice has them.</summary>
/// <param name="Chosen">The choice.</param>
/// <param name="First">First expert of the group.</param>
/// <param name="Count">Experts of the group.</param>
internal sealed record GpuArrangement(Value Chosen, int First, int Count)
{
    /// <summary>Buffers that hold it, as parameters.</summary>
    public static GpuParameter[] Parameters =>
    [
        Whole("bounds", "Bounds"),
        Whole("order", "Order"),
        Whole("tileExpert", "TileExpert"),
        Whole("tileFirst", "TileFirst"),
        Whole("tileCount", "TileCount"),
    ];

    /// <summary>The number of slots as C#.</summary>
    public string Slots(GpuScope scope) => SlotsOf(scope, Chosen);

    /// <summary>The number of experts as C#.</summary>
    public string Experts(GpuScope scope) => scope.Words.Named(Count, "Experts");

    /// <summary>The number of slots of a choice as C#.</summary>
    public static string SlotsOf(GpuScope scope, Value chosen) => scope.Words.Named(chosen.Width, "TopK", "MaxSelected");

    /// <summary>Whether an expert, given as C#, belongs to a group.</summary>
    public static string Contains(string expert, int first, int count) =>
        first == 0 ? $"{expert} >= 0 && {expert} < {count}" : $"{expert} >= {first} && {expert} < {first + count}";

    /// <summary>Makes sure that the buffers hold this arrangement: launches the kernel that makes it unless the last one did.</summary>
    public void Ensure(GpuScope scope)
    {
        if (scope.Arranged == this)
            return;

        scope.Arranged = this;
        if (scope.Arrangements.TryGetValue(this, out GpuKernel? known))
        {
            scope.Remark(known.Formula, $"[{Chosen.Width}]");
            known.WriteLaunch(scope.Launches, scope.KernelClass);
            return;
        }

        scope.Buffers.Need("Order", "int", Chosen.Width, isOfLogitRows: false);
        scope.Buffers.NeedLength("Bounds", "int", "Bounds");
        scope.Buffers.NeedLength("TileExpert", "int", "Tiles");
        scope.Buffers.NeedLength("TileFirst", "int", "Tiles");
        scope.Buffers.NeedLength("TileCount", "int", "1");
        string slots = Slots(scope);
        string name = scope.Arrangements.Count == 0 ? "GroupByExpert" : "GroupByExpertFrom" + First;
        string which = First == 0 ? "" : $" of the experts from {First} on";
        scope.Launch(
            name,
            $"order = assignments (token · {slots} + slot){which} side by side by expert; bounds and tiles of 8 of each expert",
            $"[{Chosen.Width}]",
            "One group, experts in turn. An expert's assignments keep their order.",
            "GpuGroup.Grid(1)",
            [scope.Of(Chosen), .. Parameters, scope.Tokens],
            writer => Body(writer, scope, slots));
        scope.Arrangements.Add(this, scope.Kernels[scope.Kernels.Count - 1]);
    }

    private static GpuParameter Whole(string name, string buffer) => new("ArrayView<int>", name, $"buffers.{buffer}.View");

    private void Body(SourceWriter writer, GpuScope scope, string slots)
    {
        string experts = Experts(scope);
        string isOwn = $"{Chosen.Name}[assignment] == {(First == 0 ? "expert" : $"{First} + expert")}";
        writer.Line($"int assignments = tokens * {slots};");
        writer.Line($"ArrayView<int> counts = SharedMemory.Allocate<int>({experts});");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
        {
            writer.Line("int count = 0;");
            using (writer.Open("for (int assignment = 0; assignment < assignments; assignment++)"))
            {
                writer.Line($"if ({isOwn})");
                using (writer.Indent())
                    writer.Line("count++;");
            }

            writer.Line();
            writer.Line("counts[expert] = count;");
        }

        writer.Line();
        writer.Line("Group.Barrier();");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
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
            using (writer.Open($"if (expert == {experts} - 1)"))
            {
                writer.Line($"bounds[{experts}] = end;");
                writer.Line("tileCount[0] = tile;");
            }

            writer.Line();
            using (writer.Open("for (int assignment = 0; assignment < assignments; assignment++)"))
            using (writer.Open($"if ({isOwn})"))
            {
                writer.Line("order[first] = assignment;");
                writer.Line("first++;");
            }
        }
    }
}
