using System;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>
/// Latent attention over a cache of latents, without expanding keys or values: each head's query meets the latents
/// through its key rows, and the weighted sum of latents becomes values through its value rows.
/// </summary>
internal static class GpuLatentKernels
{
    /// <summary>Cache write and attention, launched for each sequence.</summary>
    public static void Attend(GpuScope scope, AttendLatent op)
    {
        scope.RotatedIntoCache.TryGetValue(op.RotaryKey, out Rotate? turn);
        GpuAttentionKernels.Launch(scope, [WriteCache(scope, op, turn), Softmax(scope, op)], GpuScope.Shape(op.Output));
    }

    private static GpuKernel WriteCache(GpuScope scope, AttendLatent op, Rotate? turn)
    {
        Value key = turn?.Input ?? op.RotaryKey;
        string turned = turn is null ? key.Name : $"{key.Name} turned by position";
        return GpuAttentionKernels.OfSequence(
            scope,
            "WriteCache",
            $"cache[position] = {op.Latent.Name}, {turned}",
            "A group a token of one sequence, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(op.Latent), scope.Of(key), .. turn is null ? [] : GpuRowKernels.Angles(turn), GpuScope.Positions, GpuAttentionKernels.Cache, GpuAttentionKernels.FirstToken],
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                writer.Line("int position = positions[token];");
                if (turn is not null)
                    GpuRowKernels.Row(writer, turn, "token");
                writer.Line("long row = (long)position * CacheWidth;");
                writer.Line("for (int i = Group.IdxX; i < KeyValueRank; i += GpuGroup.Size)");
                using (writer.Indent())
                    writer.Line($"cache[row + i] = TCache.Round({op.Latent.Name}[((long)token * KeyValueRank) + i]);");
                writer.Line();
                writer.Line("long source = (long)token * RotarySize;");
                using (writer.Open("for (int i = Group.IdxX; i < RotarySize; i += GpuGroup.Size)"))
                {
                    if (turn is not null)
                        GpuRowKernels.Turned(writer, scope.Words, turn, "element", "source");
                    writer.Line($"cache[row + KeyValueRank + i] = TCache.Round({(turn is null ? key.Name + "[source + i]" : "element")});");
                }
            });
    }

    private static GpuKernel Softmax(GpuScope scope, AttendLatent op)
    {
        string query = op.Query.Name;
        string up = GpuScope.NameOf(op.KeyValueUp);
        string scale = scope.Words.Float("AttentionScale", op.Scale, op.Scale == 1 / Math.Sqrt(op.HeadSize + op.RotarySize) ? "1 / √QueryHeadSize" : "");
        return GpuAttentionKernels.OfSequence(
            scope,
            "Attend",
            $"{op.Output.Name} = value rows · softmax({query} · (key rows · latents, rotary keys) · {scale}) · latents, each head by itself",
            "A group a token of one sequence and head: 64 positions at a time, a work item a position for scores, elements in turn for sums.",
            "GpuGroup.Grid(tokens, Heads)",
            [scope.Of(op.Query), scope.Of(op.KeyValueUp), GpuScope.Positions, GpuAttentionKernels.Cache, scope.Of(op.Output), GpuAttentionKernels.FirstToken],
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                writer.Line("int head = Grid.IdxY;");
                writer.Line("int length = positions[token] + 1;");
                writer.Line("long row = ((long)token * QueryWidth) + (head * QueryHeadSize);");
                writer.Line("long keyRows = (long)head * (HeadSize + ValueHeadSize) * KeyValueRank;");
                writer.Line("long valueRows = keyRows + ((long)HeadSize * KeyValueRank);");
                writer.Line("ArrayView<float> own = SharedMemory.Allocate<float>(CacheWidth);");
                writer.Line("ArrayView<float> sums = SharedMemory.Allocate<float>(KeyValueRank);");
                writer.Line("ArrayView<float> shares = SharedMemory.Allocate<float>(GpuGroup.Size);");
                writer.Line("ArrayView<float> lanes = SharedMemory.Allocate<float>(GpuGroup.Size);");
                writer.Line();
                writer.Line("// own = key rows, transposed · the plain part of the query; then its rotary part");
                using (writer.Open("for (int i = Group.IdxX; i < KeyValueRank; i += GpuGroup.Size)"))
                {
                    writer.Line("float sum = 0f;");
                    writer.Line("for (int j = 0; j < HeadSize; j++)");
                    using (writer.Indent())
                        writer.Line($"sum += {query}[row + j] * {up}[keyRows + ((long)j * KeyValueRank) + i].Widen();");
                    writer.Line("own[i] = sum;");
                    writer.Line("sums[i] = 0f;");
                }

                writer.Line();
                writer.Line("for (int i = Group.IdxX; i < RotarySize; i += GpuGroup.Size)");
                using (writer.Indent())
                    writer.Line($"own[KeyValueRank + i] = {query}[row + HeadSize + i];");
                writer.Line("Group.Barrier();");
                writer.Line();
                GpuAttentionKernels.RunningSoftmax(
                    writer,
                    inner =>
                    {
                        inner.Line("long cached = (long)position * CacheWidth;");
                        inner.Line("float dot = 0f;");
                        inner.Line("for (int i = 0; i < CacheWidth; i++)");
                        using (inner.Indent())
                            inner.Line("dot += own[i] * cache[cached + i].Widen();");
                        inner.Line($"score = dot * {scale};");
                    },
                    "KeyValueRank",
                    "cache[((long)(first + p) * CacheWidth) + i].Widen()");
                writer.Line($"// {op.Output.Name} = value rows · sums / total");
                writer.Line("long target = ((long)token * HeadsWidth) + (head * ValueHeadSize);");
                using (writer.Open("for (int i = Group.IdxX; i < ValueHeadSize; i += GpuGroup.Size)"))
                {
                    writer.Line("float sum = 0f;");
                    writer.Line("for (int j = 0; j < KeyValueRank; j++)");
                    using (writer.Indent())
                        writer.Line($"sum += {up}[valueRows + ((long)i * KeyValueRank) + j].Widen() * sums[j];");
                    writer.Line($"{op.Output.Name}[target + i] = sum / total;");
                }
            });
    }
}
