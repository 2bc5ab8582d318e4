using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Attention of queries to one cache block. All forms take several queries that read the same keys or values, such as the
/// heads of a group; each query's numbers are the same bits as if it came alone.
/// </summary>
public static unsafe class BlockAttention
{
    /// <summary>
    /// scores[q][p] = Σ over i of queries[q][i]·keys[i][p], i ascending, for all 64 positions. Scores of positions that were
    /// never written are whatever follows from what stands there; <see cref="OnlineSoftmax"/> drops them.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a query: the head, or rank and rotary part of a latent.</typeparam>
    /// <param name="queries">The first query, already scaled.</param>
    /// <param name="queryStride">Floats from one query to the next.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="keys">The block's keys.</param>
    /// <param name="scores">64 numbers for the first query.</param>
    /// <param name="scoreStride">Floats from one query's scores to the next, at least 64.</param>
    public static void Scores<TElement, TSize>(
        float* queries, nint queryStride, int count, byte* keys, float* scores, nint scoreStride)
        where TElement : IElement where TSize : IDimension =>
        TileProduct.Multiply<CacheBlock.KeyLayout<TElement>>(
            keys, 16 * TElement.Bytes, CacheBlock.Positions / 16, queries, queryStride, null, count, TSize.Size,
            scores, scoreStride, false);

    /// <summary>The scores of one query.</summary>
    public static void Scores<TElement, TSize>(float* query, byte* keys, float* scores)
        where TElement : IElement where TSize : IDimension =>
        Scores<TElement, TSize>(query, TSize.Size, 1, keys, scores, CacheBlock.Positions);

    /// <summary>
    /// accumulators[q][i] += Σ over p of weights[q][p]·values[p][i], p ascending from 0 to <paramref name="positions"/> - 1.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a value.</typeparam>
    /// <param name="weights">Weights of the first query.</param>
    /// <param name="weightStride">Floats from one query's weights to the next.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="positions">Positions that count, the same for all queries of the call.</param>
    /// <param name="values">The block's values.</param>
    /// <param name="accumulators">TSize sums of the first query.</param>
    /// <param name="accumulatorStride">Floats from one query's sums to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateValues<TElement, TSize>(
        float* weights, nint weightStride, int count, int positions, byte* values, float* accumulators, nint accumulatorStride)
        where TElement : IElement where TSize : IDimension
    {
        int full = TSize.Size / 16;
        TileProduct.Multiply<CacheBlock.ValueLayout<TElement, TSize>>(
            values, 16 * TElement.Bytes, full, weights, weightStride, null, count, positions,
            accumulators, accumulatorStride, true);
        for (int query = 0; full * 16 < TSize.Size && query < count; query++)
        {
            for (int i = full * 16; i < TSize.Size; i++)
            {
                float* accumulator = accumulators + query * accumulatorStride + i;
                Lanes1 sum = new(*accumulator);
                for (int p = 0; p < positions; p++)
                {
                    Lanes1 value = TElement.Load<Lanes1>(values + ((nint)p * TSize.Size + i) * TElement.Bytes);
                    sum = Lanes1.MultiplyAdd(new Lanes1(weights[query * weightStride + p]), value, sum);
                }

                *accumulator = sum.Value;
            }
        }
    }

    /// <summary>The values of one query.</summary>
    public static void AccumulateValues<TElement, TSize>(float* weights, int positions, byte* values, float* accumulator)
        where TElement : IElement where TSize : IDimension =>
        AccumulateValues<TElement, TSize>(weights, CacheBlock.Positions, 1, positions, values, accumulator, TSize.Size);

    /// <summary>
    /// accumulators[q][i] += Σ over p of weights[q][p]·latents[i][p], p ascending from 0 to <paramref name="positions"/> - 1,
    /// i over the rank (the rotary rows behind it are not values). Positions behind do not count, even if they hold NaN.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TRank">Rank of the latent.</typeparam>
    /// <param name="weights">Weights of the first query.</param>
    /// <param name="weightStride">Floats from one query's weights to the next.</param>
    /// <param name="count">How many queries: all heads of a token, for speed, because latents are turned once a call.</param>
    /// <param name="positions">Positions that count, the same for all queries of the call.</param>
    /// <param name="latents">The block's latents.</param>
    /// <param name="accumulators">TRank sums of the first query.</param>
    /// <param name="accumulatorStride">Floats from one query's sums to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void AccumulateLatents<TElement, TRank>(
        float* weights, nint weightStride, int count, int positions, byte* latents, float* accumulators, nint accumulatorStride)
        where TElement : IElement where TRank : IDimension
    {
        // 16 rows at a time are turned to [position][16], the layout of a panel of weights.
        float* panel = stackalloc float[CacheBlock.Positions * 16];
        float* rest = stackalloc float[16];
        for (int first = 0; first < TRank.Size; first += 16)
        {
            int rows = int.Min(16, TRank.Size - first);
            byte* source = latents + (nint)first * RowBytes<TElement>();
            int row = 0;
            for (; row <= rows - 4; row += 4, source += 4 * RowBytes<TElement>())
            {
                for (int p = 0; p < positions; p += 4)
                    Transposition.FourByFour<TElement>(source + p * TElement.Bytes, RowBytes<TElement>(), panel + p * 16 + row, 16);
            }

            for (; row < 16; row++, source += RowBytes<TElement>())
            {
                for (int p = 0; p < positions; p++)
                    panel[p * 16 + row] = row < rows ? TElement.Load<Lanes1>(source + p * TElement.Bytes).Value : 0f;
            }

            if (rows == 16)
            {
                TileProduct.Multiply<F32>(
                    (byte*)panel, 0, 1, weights, weightStride, null, count, positions, accumulators + first, accumulatorStride, true);
                continue;
            }

            for (int query = 0; query < count; query++)
            {
                float* sums = accumulators + query * accumulatorStride + first;
                for (row = 0; row < 16; row++)
                    rest[row] = row < rows ? sums[row] : 0f;
                TileProduct.Multiply<F32>((byte*)panel, 0, 1, weights + query * weightStride, 0, null, 1, positions, rest, 0, true);
                for (row = 0; row < rows; row++)
                    sums[row] = rest[row];
            }
        }
    }

    /// <summary>The latents of one query.</summary>
    public static void AccumulateLatents<TElement, TRank>(float* weights, int positions, byte* latents, float* accumulator)
        where TElement : IElement where TRank : IDimension =>
        AccumulateLatents<TElement, TRank>(weights, CacheBlock.Positions, 1, positions, latents, accumulator, TRank.Size);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint RowBytes<TElement>() where TElement : IElement => CacheBlock.Positions * TElement.Bytes;
}
