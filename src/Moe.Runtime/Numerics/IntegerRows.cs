using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// A row of numbers as 8-bit integers in groups of 32 with a float32 step each: what products with weights in groups take. A group's step is
/// max(largest |x| · 1/127, largest |x + y| · 1/128 of columns x and y side by side), integers are the nearest to number / step. So none exceeds 127, no
/// two side by side exceed 129 together, and their products with the largest weights, 254, add up in 16 bits: what processors have that multiply
/// bytes in pairs.
/// </summary>
/// <remarks>
/// The integers stand behind the row itself, from its length rounded up to 16 floats on: bytes in the order of the columns, then the steps of all
/// groups, then step · sum of the integers of each, then two 16-bit sums of each, of the lower and of the upper two of every four columns.
/// </remarks>
public static unsafe partial class IntegerRows
{
    private const float Most = sbyte.MaxValue;

    // Of two columns side by side; half a step of rounding each makes it 129.
    private const float MostOfTwo = 128f;

    // Below it nothing is left of a group: its inverse would overflow.
    private const float Least = 1e-32f;

    /// <summary>Floats between a row's start and its integers.</summary>
    public static int Offset(int columns) => (columns + 15) / 16 * 16;

    /// <summary>Floats that the integers of a row take; a multiple of 16.</summary>
    public static int Floats(int columns) => ((Groups.Of(columns) * ((Groups.Columns / 4) + 3)) + 15) / 16 * 16;

    /// <summary>Computes the integers of a row. NaN or an infinity makes its group's step NaN, and so every product.</summary>
    /// <typeparam name="TSize">Columns.</typeparam>
    /// <param name="row">The row, with room for <see cref="Offset"/> + <see cref="Floats"/> floats.</param>
    /// <param name="areTaken">Whether a product takes them (<see cref="Weights.PackedMatrix.TakesIntegers"/>); otherwise nothing is done.</param>
    public static void Write<TSize>(float* row, bool areTaken)
        where TSize : IDimension
    {
        if (areTaken)
            Write(row, TSize.Size, (byte*)(row + Offset(TSize.Size)));
    }

    /// <summary>The integers of some columns of a row, which lie anywhere else: of whole groups, but for the row's last.</summary>
    /// <typeparam name="TSize">Columns of the row.</typeparam>
    /// <param name="values">The columns' numbers.</param>
    /// <param name="first">The first column, a multiple of <see cref="Groups.Columns"/>.</param>
    /// <param name="count">Columns, a multiple of it as well or up to the row's end.</param>
    /// <param name="row">The row.</param>
    public static void WritePart<TSize>(float* values, int first, int count, float* row)
        where TSize : IDimension =>
        Write(values, first, count, Groups.Of(TSize.Size), (byte*)(row + Offset(TSize.Size)));

    /// <summary>The same as <see cref="Write{TSize}"/> into another place.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="integers">Room for <see cref="Floats"/> floats.</param>
    public static void Write(float* row, int columns, byte* integers) => Write(row, 0, columns, Groups.Of(columns), integers);

    [SkipLocalsInit]
    private static void Write(float* values, int first, int count, int groups, byte* integers)
    {
        int full = count / Groups.Columns, firstGroup = first / Groups.Columns, rest = count % Groups.Columns;
        WriteGroups(values, firstGroup, full, groups, integers);
        if (rest == 0)
            return;

        float* last = stackalloc float[Groups.Columns];
        new Span<float>(last, Groups.Columns).Clear();
        new ReadOnlySpan<float>(values + (full * Groups.Columns), rest).CopyTo(new Span<float>(last, Groups.Columns));
        WriteGroups(last, firstGroup + full, 1, groups, integers);
    }

    /// <summary>Some groups, from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteGroups(float* values, int first, int count, int groups, byte* integers)
    {
        sbyte* bytes = (sbyte*)integers;
        float* steps = (float*)(bytes + ((nint)groups * Groups.Columns));
        int* halves = (int*)(steps + (2 * groups));
        for (int group = first; group < first + count; group++, values += Groups.Columns)
        {
            float step = Step(values);
            int both = Bytes(values, step < Least ? 0f : 1f / step, bytes + ((nint)group * Groups.Columns));
            steps[group] = step < Least ? 0f : float.IsFinite(step) ? step : float.NaN;
            steps[groups + group] = steps[group] * ((short)both + (both >> 16));
            halves[group] = both;
        }
    }
}
