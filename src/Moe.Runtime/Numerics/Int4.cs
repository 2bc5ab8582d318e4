using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// 4-bit integers from 0 to 15, a bfloat16 scale and a bfloat16 minimum for each lane of a group: weight = scale · integer + minimum. A
/// chunk is [16 lanes][4 bytes], byte i holding column i in its low half and column 4 + i in its high half.
/// </summary>
public readonly unsafe struct Int4 : IGroupFormat
{
    private const int Trims = 6;

    /// <inheritdoc/>
    public static int ScaleBytes => 64;

    /// <inheritdoc/>
    public static int ScaleLaneBytes => 2;

    /// <inheritdoc/>
    public static int ChunkBytes => 64;

    /// <inheritdoc/>
    public static bool HasMinimum => true;

    /// <inheritdoc/>
    public static int Offset => 0;

    /// <inheritdoc/>
    public static bool IsWide => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Low<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.And(TRegister.LoadBits(chunk), TRegister.BroadcastBits(0x0F0F_0F0F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector High<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        TRegister.And(TRegister.ShiftRight(TRegister.LoadBits(chunk), 4), TRegister.BroadcastBits(0x0F0F_0F0F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)(scales + 32));

    /// <summary>
    /// Of several ranges, from the whole group to a quarter less of it, the one whose integers have the least sum of squared errors: a few
    /// numbers at the ends give way so that the many between are nearer.
    /// </summary>
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

        (ushort Minimum, ushort Step) best = default;
        float bestError = float.PositiveInfinity;
        for (int trim = 0; trim <= Trims; trim++)
        {
            // Rounded down and up, so that 0 to 15 reach over the whole range.
            float cut = (most - least) * trim / (8 * Trims);
            ushort minimumBits = BF16.RoundDown(least + cut);
            ushort stepBits = BF16.RoundUp((most - cut - BF16.Widen(minimumBits)) / 15f);
            float error = Error(values, BF16.Widen(minimumBits), BF16.Widen(stepBits));
            if (error < bestError || trim == 0)
                (best, bestError) = ((minimumBits, stepBits), error);
        }

        *(ushort*)scale = best.Step;
        *(ushort*)(scale + 32) = best.Minimum;
        (float minimum, float inverse) = (BF16.Widen(best.Minimum), Inverse(BF16.Widen(best.Step)));
        for (int i = 0; i < Groups.Columns; i++)
            Write(chunks, i, i < values.Length ? (int)Nearest(values[i], minimum, inverse) : 0);
    }

    private static float Error(ReadOnlySpan<float> values, float minimum, float step)
    {
        float inverse = Inverse(step), error = 0f;
        int i = 0;
        Vector128<float> errors = Vector128<float>.Zero;
        for (; i <= values.Length - 4; i += 4)
        {
            Vector128<float> value = Vector128.Create(values.Slice(i, 4));
            Vector128<float> integers = Vector128.Round(Vector128.Min(
                Vector128.Max((value - Vector128.Create(minimum)) * inverse, Vector128<float>.Zero), Vector128.Create(15f)));
            Vector128<float> difference = (integers * step) + Vector128.Create(minimum) - value;
            errors += difference * difference;
        }

        for (; i < values.Length; i++)
        {
            float difference = (step * Nearest(values[i], minimum, inverse)) + minimum - values[i];
            error += difference * difference;
        }

        return error + Vector128.Sum(errors);
    }

    private static float Inverse(float step) => step > 1e-37f ? 1f / step : 0f;

    private static float Nearest(float value, float minimum, float inverse) =>
        MathF.Round(Math.Clamp((value - minimum) * inverse, 0f, 15f));

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
