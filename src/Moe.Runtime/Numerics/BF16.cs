using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// bfloat16, the upper half of a float32: in caches one number after the other, in weight panels [column pair][16 lanes][2].
/// </summary>
public readonly unsafe struct BF16 : IElement, IPanelFormat
{
    /// <inheritdoc/>
    public static int Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    /// <inheritdoc/>
    public static nint StepBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16 * 4;
    }

    /// <inheritdoc/>
    public static int LaneBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    public static bool IsStreamed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    /// <inheritdoc/>
    public static bool IsFollowed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    /// <inheritdoc/>
    public static bool IsWidened
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    /// <inheritdoc/>
    public static nint PanelBytes(int columns) => (nint)((columns + 1) / 2) * 64;

    /// <summary>The float32 with the same value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearest bfloat16, ties to even; too large becomes infinite and NaN stays NaN (quiet, sign and upper payload kept).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40u)
            : (ushort)((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
    }

    /// <summary>As <see cref="Round(float)"/>, each in the lower half of its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<uint> Round(Vector128<float> values)
    {
        Vector128<uint> bits = values.AsUInt32();
        Vector128<uint> upper = bits >>> 16;
        Vector128<uint> rounded = (bits + Vector128.Create(0x7FFFu) + (upper & Vector128<uint>.One)) >>> 16;
        return Vector128.ConditionalSelect(Vector128.Equals(values, values).AsUInt32(), rounded, upper | Vector128.Create(0x40u));
    }

    /// <summary>The smallest bfloat16 that is not below the number, which is finite.</summary>
    public static ushort RoundUp(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + (value > 0f ? 0xFFFFu : 0u)) >> 16);
    }

    /// <summary>The largest bfloat16 that is not above the number, which is finite.</summary>
    public static ushort RoundDown(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + (value < 0f ? 0xFFFFu : 0u)) >> 16);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* source) where T : struct, ILanes<T> => T.LoadBFloat16((ushort*)source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TRegister, TVector>(byte* source)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.LoadBFloat16((ushort*)source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, byte* destination) where T : struct, ILanes<T> =>
        T.StoreBFloat16(value, (ushort*)destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.LoadLowHalves(step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.LoadHighHalves(step);
}
