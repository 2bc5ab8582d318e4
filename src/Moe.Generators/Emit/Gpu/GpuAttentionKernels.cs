using System;
using System.Collections.Generic;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Attention over the cache, multi-head and grouped-query: what a token adds to the cache, then what it reads.</summary>
internal static class GpuAttentionKernels
{
    /// <summary>The cache of a layer and sequence, as parameter.</summary>
    public static readonly GpuParameter Cache = new("ArrayView<TCache>", "cache", "cache.View");

    /// <summary>The first token of a sequence, as parameter.</summary>
    public static readonly GpuParameter FirstToken = new("int", "firstToken", "batch.FirstToken(sequence)");

    private const string TokensOfSequence = "batch.TokensOf(sequence)";

    /// <summary>Cache write and attention, launched for each sequence.</summary>
    public static void Attend(GpuScope scope, Attend op)
    {
        scope.RotatedIntoCache.TryGetValue(op.Key, out Rotate? turn);
        GpuKernel write = WriteCache(scope, op, turn);
        GpuKernel attend = Softmax(scope, op);
        Launch(scope, [write, attend], GpuScope.Shape(op.Output));
    }

    /// <summary>Launches kernels once for each sequence of the batch.</summary>
    public static void Launch(GpuScope scope, IReadOnlyList<GpuKernel> kernels, string shape)
    {
        scope.Launches.Line();
        foreach (GpuKernel kernel in kernels)
            scope.Launches.Line(CSharp.WithRemark("// " + kernel.Formula, kernel == kernels[kernels.Count - 1] ? shape : ""));
        using (scope.Launches.Open("for (int sequence = 0; sequence < batch.Sequences; sequence++)"))
        {
            scope.Launches.Line("GpuBuffer<TCache> cache = batch.Cache<TCache>(sequence)[layer];");
            foreach (GpuKernel kernel in kernels)
                kernel.WriteLaunch(scope.Launches, scope.KernelClass);
        }
    }

    /// <summary>A kernel that covers the tokens of one sequence.</summary>
    public static GpuKernel OfSequence(
        GpuScope scope, string name, string formula, string cells, string grid, IEnumerable<GpuParameter?> parameters, System.Action<SourceWriter> body) =>
        scope.Kernel(name, formula, cells, grid, parameters, body, TokensOfSequence);

    /// <summary>Writes a pass over the cache, <c>GpuGroup.Size</c> positions at a time, with a running softmax.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="score">Writes statements that compute <c>score</c> of <c>position</c>.</param>
    /// <param name="width">Elements that are summed.</param>
    /// <param name="element">Element i of what position <c>first + p</c> adds.</param>
    /// <param name="start">The first position that is seen.</param>
    /// <param name="sink">A logit that joins without a value, or null.</param>
    public static void RunningSoftmax(
        SourceWriter writer, System.Action<SourceWriter> score, string width, string element, string start = "0", string? sink = null)
    {
        writer.Line($"float highest = {sink ?? "float.MinValue"};");
        writer.Line($"float total = {(sink is null ? "0f" : "1f")};");
        using (writer.Open($"for (int first = {start}; first < length; first += GpuGroup.Size)"))
        {
            writer.Line("// score of this work item's position; its exponential relative to the highest so far");
            writer.Line("int position = first + Group.IdxX;");
            writer.Line("float score = float.MinValue;");
            using (writer.Open("if (position < length)"))
                score(writer);
            writer.Line();
            writer.Line("float before = highest;");
            writer.Line("float highestHere = GpuGroup.Max(lanes, score);");
            writer.Line("highest = highestHere > before ? highestHere : before;");
            writer.Line("float share = position < length ? GpuMath.Exp(score - highest) : 0f;");
            writer.Line("float kept = GpuMath.Exp(before - highest);");
            writer.Line("shares[Group.IdxX] = share;");
            writer.Line("total = (total * kept) + GpuGroup.Sum(lanes, share);");
            writer.Line();
            writer.Line("// sums of these positions join those before");
            writer.Line("int count = length - first < GpuGroup.Size ? length - first : GpuGroup.Size;");
            using (writer.Open($"for (int i = Group.IdxX; i < {width}; i += GpuGroup.Size)"))
            {
                writer.Line("float sum = sums[i] * kept;");
                writer.Line("for (int p = 0; p < count; p++)");
                using (writer.Indent())
                    writer.Line($"sum += shares[p] * {element};");
                writer.Line("sums[i] = sum;");
            }

            writer.Line();
            writer.Line("Group.Barrier();");
        }

        writer.Line();
    }

    private static GpuKernel WriteCache(GpuScope scope, Attend op, Rotate? turn)
    {
        Value key = turn?.Input ?? op.Key;
        string turned = turn is null ? key.Name : $"{key.Name} turned by position";
        return OfSequence(
            scope,
            "WriteCache",
            $"cache[position] = {turned}, {op.Value.Name}",
            "A group a token of one sequence, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(key), scope.Of(op.Value), .. turn is null ? [] : GpuRowKernels.Angles(turn), op.ChosenHeads is null ? null : scope.Of(op.ChosenHeads), GpuScope.Positions, Cache, FirstToken],
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                writer.Line("int position = positions[token];");
                if (turn is not null)
                    GpuRowKernels.Row(writer, turn, "token");
                writer.Line("long source = (long)token * KeyValueWidth;");
                writer.Line("long row = (long)position * CacheWidth;");
                using (writer.Open("for (int i = Group.IdxX; i < KeyValueWidth; i += GpuGroup.Size)"))
                {
                    if (turn is not null)
                        GpuRowKernels.Turned(writer, scope.Words, turn, "element", "source");
                    writer.Line($"cache[row + i] = TCache.Round({(turn is null ? key.Name + "[source + i]" : "element")});");
                    writer.Line($"cache[row + KeyValueWidth + i] = TCache.Round({op.Value.Name}[source + i]);");
                }

                if (op.ChosenHeads is null)
                    return;
                writer.Line();
                writer.Line("// behind the values, 1 for each head that took the token");
                using (writer.Open("for (int head = Group.IdxX; head < Heads; head += GpuGroup.Size)"))
                {
                    IsTaken(writer, op.ChosenHeads);
                    writer.Line("cache[row + (2 * KeyValueWidth) + head] = TCache.Round(isTaken ? 1f : 0f);");
                }
            });
    }

    private static GpuKernel Softmax(GpuScope scope, Attend op)
    {
        string query = op.Query.Name;
        string scale = scope.Words.Float("AttentionScale", op.Scale, op.Scale == 1 / Math.Sqrt(op.HeadSize) ? "1 / √HeadSize" : "");
        string? reach = op.Reach is null ? null : scope.Words.Integer(op.Reach.IsChunked ? "Chunk" : "Window", op.Reach.Positions);
        string seen = op.Reach is null ? "" : op.Reach.IsChunked ? $" of its chunk of {reach}" : $" of the last {reach}";
        return OfSequence(
            scope,
            "Attend",
            $"{op.Output.Name} = softmax({query} · cached keys · {scale}{(op.Sinks is null ? "" : "; sink of the head")}) · cached values{seen}, each head by itself{(op.ChosenHeads is null ? "" : ", among the tokens that it took")}",
            "A group a token of one sequence and head: 64 positions at a time, a work item a position for scores, elements in turn for sums.",
            "GpuGroup.Grid(tokens, Heads)",
            [scope.Of(op.Query), op.Sinks is null ? null : scope.Of(op.Sinks), op.ChosenHeads is null ? null : scope.Of(op.ChosenHeads), GpuScope.Positions, Cache, scope.Of(op.Output), FirstToken],
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                writer.Line("int head = Grid.IdxY;");
                writer.Line("int length = positions[token] + 1;");
                if (op.Reach is { IsChunked: true })
                    writer.Line($"int start = positions[token] / {reach} * {reach};");
                else if (op.Reach is not null)
                    writer.Line($"int start = length > {reach} ? length - {reach} : 0;");
                writer.Line("long row = ((long)token * QueryWidth) + (head * HeadSize);");
                writer.Line("int keyOffset = head / (Heads / KeyValueHeads) * HeadSize;");
                writer.Line("int valueOffset = KeyValueWidth + keyOffset;");
                writer.Line("ArrayView<float> own = SharedMemory.Allocate<float>(HeadSize);");
                writer.Line("ArrayView<float> sums = SharedMemory.Allocate<float>(HeadSize);");
                writer.Line("ArrayView<float> shares = SharedMemory.Allocate<float>(GpuGroup.Size);");
                writer.Line("ArrayView<float> lanes = SharedMemory.Allocate<float>(GpuGroup.Size);");
                using (writer.Open("for (int i = Group.IdxX; i < HeadSize; i += GpuGroup.Size)"))
                {
                    writer.Line($"own[i] = {query}[row + i];");
                    writer.Line("sums[i] = 0f;");
                }

                writer.Line();
                writer.Line("Group.Barrier();");
                if (op.ChosenHeads is not null)
                    IsTaken(writer, op.ChosenHeads);
                RunningSoftmax(
                    writer,
                    inner =>
                    {
                        inner.Line("long key = ((long)position * CacheWidth) + keyOffset;");
                        inner.Line("float dot = 0f;");
                        inner.Line("for (int i = 0; i < HeadSize; i++)");
                        using (inner.Indent())
                            inner.Line("dot += own[i] * cache[key + i].Widen();");
                        inner.Line(op.ChosenHeads is null
                            ? $"score = dot * {scale};"
                            : $"score = cache[((long)position * CacheWidth) + (2 * KeyValueWidth) + head].Widen() > 0f ? dot * {scale} : -1e30f;");
                    },
                    "HeadSize",
                    "cache[((long)(first + p) * CacheWidth) + valueOffset + i].Widen()",
                    op.Reach is null ? "0" : "start",
                    op.Sinks is null ? null : GpuScope.NameOf(op.Sinks) + "[head]");
                writer.Line("for (int i = Group.IdxX; i < HeadSize; i += GpuGroup.Size)");
                using (writer.Indent())
                    writer.Line($"{op.Output.Name}[row + i] = {(op.ChosenHeads is null ? "sums[i] / total" : "isTaken ? sums[i] / total : 0f")};");
            });
    }

    private static void IsTaken(SourceWriter writer, Value chosen)
    {
        writer.Line("bool isTaken = false;");
        writer.Line("for (int slot = 0; slot < Heads; slot++)");
        using (writer.Indent())
            writer.Line($"isTaken |= {chosen.Name}[((long)token * Heads) + slot] == head;");
    }
}
