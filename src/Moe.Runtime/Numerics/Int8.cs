using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// 8-bit integers from −127 to 127 and a bfloat16 scale for each lane of a group: weight = scale · integer. A chunk is [2][16 lanes][4] bytes,
/// each 127 more than its integer.
/// </summary>
public readonly unsafe struct Int8 : IGroupFormat
{
    /// <inheritdoc/>
    public static int ScaleBytes => 32;

    /// <inheritdoc/>
    public static int ScaleLaneBytes => 2;

    /// <inheritdoc/>
    public static int ChunkBytes => 128;

    /// <inheritdoc/>
    public static bool HasMinimum => false;

    /// <inheritdoc/>
    public static int Offset => 127;

    /// <inheritdoc/>
    public static bool IsWide => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Low<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBits(chunk);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector High<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBits(chunk + 64);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => default;

    /// <summary>The scale is largest magnitude / 127, rounded up, so that no integer leaves its range.</summary>
    /// <inheritdoc cref="IGroupFormat.Encode"/>
    public static void Encode(ReadOnlySpan<float> values, byte* scale, byte* chunks)
    {
        float largest = 0f;
        foreach (float value in values)
            largest = MathF.Max(largest, MathF.Abs(value));

        ushort bits = BF16.RoundUp(largest / 127f);
        float step = BF16.Widen(bits);
        *(ushort*)scale = bits;
        for (int i = 0; i < Groups.Columns; i++)
        {
            float rounded = i < values.Length && step > 0f ? MathF.Round(values[i] / step) : 0f;
            *Place(chunks, i) = (byte)(Offset + (int)Math.Clamp(rounded, -127f, 127f));
        }
    }

    /// <inheritdoc/>
    public static void Decode(Span<float> values, byte* scale, byte* chunks)
    {
        float step = BF16.Widen(*(ushort*)scale);
        for (int i = 0; i < values.Length; i++)
            values[i] = step * (*Place(chunks, i) - Offset);
    }

    private static byte* Place(byte* chunks, int column) => chunks + (column / 4 * 64) + (column % 4);
}
