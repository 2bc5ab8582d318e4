using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

public readonly unsafe partial struct Register128
{
    // A dot product of ARM takes signed bytes alone: wide weights lose 128, and what they are too large by becomes offset - 128.
    private const int Sign = 0x80;

    private static bool HasDotProduct => AvxVnni.IsSupported || Dp.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAddBytes<TFormat>(Vector128<float> sum, Vector128<float> a, Vector128<float> b)
        where TFormat : IGroupFormat
    {
        if (AvxVnni.IsSupported)
            return AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), a.AsByte(), b.AsSByte()).AsSingle();
        if (Dp.IsSupported)
            return Dp.DotProduct(sum.AsInt32(), TFormat.IsWide ? (a.AsByte() ^ Vector128.Create((byte)Sign)).AsSByte() : a.AsSByte(), b.AsSByte()).AsSingle();

        Vector128<short> halves;
        if (Ssse3.IsSupported)
        {
            halves = Ssse3.MultiplyAddAdjacent(a.AsByte(), b.AsSByte());
        }
        else
        {
            Vector128<short> x = a.AsInt16(), y = b.AsInt16();
            halves = ((x & Vector128.Create((short)0xFF)) * ((y << 8) >> 8)) + ((x >>> 8) * (y >> 8));
        }

        return TFormat.IsWide ? (sum.AsInt32() + AddHalves(halves)).AsSingle() : (sum.AsInt16() + halves).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> StartBytes<TFormat>(int halves)
        where TFormat : IGroupFormat
    {
        Vector128<short> sums = Vector128.Create(halves).AsInt16();
        if (!TFormat.IsWide)
            return HasDotProduct ? AddHalves(sums * (short)-TFormat.Offset).AsSingle() : (sums * (short)-TFormat.Offset).AsSingle();

        int offset = Dp.IsSupported ? TFormat.Offset - Sign : TFormat.Offset;
        return (Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(sums, Vector128.Create((short)-offset)) : AddHalves(sums) * -offset).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumBytes<TFormat>(Vector128<float> sum)
        where TFormat : IGroupFormat => TFormat.IsWide || HasDotProduct ? sum : AddHalves(sum.AsInt16()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddHalves(Vector128<short> value)
    {
        if (Sse2.IsSupported)
            return Sse2.MultiplyAddAdjacent(value, Vector128<short>.One);

        Vector128<int> halves = value.AsInt32();
        return ((halves << 16) >> 16) + (halves >> 16);
    }
}

public readonly unsafe partial struct Register256
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAddBytes<TFormat>(Vector256<float> sum, Vector256<float> a, Vector256<float> b)
        where TFormat : IGroupFormat
    {
        if (AvxVnni.IsSupported)
            return AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), a.AsByte(), b.AsSByte()).AsSingle();
        if (!Avx2.IsSupported)
        {
            return Vector256.Create(
                Register128.MultiplyAddBytes<TFormat>(sum.GetLower(), a.GetLower(), b.GetLower()),
                Register128.MultiplyAddBytes<TFormat>(sum.GetUpper(), a.GetUpper(), b.GetUpper()));
        }

        Vector256<short> halves = Avx2.MultiplyAddAdjacent(a.AsByte(), b.AsSByte());
        return TFormat.IsWide
            ? (sum.AsInt32() + Avx2.MultiplyAddAdjacent(halves, Vector256<short>.One)).AsSingle()
            : (sum.AsInt16() + halves).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> StartBytes<TFormat>(int halves)
        where TFormat : IGroupFormat
    {
        Vector128<float> start = Register128.StartBytes<TFormat>(halves);
        return Vector256.Create(start, start);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumBytes<TFormat>(Vector256<float> sum)
        where TFormat : IGroupFormat =>
        TFormat.IsWide || AvxVnni.IsSupported ? sum
        : Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256<short>.One).AsSingle()
        : Vector256.Create(Register128.SumBytes<TFormat>(sum.GetLower()), Register128.SumBytes<TFormat>(sum.GetUpper()));
}

public readonly unsafe partial struct Register512
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAddBytes<TFormat>(Vector512<float> sum, Vector512<float> a, Vector512<float> b)
        where TFormat : IGroupFormat
    {
        if (!Avx512BW.IsSupported)
        {
            return Vector512.Create(
                Register256.MultiplyAddBytes<TFormat>(sum.GetLower(), a.GetLower(), b.GetLower()),
                Register256.MultiplyAddBytes<TFormat>(sum.GetUpper(), a.GetUpper(), b.GetUpper()));
        }

        Vector512<short> halves = Avx512BW.MultiplyAddAdjacent(a.AsByte(), b.AsSByte());
        return TFormat.IsWide
            ? (sum.AsInt32() + Avx512BW.MultiplyAddAdjacent(halves, Vector512<short>.One)).AsSingle()
            : (sum.AsInt16() + halves).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> StartBytes<TFormat>(int halves)
        where TFormat : IGroupFormat
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<short> sums = Vector512.Create(halves).AsInt16();
            return TFormat.IsWide
                ? Avx512BW.MultiplyAddAdjacent(sums, Vector512.Create((short)-TFormat.Offset)).AsSingle()
                : (sums * (short)-TFormat.Offset).AsSingle();
        }

        Vector256<float> start = Register256.StartBytes<TFormat>(halves);
        return Vector512.Create(start, start);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumBytes<TFormat>(Vector512<float> sum)
        where TFormat : IGroupFormat =>
        TFormat.IsWide ? sum
        : Avx512BW.IsSupported ? Avx512BW.MultiplyAddAdjacent(sum.AsInt16(), Vector512<short>.One).AsSingle()
        : Vector512.Create(Register256.SumBytes<TFormat>(sum.GetLower()), Register256.SumBytes<TFormat>(sum.GetUpper()));
}
