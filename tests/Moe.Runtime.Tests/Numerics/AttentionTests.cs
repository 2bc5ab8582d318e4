using System;
using System.Linq;
using System.Runtime.Intrinsics;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe partial class AttentionTests
{
    private static readonly int[] HeadSizes = [1, 3, 8, 15, 16, 17, 64, 65, 80, 128, 300];

    [Fact]
    public void Attention_HeadsTogether_GiveTheBitsOfHeadsAlone()
    {
        foreach (int size in HeadSizes)
        {
            Sizes.At(size, new GroupBits<F32>());
            Sizes.At(size, new GroupBits<BF16>());
        }
    }

    [Fact]
    public void CacheLayouts_AtEveryWidth_GiveTheSameBits()
    {
        foreach (int size in new[] { 16, 48, 80, 300 })
        {
            Sizes.At(size, new WidthBits<F32>());
            Sizes.At(size, new WidthBits<BF16>());
        }
    }

    [Fact]
    public void Scores_AreOneChainOverTheHead()
    {
        using NativeFloats query = NativeFloats.Random(new Random(1), 17);
        using NativeFloats keys = NativeFloats.Random(new Random(2), 17 * 64);
        using NativeFloats scores = new(64);
        BlockAttention.Scores<F32, D17>(query.Pointer, keys.Bytes, scores.Pointer);
        for (int p = 0; p < 64; p++)
        {
            Lanes1 sum = default;
            for (int i = 0; i < 17; i++)
                sum = Lanes1.MultiplyAdd(new Lanes1(query.Span[i]), new Lanes1(keys.Span[i * 64 + p]), sum);
            Assert.Equal(sum.Value, scores.Span[p]);
        }
    }

    [Fact]
    public void Update_FromABegin_LeavesOutWhatStandsBeforeIt()
    {
        using NativeFloats scores = NativeFloats.Random(new Random(8), 64);
        using NativeFloats accumulator = new(8);
        float[] before = scores.Span.ToArray();
        double expected = 0;
        for (int p = 5; p < 9; p++)
            expected += Math.Exp(scores.Span[p]);
        float maximum = float.NegativeInfinity, sum = 0f;
        OnlineSoftmax.Update<D8>(scores.Pointer, 5, 9, ref maximum, ref sum, accumulator.Pointer);
        Assert.Equal(expected, sum * Math.Exp(maximum), 5);
        // Whole groups of 16 positions take part; what lies behind is not touched.
        for (int p = 0; p < 16; p++)
            Assert.Equal(p is >= 5 and < 9, scores.Span[p] > 0f);
        Assert.True(scores.Span[16..].SequenceEqual(before.AsSpan(16)));
    }

    [Fact]
    public void Update_ScoreOfNaN_MakesTheAnswerNaN()
    {
        using NativeFloats scores = new(64);
        using NativeFloats accumulator = new(8);
        scores.Span[3] = float.NaN;
        float maximum = float.NegativeInfinity, sum = 0f;
        OnlineSoftmax.Update<D8>(scores.Pointer, 0, 10, ref maximum, ref sum, accumulator.Pointer);
        Assert.True(float.IsNaN(sum));
    }

    [Fact]
    public void AccumulateValues_OfSeveralTokens_KeepsWhatOnlyTheLastOnesSeeFromTheFirst()
    {
        using NativeFloats weights = new(3 * 64), values = new(64 * 8), answers = new(3 * 8), latents = new(64 * 8), latentAnswers = new(3 * 8);
        weights.Span.Fill(1f);
        values.Span.Fill(1f);
        latents.Span.Fill(1f);
        values.Span[11 * 8] = float.NaN;
        latents.Span[11] = float.NaN;
        int* positions = stackalloc int[] { 10, 11, 12 };
        BlockAttention.AccumulateValues<F32, D8>(weights.Pointer, 64, 1, 3, positions, values.Bytes, answers.Pointer, 8, null);
        BlockAttention.AccumulateLatents<F32, D8>(weights.Pointer, 64, 1, 3, positions, latents.Bytes, latentAnswers.Pointer, 8, null);
        float[] expected = [.. Enumerable.Repeat(10f, 8), .. Enumerable.Repeat(11f, 8), float.NaN, .. Enumerable.Repeat(12f, 7)];
        Assert.Equal(expected, answers.Span.ToArray());
        Assert.Equal(expected, latentAnswers.Span.ToArray());
    }

    private readonly struct GroupBits<TElement> : ISizedTest where TElement : IElement
    {
        public void Run<TSize>() where TSize : IDimension
        {
            int size = TSize.Size;
            Random random = new(size);
            long bytes = CacheBlock.Bytes<TElement, TSize>();
            using NativeFloats keys = new((int)bytes / 4);
            using NativeFloats values = new((int)bytes / 4);
            using NativeFloats row = new(size);
            for (int p = 0; p < 64; p++)
            {
                foreach (ref float number in row.Span)
                    number = random.NextSingle() - 0.5f;
                CacheBlock.WriteKey<TElement, TSize>(row.Pointer, keys.Bytes, p);
                CacheBlock.WriteValue<TElement, TSize>(row.Pointer, values.Bytes, p);
            }

            int* positions = stackalloc int[12], begins = stackalloc int[12];
            foreach ((int tokens, int queries) in new[] { (1, 2), (1, 4), (2, 1), (3, 1), (2, 3), (1, 7), (4, 4), (12, 2) })
            {
                int stride = size + 5, rows = tokens * queries;
                using NativeFloats query = NativeFloats.Random(random, rows * stride);
                using NativeFloats together = new(rows * 64);
                foreach (int last in new[] { tokens, 30, 63, 64 })
                {
                    // A token sees one position more than the one before it, or the whole block.
                    for (int t = 0; t < tokens; t++)
                        (positions[t], begins[t]) = (last == 64 ? 64 : last - tokens + 1 + t, last == 30 ? t : 0);
                    using NativeFloats start = NativeFloats.Random(random, rows * stride);
                    using NativeFloats values2 = NativeFloats.Of(start.Span), latents2 = NativeFloats.Of(start.Span);
                    using NativeFloats maxima = NativeFloats.Random(random, rows), sums = NativeFloats.Random(random, rows);
                    using NativeFloats maximaBefore = NativeFloats.Of(maxima.Span), sumsBefore = NativeFloats.Of(sums.Span);
                    BlockAttention.Scores<TElement, TSize>(query.Pointer, stride, rows, keys.Bytes, positions[tokens - 1], together.Pointer, 64, values.Bytes);
                    OnlineSoftmax.Update<TSize>(together.Pointer, queries, tokens, begins, positions, maxima.Pointer, sums.Pointer, values2.Pointer, stride);
                    values2.Span.CopyTo(latents2.Span);
                    BlockAttention.AccumulateValues<TElement, TSize>(together.Pointer, 64, queries, tokens, positions, values.Bytes, values2.Pointer, stride, keys.Bytes);
                    BlockAttention.AccumulateLatents<TElement, TSize>(together.Pointer, 64, queries, tokens, positions, keys.Bytes, latents2.Pointer, stride, keys.Bytes);
                    // keys and values hold the same numbers in two orders, and both sums run over ascending positions.
                    Assert.True(values2.Span.SequenceEqual(latents2.Span));
                    for (int q = 0; q < rows; q++)
                    {
                        int token = q / queries;
                        using NativeFloats alone = new(64);
                        using NativeFloats one = NativeFloats.Of(start.Span.Slice(q * stride, size));
                        float maximum = maximaBefore.Span[q], sum = sumsBefore.Span[q];
                        BlockAttention.Scores<TElement, TSize>(query.Pointer + q * stride, keys.Bytes, alone.Pointer);
                        OnlineSoftmax.Update<TSize>(alone.Pointer, begins[token], positions[token], ref maximum, ref sum, one.Pointer);
                        BlockAttention.AccumulateValues<TElement, TSize>(alone.Pointer, positions[token], values.Bytes, one.Pointer);
                        Assert.True(alone.Span[..positions[token]].SequenceEqual(together.Span.Slice(q * 64, positions[token])));
                        Assert.Equal(maximum, maxima.Span[q]);
                        Assert.Equal(sum, sums.Span[q]);
                        Assert.True(one.Span.SequenceEqual(values2.Span.Slice(q * stride, size)));
                    }
                }
            }
        }
    }

    /// <summary>At 512 bits multiply-adds are always fused, for a processor that has them can: elsewhere their bits are others.</summary>
    private readonly struct WidthBits<TElement> : ISizedTest where TElement : IElement
    {
        public void Run<TSize>() where TSize : IDimension
        {
            int size = TSize.Size;
            Random random = new(size);
            using NativeFloats block = NativeFloats.Random(random, (int)CacheBlock.Bytes<TElement, TSize>() / 4);
            ClearNaN(block);
            foreach (int queries in new[] { 1, 2, 3, 4, 6, 7, 12, 17 })
            {
                using NativeFloats query = NativeFloats.Random(random, queries * size);
                using NativeFloats weights = NativeFloats.Random(random, queries * 64);
                using NativeFloats scores = new(queries * 64), narrow = new(queries * 64), wide = new(queries * 64);
                BlockAttention.Scores<TElement, TSize>(query.Pointer, size, queries, block.Bytes, 64, scores.Pointer, 64, block.Bytes);
                TileProduct.Multiply<Register128, Vector128<float>, CacheBlock.KeyLayout<TElement>>(
                    block.Bytes, 16 * TElement.Bytes, 4, query.Pointer, size, null, queries, size, narrow.Pointer, 64, false, 0);
                TileProduct.Multiply<Register512, Vector512<float>, CacheBlock.KeyLayout<TElement>>(
                    block.Bytes, 16 * TElement.Bytes, 4, query.Pointer, size, null, queries, size, wide.Pointer, 64, false, 0);
                Assert.True(scores.Span.SequenceEqual(narrow.Span));
                Assert.True(!CpuInstructions.HasFusedMultiplyAdd || scores.Span.SequenceEqual(wide.Span));

                using NativeFloats sums = new(queries * size), narrowSums = new(queries * size), wideSums = new(queries * size);
                BlockAttention.AccumulateValues<TElement, TSize>(weights.Pointer, 64, queries, 61, block.Bytes, sums.Pointer, size, null);
                TileProduct.Multiply<Register128, Vector128<float>, CacheBlock.ValueLayout<TElement, TSize>>(
                    block.Bytes, 16 * TElement.Bytes, size / 16, weights.Pointer, 64, null, queries, 61, narrowSums.Pointer, size, true, 0);
                TileProduct.Multiply<Register512, Vector512<float>, CacheBlock.ValueLayout<TElement, TSize>>(
                    block.Bytes, 16 * TElement.Bytes, size / 16, weights.Pointer, 64, null, queries, 61, wideSums.Pointer, size, true, 0);
                for (int q = 0; q < queries; q++)
                {
                    Span<float> row = sums.Span.Slice(q * size, size / 16 * 16);
                    Assert.True(row.SequenceEqual(narrowSums.Span.Slice(q * size, row.Length)));
                    Assert.True(!CpuInstructions.HasFusedMultiplyAdd || row.SequenceEqual(wideSums.Span.Slice(q * size, row.Length)));
                }
            }
        }

        /// <summary>Random float32 bits read as pairs of bfloat16 may be NaN, which equals nothing.</summary>
        private static void ClearNaN(NativeFloats block)
        {
            ushort* halves = (ushort*)block.Pointer;
            for (int i = 0; TElement.Bytes == 2 && i < block.Length * 2; i++)
                halves[i] = BF16.Round(i % 23 * 0.07f - 0.8f);
        }
    }
}
