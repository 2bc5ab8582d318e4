using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Softmax over blocks of positions in ascending order, one pass (Milakov and Gimelshein 2018): the state of a query after a
/// block depends on its own positions only, so that chunks and batches do not change a bit.
/// </summary>
/// <remarks>
/// Start with maximum = minus infinity, sum = 0 and an accumulator of zeros; a logit that joins without a value (a sink)
/// starts as maximum = that logit, sum = 1.
/// </remarks>
public static unsafe class OnlineSoftmax
{
    /// <summary>Rows whose maxima, factors and weights are computed side by side, so that none waits for another's.</summary>
    private const int RowsTogether = 16;

    /// <summary>
    /// Takes in a block: scores become weights e^(score - maximum), and sums and accumulators are rescaled to the new maxima.
    /// Add the weighted values afterwards.
    /// </summary>
    /// <typeparam name="TSize">Numbers of an accumulator.</typeparam>
    /// <param name="scores">
    /// A score for each position, 64 floats a query; its weight afterwards. Up to the next multiple of 16 the weights behind become 0;
    /// nothing behind is read.
    /// </param>
    /// <param name="queries">Queries of each token, which lie one after the other.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="begins">For each token the first position that counts, for a window that begins inside the block; null for 0.</param>
    /// <param name="positions">For each token the position behind the last that counts, 1 to 64.</param>
    /// <param name="maxima">Largest score of each query so far.</param>
    /// <param name="sums">Sum of weights of each query so far.</param>
    /// <param name="accumulators">Weighted values of the first query so far.</param>
    /// <param name="accumulatorStride">Floats from one query's values to the next.</param>
    public static void Update<TSize>(
        float* scores, int queries, int tokens, int* begins, int* positions, float* maxima, float* sums, float* accumulators, nint accumulatorStride)
        where TSize : IDimension
    {
        int rows = queries * tokens;
        for (int row = 0; row < rows; row++)
        {
            float* own = scores + (nint)row * CacheBlock.Positions;
            int token = row / queries;
            for (int p = 0; begins != null && p < begins[token]; p++)
                own[p] = float.NegativeInfinity;
            for (int p = positions[token]; p < WholeGroups(positions[token]); p++)
                own[p] = float.NegativeInfinity;
        }

        for (int first = 0; first < rows; first += RowsTogether)
        {
            int count = int.Min(RowsTogether, rows - first);
            if (Vector512.IsHardwareAccelerated)
                Take<Lanes16>(scores, queries, first, count, positions, maxima, sums, accumulators, accumulatorStride, TSize.Size);
            else if (Vector256.IsHardwareAccelerated)
                Take<Lanes8>(scores, queries, first, count, positions, maxima, sums, accumulators, accumulatorStride, TSize.Size);
            else
                Take<Lanes4>(scores, queries, first, count, positions, maxima, sums, accumulators, accumulatorStride, TSize.Size);
        }
    }

    /// <summary>Takes in a block for one query.</summary>
    /// <param name="scores">A score for each position; its weight afterwards.</param>
    /// <param name="begin">First position that counts.</param>
    /// <param name="positions">Position behind the last that counts, above <paramref name="begin"/>.</param>
    /// <param name="maximum">Largest score so far.</param>
    /// <param name="sum">Sum of weights so far.</param>
    /// <param name="accumulator">Weighted values so far.</param>
    public static void Update<TSize>(float* scores, int begin, int positions, ref float maximum, ref float sum, float* accumulator)
        where TSize : IDimension
    {
        float ownMaximum = maximum, ownSum = sum;
        Update<TSize>(scores, 1, 1, &begin, &positions, &ownMaximum, &ownSum, accumulator, 0);
        (maximum, sum) = (ownMaximum, ownSum);
    }

    /// <summary>Divides the accumulator by the sum of weights: the attention's answer.</summary>
    public static void Finish<TSize>(float* accumulator, float sum) where TSize : IDimension =>
        RowLoops.Map<Rows.Quotient>(accumulator, accumulator, sum, accumulator, TSize.Size);

    // The sum has 16 partial sums: whole groups of 16 positions, and a group that is all zeros adds nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WholeGroups(int positions) => (positions + 15) / 16 * 16;

    // The size is an argument: one function for heads of any size is compiled before a model is known (KernelsAhead).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void Take<T>(
        float* scores, int queries, int first, int count, int* positions, float* maxima, float* sums, float* accumulators, nint accumulatorStride, int size)
        where T : struct, ILanes<T>
    {
        float* factors = stackalloc float[RowsTogether];
        for (int i = 0; i < count; i++)
        {
            float* own = scores + (nint)(first + i) * CacheBlock.Positions;
            float blockMaximum = RowLoops.Maximum<T>(own, WholeGroups(positions[(first + i) / queries]));
            float before = maxima[first + i];
            float maximum = before < blockMaximum ? blockMaximum : before;
            factors[i] = before - maximum;
            maxima[first + i] = maximum;
        }

        for (int i = count; i < RowsTogether; i++)
            factors[i] = 0f;
        for (int i = 0; i < count; i += T.Count)
            T.Store(Transcendental.Exp(T.Load(factors + i)), factors + i);

        for (int i = 0; i < count; i++)
        {
            float* own = scores + (nint)(first + i) * CacheBlock.Positions;
            sums[first + i] = sums[first + i] * factors[i] + Weights<T>(own, maxima[first + i], WholeGroups(positions[(first + i) / queries]));
            float* accumulator = accumulators + (first + i) * accumulatorStride;
            if (factors[i] != 1f)
                RowLoops.Map<T, Rows.Product>(accumulator, accumulator, factors[i], accumulator, size);
        }
    }

    // Scores become weights, whose sum is returned.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [SkipLocalsInit]
    private static float Weights<T>(float* scores, float maximum, int size)
        where T : struct, ILanes<T>
    {
        T most = T.Broadcast(maximum);
        float* partial = stackalloc float[16];
        for (int lane = 0; lane < 16; lane += T.Count)
        {
            T sum = T.Broadcast(0f);
            for (int p = lane; p < size; p += 16)
            {
                T weight = Transcendental.Exp(T.Load(scores + p) - most);
                T.Store(weight, scores + p);
                sum += weight;
            }

            T.Store(sum, partial + lane);
        }

        return RowLoops.Halves(partial);
    }
}
