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
    /// <summary>
    /// Takes in a block: scores become weights e^(score - maximum), weights of positions that do not count become 0, and
    /// sum and accumulator are rescaled to the new maximum. Add the weighted values afterwards.
    /// </summary>
    /// <typeparam name="TSize">Numbers of the accumulator.</typeparam>
    /// <param name="scores">64 scores; 64 weights afterwards.</param>
    /// <param name="positions">Positions that count, 1 to 64; what stands behind them is not used.</param>
    /// <param name="maximum">Largest score so far.</param>
    /// <param name="sum">Sum of weights so far.</param>
    /// <param name="accumulator">Weighted values so far.</param>
    public static void Update<TSize>(float* scores, int positions, ref float maximum, ref float sum, float* accumulator)
        where TSize : IDimension
    {
        for (int p = positions; p < CacheBlock.Positions; p++)
            scores[p] = float.NegativeInfinity;
        Take<TSize>(scores, ref maximum, ref sum, accumulator);
    }

    /// <summary>Takes in a block of which only positions from <paramref name="begin"/> on count: a window begins inside it.</summary>
    /// <param name="scores">64 scores; 64 weights afterwards, 0 for positions that do not count.</param>
    /// <param name="begin">First position that counts.</param>
    /// <param name="positions">Position behind the last that counts, above <paramref name="begin"/>.</param>
    /// <param name="maximum">Largest score so far.</param>
    /// <param name="sum">Sum of weights so far.</param>
    /// <param name="accumulator">Weighted values so far.</param>
    public static void Update<TSize>(float* scores, int begin, int positions, ref float maximum, ref float sum, float* accumulator)
        where TSize : IDimension
    {
        for (int p = 0; p < begin; p++)
            scores[p] = float.NegativeInfinity;
        Update<TSize>(scores, positions, ref maximum, ref sum, accumulator);
    }

    /// <summary>Divides the accumulator by the sum of weights: the attention's answer.</summary>
    public static void Finish<TSize>(float* accumulator, float sum) where TSize : IDimension =>
        RowLoops.Map<Rows.Quotient>(accumulator, accumulator, sum, accumulator, TSize.Size);

    private static void Take<TSize>(float* scores, ref float maximum, ref float sum, float* accumulator)
        where TSize : IDimension
    {
        float blockMaximum = RowLoops.Maximum(scores, CacheBlock.Positions);
        float newMaximum = maximum < blockMaximum ? blockMaximum : maximum;
        float factor = Transcendental.Exp(maximum - newMaximum);
        RowLoops.Map<Rows.ExpOfDifference>(scores, scores, newMaximum, scores, CacheBlock.Positions);
        sum = sum * factor + RowLoops.Sum<Rows.Itself>(scores, scores, 0f, CacheBlock.Positions);
        if (factor != 1f)
            RowLoops.Map<Rows.Product>(accumulator, accumulator, factor, accumulator, TSize.Size);
        maximum = newMaximum;
    }
}
