using Moe.Runtime.Numerics;

namespace Moe.Runtime.Workers;

/// <summary>Integers of rows that tiles wrote, before the product that reads them.</summary>
public static unsafe class IntegerWork
{
    /// <summary>Every worker writes the integers of its share of the rows (<see cref="IntegerRows"/>), and all meet.</summary>
    /// <typeparam name="TSize">Columns.</typeparam>
    /// <param name="worker">Who this is; all workers call.</param>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="count">Rows.</param>
    /// <param name="areTaken">Whether a product takes them; otherwise nothing is done, and nobody waits.</param>
    public static void Write<TSize>(in Worker worker, float* rows, int stride, int count, bool areTaken)
        where TSize : struct, IDimension
    {
        if (!areTaken)
            return;

        worker.Slice(count, out int begin, out int end);
        for (int row = begin; row < end; row++)
            IntegerRows.Write<TSize>(rows + ((nint)row * stride), areTaken);
        worker.Barrier();
    }
}
