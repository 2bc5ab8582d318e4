using System.Globalization;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Linear attention with a decay as a sum over the cached positions, without a state.</summary>
internal static class GpuLinearKernels
{
    /// <summary>Cache write and attention, launched for each sequence.</summary>
    public static void Attend(GpuScope scope, AttendDecaying op) =>
        GpuAttentionKernels.Launch(scope, [WriteCache(scope, op), Sum(scope, op)], GpuScope.Shape(op.Output));

    /// <summary>output = input · sigmoid(gate).</summary>
    public static void Gate(GpuScope scope, SigmoidGate op) => GpuScalingKernels.Elements(
        scope,
        op.Output,
        $"{op.Output.Name} = {op.Input.Name} · sigmoid({op.Gate.Name})",
        [scope.Of(op.Input), scope.Of(op.Gate)],
        $"{op.Input.Name}[row + i] * GpuMath.Sigmoid({op.Gate.Name}[row + i])");

    private static GpuKernel WriteCache(GpuScope scope, AttendDecaying op) => GpuAttentionKernels.OfSequence(
        scope,
        "WriteCache",
        $"cache[position] = key and value of each head of {op.QueryKeyValue.Name}",
        "A group a token of one sequence, elements in turn.",
        "GpuGroup.Grid(tokens)",
        [scope.Of(op.QueryKeyValue), GpuScope.Positions, GpuAttentionKernels.Cache, GpuAttentionKernels.FirstToken],
        writer =>
        {
            writer.Line("int token = firstToken + Grid.IdxX;");
            writer.Line("long source = (long)token * 3 * HeadsWidth;");
            writer.Line("long row = (long)positions[token] * CacheWidth;");
            writer.Line("for (int i = Group.IdxX; i < CacheWidth; i += GpuGroup.Size)");
            using (writer.Indent())
                writer.Line($"cache[row + i] = TCache.Round({op.QueryKeyValue.Name}[source + (i / (2 * HeadSize) * 3 * HeadSize) + HeadSize + (i % (2 * HeadSize))]);");
        });

    private static GpuKernel Sum(GpuScope scope, AttendDecaying op)
    {
        string layers = op.Layers.ToString(CultureInfo.InvariantCulture);
        string input = op.QueryKeyValue.Name;
        return GpuAttentionKernels.OfSequence(
            scope,
            "Attend",
            $"{op.Output.Name} = Σ over cached positions of decay^distance · (query · key) · value, each head by itself",
            "A group a token of one sequence and head: 64 positions at a time, a work item a position for products, elements in turn for sums.",
            "GpuGroup.Grid(tokens, Heads)",
            [
                scope.Of(op.QueryKeyValue),
                GpuScope.Positions,
                GpuAttentionKernels.Cache,
                scope.Of(op.Output),
                GpuAttentionKernels.FirstToken,
                new GpuParameter("float", "layerFactor", $"Decay.LayerFactor(layer, {layers})"),
            ],
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                writer.Line("int head = Grid.IdxY;");
                writer.Line("int length = positions[token] + 1;");
                writer.Line("long row = ((long)token * 3 * HeadsWidth) + (head * 3 * HeadSize);");
                writer.Line("int keyOffset = head * 2 * HeadSize;");
                writer.Line("// 2^(-8 (head + 1) / Heads) · factor of the layer");
                writer.Line("float slope = GpuMath.Exp(-5.5451774f * (head + 1) / Heads) * layerFactor;");
                writer.Line("ArrayView<float> own = SharedMemory.Allocate<float>(HeadSize);");
                writer.Line("ArrayView<float> sums = SharedMemory.Allocate<float>(HeadSize);");
                writer.Line("ArrayView<float> shares = SharedMemory.Allocate<float>(GpuGroup.Size);");
                using (writer.Open("for (int i = Group.IdxX; i < HeadSize; i += GpuGroup.Size)"))
                {
                    writer.Line($"own[i] = {input}[row + i];");
                    writer.Line("sums[i] = 0f;");
                }

                writer.Line();
                writer.Line("Group.Barrier();");
                using (writer.Open("for (int first = 0; first < length; first += GpuGroup.Size)"))
                {
                    writer.Line("int position = first + Group.IdxX;");
                    writer.Line("float share = 0f;");
                    using (writer.Open("if (position < length)"))
                    {
                        writer.Line("long key = ((long)position * CacheWidth) + keyOffset;");
                        writer.Line("float dot = 0f;");
                        writer.Line("for (int i = 0; i < HeadSize; i++)");
                        using (writer.Indent())
                            writer.Line("dot += own[i] * cache[key + i].Widen();");
                        writer.Line("share = dot * GpuMath.Exp((position + 1 - length) * slope);");
                    }

                    writer.Line();
                    writer.Line("shares[Group.IdxX] = share;");
                    writer.Line("Group.Barrier();");
                    writer.Line("int count = length - first < GpuGroup.Size ? length - first : GpuGroup.Size;");
                    using (writer.Open("for (int i = Group.IdxX; i < HeadSize; i += GpuGroup.Size)"))
                    {
                        writer.Line("float sum = sums[i];");
                        writer.Line("for (int p = 0; p < count; p++)");
                        using (writer.Indent())
                            writer.Line("sum += shares[p] * cache[((long)(first + p) * CacheWidth) + keyOffset + HeadSize + i].Widen();");
                        writer.Line("sums[i] = sum;");
                    }

                    writer.Line();
                    writer.Line("Group.Barrier();");
                }

                writer.Line();
                writer.Line("for (int i = Group.IdxX; i < HeadSize; i += GpuGroup.Size)");
                using (writer.Indent())
                    writer.Line($"{op.Output.Name}[((long)token * HeadsWidth) + (head * HeadSize) + i] = sums[i];");
            });
    }
}
