using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Attention of queries to one cache block. All forms take several queries that read the same keys or values, such as the
/// heads of a group; each query's numbers are the same bits as if it came alone.
/// </summary>
public static unsafe class BlockAttention
{
    /// <summary>
    /// scores[q][p] = Σ over i of queries[q][i]·keys[i][p], i ascending, for positions up to the next multiple of 16. Scores of
    /// positions that were never written are whatever follows from what stands there; <see cref="OnlineSoftmax"/> drops them.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a query: the head, or rank and rotary part of a latent.</typeparam>
    /// <param name="queries">The first query, already scaled.</param>
    /// <param name="queryStride">Floats from one query to the next.</param>
    /// <param name="count">How many queries.</param>
    /// <param name="keys">The block's keys.</param>
    /// <param name="positions">Positions that count, 1 to 64.</param>
    /// <param name="scores">Scores of the first query, room for 64.</param>
    /// <param name="scoreStride">Floats from one query's scores to the next, at least 64.</param>
    /// <param name="next">As many bytes as the keys have that are read next, such as the block's values; or null.</param>
    public static void Scores<TElement, TSize>(
        float* queries, nint queryStride, int count, byte* keys, int positions, float* scores, nint scoreStride, byte* next)
        where TElement : IElement where TSize : IDimension =>
        Multiply<CacheBlock.KeyLayout<TElement>>(
            keys, 16 * TElement.Bytes, (positions + 15) / 16, queries, queryStride, count, TSize.Size, scores, scoreStride, false, next);

    /// <summary>The scores of one query, of all 64 positions.</summary>
    public static void Scores<TElement, TSize>(float* query, byte* keys, float* scores)
        where TElement : IElement where TSize : IDimension =>
        Scores<TElement, TSize>(query, TSize.Size, 1, keys, CacheBlock.Positions, scores, CacheBlock.Positions, null);

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
    /// <param name="next">As many bytes as the values have that are read next, such as the next block's keys; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateValues<TElement, TSize>(
        float* weights, nint weightStride, int count, int positions, byte* values, float* accumulators, nint accumulatorStride, byte* next)
        where TElement : IElement where TSize : IDimension
    {
        int full = TSize.Size / 16;
        Multiply<CacheBlock.ValueLayout<TElement, TSize>>(
            values, 16 * TElement.Bytes, full, weights, weightStride, count, positions, accumulators, accumulatorStride, true, next);
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

    /// <summary>
    /// The same for several tokens whose queries lie one after the other: what all of them see goes through one product, then each
    /// token's queries take what it sees beyond. No token takes part in positions that it does not see, even with weight 0.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a value.</typeparam>
    /// <param name="weights">Weights of the first query.</param>
    /// <param name="weightStride">Floats from one query's weights to the next.</param>
    /// <param name="queries">Queries of each token.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="positions">Positions that count for each token, ascending.</param>
    /// <param name="values">The block's values.</param>
    /// <param name="accumulators">TSize sums of the first query.</param>
    /// <param name="accumulatorStride">Floats from one query's sums to the next.</param>
    /// <param name="next">As many bytes as the values have that are read next, such as the next block's keys; or null.</param>
    public static void AccumulateValues<TElement, TSize>(
        float* weights, nint weightStride, int queries, int tokens, int* positions, byte* values, float* accumulators, nint accumulatorStride, byte* next)
        where TElement : IElement where TSize : IDimension
    {
        int all = positions[0];
        AccumulateValues<TElement, TSize>(weights, weightStride, queries * tokens, all, values, accumulators, accumulatorStride, next);
        for (int token = 1; token < tokens; token++)
        {
            nint first = (nint)token * queries;
            if (positions[token] > all)
                AccumulateValues<TElement, TSize>(
                    weights + first * weightStride + all, weightStride, queries, positions[token] - all, values + (nint)all * TSize.Size * TElement.Bytes,
                    accumulators + first * accumulatorStride, accumulatorStride, null);
        }
    }

    /// <summary>The values of one query.</summary>
    public static void AccumulateValues<TElement, TSize>(float* weights, int positions, byte* values, float* accumulator)
        where TElement : IElement where TSize : IDimension =>
        AccumulateValues<TElement, TSize>(weights, CacheBlock.Positions, 1, positions, values, accumulator, TSize.Size, null);

    /// <summary>
    /// accumulators[q][i] += Σ over p of weights[q][p]·latents[i][p], p ascending from 0 to the positions of the query's token - 1,
    /// i over the rank (the rotary rows behind it are not values). Positions behind do not count, even if they hold NaN.
    /// </summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TRank">Rank of the latent.</typeparam>
    /// <param name="weights">Weights of the first query.</param>
    /// <param name="weightStride">Floats from one query's weights to the next.</param>
    /// <param name="queries">Queries of each token, which lie one after the other: many, for speed, because latents are turned once a call.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="positions">Positions that count for each token, ascending.</param>
    /// <param name="latents">The block's latents.</param>
    /// <param name="accumulators">TRank sums of the first query.</param>
    /// <param name="accumulatorStride">Floats from one query's sums to the next.</param>
    /// <param name="next">The latents that are read next, such as the next block's; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void AccumulateLatents<TElement, TRank>(
        float* weights, nint weightStride, int queries, int tokens, int* positions, byte* latents, float* accumulators, nint accumulatorStride, byte* next)
        where TElement : IElement where TRank : IDimension
    {
        float* panel = stackalloc float[CacheBlock.Positions * 16];
        float* rest = stackalloc float[16];
        int all = positions[0];
        for (int first = 0; first < TRank.Size; first += 16)
        {
            int rows = int.Min(16, TRank.Size - first);
            if (next != null)
                Ahead.Block(next + (nint)first * RowBytes<TElement>(), rows * RowBytes<TElement>());
            Turn<TElement>(latents + (nint)first * RowBytes<TElement>(), rows, positions[tokens - 1], panel);
            if (rows == 16)
            {
                TileProduct.Multiply<F32>(
                    (byte*)panel, 0, 1, weights, weightStride, null, queries * tokens, all, accumulators + first, accumulatorStride, true, 0);
                for (int token = 1; token < tokens; token++)
                {
                    nint query = (nint)token * queries;
                    if (positions[token] > all)
                        TileProduct.Multiply<F32>(
                            (byte*)(panel + all * 16), 0, 1, weights + query * weightStride + all, weightStride, null, queries, positions[token] - all,
                            accumulators + query * accumulatorStride + first, accumulatorStride, true, 0);
                }

                continue;
            }

            for (int query = 0; query < queries * tokens; query++)
            {
                float* sums = accumulators + query * accumulatorStride + first;
                for (int row = 0; row < 16; row++)
                    rest[row] = row < rows ? sums[row] : 0f;
                TileProduct.Multiply<F32>((byte*)panel, 0, 1, weights + query * weightStride, 0, null, 1, positions[query / queries], rest, 0, true, 0);
                for (int row = 0; row < rows; row++)
                    sums[row] = rest[row];
            }
        }
    }

    /// <summary>The latents of one query.</summary>
    public static void AccumulateLatents<TElement, TRank>(float* weights, int positions, byte* latents, float* accumulator)
        where TElement : IElement where TRank : IDimension =>
        AccumulateLatents<TElement, TRank>(weights, CacheBlock.Positions, 1, 1, &positions, latents, accumulator, TRank.Size, null);

    // What is read next is asked for line by line beside the operand's own lines: all at once, it would keep the loads of the product waiting.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TLayout>(
        byte* operand, nint panelBytes, int panels, float* input, nint inputStride, int count, int columns,
        float* output, nint outputStride, bool resume, byte* next)
        where TLayout : ITileLayout =>
        TileProduct.Multiply<TLayout>(
            operand, panelBytes, panels, input, inputStride, null, count, columns, output, outputStride, resume,
            next == null ? 0 : (nint)(next - operand));

    // Up to 16 rows [row][position] become [position][16], the layout of a panel of weights; rows that are not there become 0.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn<TElement>(byte* source, int rows, int positions, float* panel)
        where TElement : IElement
    {
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint RowBytes<TElement>() where TElement : IElement => CacheBlock.Positions * TElement.Bytes;
}
