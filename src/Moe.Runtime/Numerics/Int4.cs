using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// 4-bit integers from 0 to 15, a bfloat16 scale and a bfloat16 minimum for each lane of a group: weight = scale · integer + minimum. A
/// chunk is [16 lanes][4 bytes], byte i holding column i in its low half and column 4 + i in its high half.
/// </summary>
public readonly unsafe struct Int4 : IGroupFormat
{
    /// <inheritdoc/>
    public static int ScaleBytes => 64;

    /// <inheritdoc/>
    public static int ScaleLaneBytes => 2;

    /// <inheritdoc/>
    public static int ChunkBytes => 64;

    /// <inheritdoc/>
    public static bool HasMinimum => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Low<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBits(chunk);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector High<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair0<TRegister, TVector>(TVector low, TVector high)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.And(low, TRegister.BroadcastBits(0x000F_000F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair1<TRegister, TVector>(TVector low, TVector high)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.And(TRegister.ShiftRight(low, 8), TRegister.BroadcastBits(0x000F_000F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair2<TRegister, TVector>(TVector low, TVector high)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.And(TRegister.ShiftRight(low, 4), TRegister.BroadcastBits(0x000F_000F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair3<TRegister, TVector>(TVector low, TVector high)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.ShiftRight(low, 12);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)(scales + 32));

    /// <summary>The minimum is rounded down and the scale up, so that 0 to 15 reach over the whole group.</summary>
    /// <inheritdoc cref="IGroupFormat.Encode"/>
    public static void Encode(ReadOnlySpan<float> values, byte* scale, byte* chunks)
    {
        // Columns that are missing are multiplied by 0, whatever stands there; the minimum does not see them.
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (float value in values)
        {
            least = MathF.Min(least, value);
            most = MathF.Max(most, value);
        }

        ushort minimumBits = BF16.RoundDown(least);
        float minimum = BF16.Widen(minimumBits);
        ushort stepBits = BF16.RoundUp((most - minimum) / 15f);
        float step = BF16.Widen(stepBits);
        *(ushort*)scale = stepBits;
        *(ushort*)(scale + 32) = minimumBits;
        for (int i = 0; i < Groups.Columns; i++)
        {
            float rounded = i < values.Length && step > 0f ? MathF.Round((values[i] - minimum) / step) : 0f;
            Write(chunks, i, (int)Math.Clamp(rounded, 0f, 15f));
        }
    }

    /// <inheritdoc/>
    public static void Decode(Span<float> values, byte* scale, byte* chunks)
    {
        float step = BF16.Widen(*(ushort*)scale);
        float minimum = BF16.Widen(*(ushort*)(scale + 32));
        for (int i = 0; i < values.Length; i++)
            values[i] = (step * Read(chunks, i)) + minimum;
    }

    /// <summary>The 4 bits of a column; bytes of a lane lie 64 apart from chunk to chunk.</summary>
    internal static int Read(byte* chunks, int column) => (chunks[(column / 8 * 64) + (column % 4)] >> (column % 8 / 4 * 4)) & 15;

    /// <summary>Writes them.</summary>
    internal static void Write(byte* chunks, int column, int bits)
    {
        byte* place = chunks + (column / 8 * 64) + (column % 4);
        int shift = column % 8 / 4 * 4;
        *place = (byte)((*place & ~(15 << shift)) | (bits << shift));
    }
}
