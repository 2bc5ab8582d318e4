using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Workers;

/// <summary>Integers of rows that tiles wrote, before the product that reads them.</summary>
public static unsafe class IntegerWork
{
    // Gates and ups of so many columns of output: a group.
    private const int PanelsOfGroup = Groups.Columns / 8;

    /// <summary>Panels of gate and up in a tile: whole groups of their outputs, where these are left as integers.</summary>
    /// <param name="panels">Panels otherwise.</param>
    /// <param name="asIntegers">Whether they are.</param>
    public static int PanelsPerTile(int panels, bool asIntegers) =>
        asIntegers ? Math.Max(PanelsOfGroup, panels / PanelsOfGroup * PanelsOfGroup) : panels;

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
