using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Checkpoints;

/// <summary>Stored elements to floats and integers. Sources may lie at any address.</summary>
/// <remarks>
/// The loops are optimised at their first call: a small model is converted before code that is compiled in tiers gets fast.
/// </remarks>
internal static class Widening
{
    private const uint ExponentOfFloat = 0x7F80_0000;

    /// <summary>Widens (F64: rounds to nearest, ties to even) as many elements as the destination has.</summary>
    internal static void ToFloats(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.BF16:
                FromBFloat16(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case ElementType.F16:
                FromHalf(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case ElementType.F64:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(source);
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = (float)doubles[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a float type.");
        }
    }

    /// <summary>Reads integers of any width; a U64 above 63 bits is an <see cref="OverflowException"/>.</summary>
    internal static void ToIntegers(ElementType type, ReadOnlySpan<byte> source, Span<long> destination)
    {
        switch (type)
        {
            case ElementType.I64:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.I32:
                FromIntegers<int>(source, destination);
                break;
            case ElementType.I16:
                FromIntegers<short>(source, destination);
                break;
            case ElementType.I8:
                FromIntegers<sbyte>(source, destination);
                break;
            case ElementType.U64:
                FromIntegers<ulong>(source, destination);
                break;
            case ElementType.U32:
                FromIntegers<uint>(source, destination);
                break;
            case ElementType.U16:
                FromIntegers<ushort>(source, destination);
                break;
            case ElementType.U8:
                FromIntegers<byte>(source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer type.");
        }
    }

    /// <summary>The index of the first infinity or NaN, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        var exponent = new Vector<uint>(ExponentOfFloat);
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        int i = 0;
        for (; i <= bits.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            if (Vector.EqualsAny(new Vector<uint>(bits[i..]) & exponent, exponent))
                break;
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & ExponentOfFloat) == ExponentOfFloat)
                return i;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FromBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        int i = 0;
        for (; i <= bits.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < bits.Length; i++)
            bits[i] = (uint)source[i] << 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FromHalf(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
        int i = 0;
        for (; i <= bits.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            FromHalf(low).CopyTo(bits[i..]);
            FromHalf(high).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < bits.Length; i++)
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
    }

    // Exponent and fraction move to their places in a float, which leaves the exponent 127 - 15 = 112 too small:
    // times 2^112, exact for subnormals as well. Infinities and NaNs keep their fraction and get the full exponent.
    private static Vector<uint> FromHalf(Vector<uint> half)
    {
        Vector<uint> sign = (half & new Vector<uint>(0x8000)) << 16;
        Vector<uint> magnitude = (half & new Vector<uint>(0x7FFF)) << 13;
        Vector<uint> finite = Vector.AsVectorUInt32(
            Vector.AsVectorSingle(magnitude) * new Vector<float>(BitConverter.UInt32BitsToSingle((112u + 127u) << 23)));
        Vector<uint> special = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7C00u << 13));
        return sign | Vector.ConditionalSelect(special, magnitude | new Vector<uint>(ExponentOfFloat), finite);
    }

    private static void FromIntegers<T>(ReadOnlySpan<byte> source, Span<long> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> integers = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = long.CreateChecked(integers[i]);
    }
}
