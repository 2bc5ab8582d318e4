using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>
/// A row of numbers as integers in groups of 32 with a float32 scale each: what products with weights in groups take. The error of a number
/// is at most its group's largest magnitude / 65,534 with integers of 16 bits, and / 254 with those of 8.
/// </summary>
/// <remarks>
/// The integers stand behind the row itself, from its length rounded up to 16 floats on. First those of 16 bits: the row's pairs, columns
/// 0 and 2, 1 and 3, 4 and 6, 5 and 7 of every eight, then the scales of all groups. Behind them those of 8 bits: bytes in the order of the
/// columns, then the scales of all groups, then scale · sum of the integers of each, then two 16-bit sums of each, of the lower and
/// of the upper two of every four columns. So a row knows its integers, and a product takes the same row in every format.
/// </remarks>
public static unsafe class IntegerRows
{
    // Below it nothing is left of a group: its inverse would overflow.
    private const float Least = 1e-30f;

    private const float MostWord = short.MaxValue, MostByte = sbyte.MaxValue;

    /// <summary>Floats between a row's start and its integers.</summary>
    public static int Offset(int columns) => (columns + 15) / 16 * 16;

    /// <summary>Floats that the integers of a row take; a multiple of 16.</summary>
    public static int Floats(int columns) => ((Groups.Of(columns) * ((Groups.Columns / 2) + 1 + (Groups.Columns / 4) + 3)) + 15) / 16 * 16;

    /// <summary>Bytes from the start of a row's integers to those of 8 bits.</summary>
    public static nint BytesFrom(int groups) => (nint)groups * ((Groups.Columns * sizeof(short)) + sizeof(float));

    /// <summary>Computes the integers of a row. NaN or an infinity makes its group's scale NaN, and so every product.</summary>
    /// <typeparam name="TSize">Columns.</typeparam>
    /// <param name="row">The row, with room for <see cref="Offset"/> + <see cref="Floats"/> floats.</param>
    /// <param name="kinds">Which integers the products take that read the row.</param>
    public static void Write<TSize>(float* row, InputIntegers kinds)
        where TSize : IDimension => Write(row, TSize.Size, kinds, (byte*)(row + Offset(TSize.Size)));

    /// <summary>The same into another place.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="kinds">Which integers the products take that read the row.</param>
    /// <param name="integers">Room for <see cref="Floats"/> floats.</param>
    [SkipLocalsInit]
    public static void Write(float* row, int columns, InputIntegers kinds, byte* integers)
    {
        if (kinds == InputIntegers.None)
            return;

        int full = columns / Groups.Columns;
        Write(row, 0, full, Groups.Of(columns), kinds, integers);
        if (columns % Groups.Columns == 0)
            return;

        float* last = stackalloc float[Groups.Columns];
        new Span<float>(last, Groups.Columns).Clear();
        new ReadOnlySpan<float>(row + (full * Groups.Columns), columns % Groups.Columns).CopyTo(new Span<float>(last, Groups.Columns));
        Write(last, full, 1, full + 1, kinds, integers);
    }

    /// <summary>Some groups, from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(float* values, int first, int count, int groups, InputIntegers kinds, byte* integers)
    {
        short* words = (short*)integers;
        float* wordScales = (float*)(integers + ((nint)groups * Groups.Columns * sizeof(short)));
        sbyte* bytes = (sbyte*)(integers + BytesFrom(groups));
        float* byteScales = (float*)(bytes + ((nint)groups * Groups.Columns));
        int* halves = (int*)(byteScales + (2 * groups));
        for (int group = first; group < first + count; group++, values += Groups.Columns)
        {
            float largest = Largest(values);
            if ((kinds & InputIntegers.Bits16) != 0)
            {
                wordScales[group] = Step(largest, MostWord);
                Words(values, Inverse(largest, MostWord), words + ((nint)group * Groups.Columns));
            }

            if ((kinds & InputIntegers.Bits8) != 0)
            {
                float step = Step(largest, MostByte);
                int both = Bytes(values, Inverse(largest, MostByte), bytes + ((nint)group * Groups.Columns));
                byteScales[group] = step;
                byteScales[groups + group] = step * ((short)both + (both >> 16));
                halves[group] = both;
            }
        }
    }

    private static float Inverse(float largest, float most) => largest < Least ? 0f : most / largest;

    private static float Step(float largest, float most) => largest < Least ? 0f : float.IsFinite(largest) ? largest / most : float.NaN;

    /// <summary>The largest magnitude. As integers, the bits of magnitudes are in their order, and NaN is above infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(float* values)
    {
        Vector128<int> mask = Vector128.Create(0x7FFF_FFFF), most = Vector128<int>.Zero;
        for (int i = 0; i < Groups.Columns; i += 4)
            most = Vector128.Max(most, Vector128.Load((int*)values + i) & mask);
        return BitConverter.Int32BitsToSingle(Math.Max(Math.Max(most[0], most[1]), Math.Max(most[2], most[3])));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Words(float* values, float inverse, short* words)
    {
        Vector128<float> factor = Vector128.Create(inverse);
        for (int i = 0; i < Groups.Columns; i += 8)
        {
            Vector128<int> low = Nearest(Vector128.Load(values + i) * factor);
            Vector128<int> high = Nearest(Vector128.Load(values + i + 4) * factor);
            Vector128.Narrow(
                Vector128.Shuffle(low, Vector128.Create(0, 2, 1, 3)), Vector128.Shuffle(high, Vector128.Create(0, 2, 1, 3))).Store(words + i);
        }
    }

    /// <summary>The bytes of a group, and the sums of the lower and the upper two of every four columns as the halves of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bytes(float* values, float inverse, sbyte* bytes)
    {
        Vector128<float> factor = Vector128.Create(inverse);
        Vector128<int> sum = Vector128<int>.Zero;
        for (int i = 0; i < Groups.Columns; i += 16)
        {
            Vector128<int> a = Nearest(Vector128.Load(values + i) * factor);
            Vector128<int> b = Nearest(Vector128.Load(values + i + 4) * factor);
            Vector128<int> c = Nearest(Vector128.Load(values + i + 8) * factor);
            Vector128<int> d = Nearest(Vector128.Load(values + i + 12) * factor);
            sum += a + b + (c + d);
            Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).Store(bytes + i);
        }

        return ((sum[0] + sum[1]) & 0xFFFF) | ((sum[2] + sum[3]) << 16);
    }

    /// <summary>To the nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Nearest(Vector128<float> value) => Sse2.IsSupported ? Sse2.ConvertToVector128Int32(value)
        : AdvSimd.IsSupported ? AdvSimd.ConvertToInt32RoundToEven(value)
        : Vector128.ConvertToInt32(Vector128.Round(value));
}
