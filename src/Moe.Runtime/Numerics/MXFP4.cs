using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// 4-bit floats (E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives) and a power of two (E8M0) for each lane of a group, as in the Open
/// Compute Project's Microscaling specification 1.0. Laid out as <see cref="Int4"/>; products take twice the float, which is an integer.
/// </summary>
public readonly unsafe struct MXFP4 : IGroupFormat
{
    private const int Bias = 127;

    /// <inheritdoc/>
    public static int ScaleBytes => 16;

    /// <inheritdoc/>
    public static int ScaleLaneBytes => 1;

    /// <inheritdoc/>
    public static int ChunkBytes => 64;

    /// <inheritdoc/>
    public static bool HasMinimum => false;

    /// <inheritdoc/>
    public static int Offset => 12;

    /// <inheritdoc/>
    public static bool IsWide => false;

    /// <summary>Of each code what products take: twice the float, and <see cref="Offset"/>.</summary>
    internal static ReadOnlySpan<byte> Integers => [12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0];

    private static ReadOnlySpan<sbyte> Doubles => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Low<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.LookUp(Table<TRegister, TVector>(), Int4.Low<TRegister, TVector>(chunk));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector High<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.LookUp(Table<TRegister, TVector>(), Int4.High<TRegister, TVector>(chunk));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadHalfPowers(scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => default;

    /// <summary>
    /// The power of two is that of the largest magnitude, two lower (the specification's choice), or one more where the sum of squared
    /// errors is smaller. Numbers that are MXFP4 already come out as they are.
    /// </summary>
    /// <inheritdoc cref="IGroupFormat.Encode"/>
    public static void Encode(ReadOnlySpan<float> values, byte* scale, byte* chunks)
    {
        float largest = 0f;
        foreach (float value in values)
            largest = MathF.Max(largest, MathF.Abs(value));

        int exponent = largest == 0f ? -Bias : Math.Clamp(Math.ILogB(largest) - 2, -Bias, Bias - 1);
        if (largest > 0f && Error(values, exponent + 1) < Error(values, exponent))
            exponent++;

        float factor = MathF.ScaleB(1f, exponent);
        *scale = (byte)(exponent + Bias);
        for (int i = 0; i < Groups.Columns; i++)
            Int4.Write(chunks, i, i < values.Length ? Nearest(values[i] / factor) : 0);
    }

    /// <inheritdoc/>
    public static void Decode(Span<float> values, byte* scale, byte* chunks)
    {
        float half = MathF.ScaleB(1f, *scale - Bias - 1);
        for (int i = 0; i < values.Length; i++)
            values[i] = half * Doubles[Int4.Read(chunks, i)];
    }

    private static double Error(ReadOnlySpan<float> values, int exponent)
    {
        float factor = MathF.ScaleB(1f, exponent);
        double error = 0;
        foreach (float value in values)
        {
            double difference = value - (Doubles[Nearest(value / factor)] * 0.5 * factor);
            error += difference * difference;
        }

        return error;
    }

    // Ties go to the even code; the sign is the fourth bit.
    private static int Nearest(float value)
    {
        float doubled = MathF.Abs(value) * 2f;
        int code = doubled switch
        {
            <= 0.5f => 0,
            < 1.5f => 1,
            <= 2.5f => 2,
            < 3.5f => 3,
            <= 5f => 4,
            < 7f => 5,
            <= 10f => 6,
            _ => 7,
        };
        return value < 0f && code > 0 ? code + 8 : code;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Table<TRegister, TVector>()
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.Repeat(Vector128.Create(Integers));
}
