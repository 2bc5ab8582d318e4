using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>
/// A row of numbers as 16-bit integers in groups of 32 with a float32 scale each: what products with weights in groups take. The error of
/// a number is at most its group's largest magnitude / 65,534, far below that of 8-bit weights.
/// </summary>
/// <remarks>
/// The integers stand behind the row itself, from its length rounded up to 16 floats on: the row's pairs, columns 0 and 2, 1 and 3, 4 and
/// 6, 5 and 7 of every eight, then the scales of all groups, then scale · sum of the integers of each. So a row knows its integers, and
/// a product takes the same row in every format.
/// </remarks>
public static unsafe class IntegerRows
{
    // Below it nothing is left of a group: its inverse would overflow.
    private const float Least = 1e-30f;

    /// <summary>Floats between a row's start and its integers.</summary>
    public static int Offset(int columns) => (columns + 15) / 16 * 16;

    /// <summary>Floats that the integers of a row take; a multiple of 16.</summary>
    public static int Floats(int columns) => ((Groups.Of(columns) * ((Groups.Columns / 2) + 2)) + 15) / 16 * 16;

    /// <summary>Computes the integers of a row. NaN or an infinity makes its group's scale NaN, and so every product.</summary>
    /// <typeparam name="TSize">Columns.</typeparam>
    /// <param name="row">The row, with room for <see cref="Offset"/> + <see cref="Floats"/> floats.</param>
    public static void Write<TSize>(float* row)
        where TSize : IDimension => Write(row, TSize.Size, (byte*)(row + Offset(TSize.Size)));

    /// <summary>The same into another place.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="integers">Room for <see cref="Floats"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Write(float* row, int columns, byte* integers)
    {
        int groups = Groups.Of(columns);
        short* pairs = (short*)integers;
        float* scales = (float*)(integers + ((nint)groups * Groups.Columns * sizeof(short)));
        int full = columns / Groups.Columns;
        for (int group = 0; group < full; group++)
            Group(row + (group * Groups.Columns), pairs + (group * Groups.Columns), scales + group, groups);
        if (full == groups)
            return;

        float* last = stackalloc float[Groups.Columns];
        new Span<float>(last, Groups.Columns).Clear();
        new ReadOnlySpan<float>(row + (full * Groups.Columns), columns - (full * Groups.Columns)).CopyTo(new Span<float>(last, Groups.Columns));
        Group(last, pairs + (full * Groups.Columns), scales + full, groups);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group(float* values, short* pairs, float* scale, int groups)
    {
        // As integers, the bits of magnitudes are in their order, and NaN is above infinity.
        Vector128<int> mask = Vector128.Create(0x7FFF_FFFF), most = Vector128<int>.Zero;
        for (int i = 0; i < Groups.Columns; i += 4)
            most = Vector128.Max(most, Vector128.Load((int*)values + i) & mask);
        int bits = Math.Max(Math.Max(most[0], most[1]), Math.Max(most[2], most[3]));
        float largest = BitConverter.Int32BitsToSingle(bits);
        float inverse = largest < Least ? 0f : short.MaxValue / largest;
        float step = largest < Least ? 0f : float.IsFinite(largest) ? largest / short.MaxValue : float.NaN;

        Vector128<float> factor = Vector128.Create(inverse);
        Vector128<int> sum = Vector128<int>.Zero;
        for (int i = 0; i < Groups.Columns; i += 8)
        {
            Vector128<int> low = Nearest(Vector128.Load(values + i) * factor);
            Vector128<int> high = Nearest(Vector128.Load(values + i + 4) * factor);
            sum += low + high;
            Vector128.Narrow(
                Vector128.Shuffle(low, Vector128.Create(0, 2, 1, 3)), Vector128.Shuffle(high, Vector128.Create(0, 2, 1, 3))).Store(pairs + i);
        }

        *scale = step;
        scale[groups] = step * (sum[0] + sum[1] + (sum[2] + sum[3]));
    }

    /// <summary>To the nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Nearest(Vector128<float> value) => Sse2.IsSupported ? Sse2.ConvertToVector128Int32(value)
        : AdvSimd.IsSupported ? AdvSimd.ConvertToInt32RoundToEven(value)
        : Vector128.ConvertToInt32(Vector128.Round(value));
}
