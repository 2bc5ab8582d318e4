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
    /// <param name="kinds">Which integers the products take that read the rows; without any, nobody waits.</param>
    public static void Write<TSize>(in Worker worker, float* rows, int stride, int count, InputIntegers kinds)
        where TSize : struct, IDimension
    {
        if (kinds == InputIntegers.None)
            return;

        worker.Slice(count, out int begin, out int end);
        for (int row = begin; row < end; row++)
            IntegerRows.Write<TSize>(rows + ((nint)row * stride), kinds);
        worker.Barrier();
    }
}
