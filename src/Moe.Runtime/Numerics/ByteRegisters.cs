using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

public readonly unsafe partial struct Register128
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAddBytes(Vector128<float> sum, Vector128<float> a, Vector128<float> b)
    {
        if (AvxVnni.IsSupported)
            return AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), a.AsByte(), b.AsSByte()).AsSingle();
        if (Ssse3.IsSupported)
            return (sum.AsInt16() + Ssse3.MultiplyAddAdjacent(a.AsByte(), b.AsSByte())).AsSingle();
        if (Dp.IsSupported)
            return Dp.DotProduct(sum.AsInt32(), a.AsSByte(), b.AsSByte()).AsSingle();

        Vector128<short> x = a.AsInt16(), y = b.AsInt16();
        return (sum.AsInt16() + (((x << 8) >> 8) * ((y << 8) >> 8)) + ((x >> 8) * (y >> 8))).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> StartBytes(int halves, int offset)
    {
        Vector128<float> start = (Vector128.Create(halves).AsInt16() * (short)-offset).AsSingle();
        return AvxVnni.IsSupported || Dp.IsSupported ? AddHalves(start) : start;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumBytes(Vector128<float> sum) => AvxVnni.IsSupported || Dp.IsSupported ? sum : AddHalves(sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddHalves(Vector128<float> value)
    {
        if (Sse2.IsSupported)
            return Sse2.MultiplyAddAdjacent(value.AsInt16(), Vector128<short>.One).AsSingle();

        Vector128<int> halves = value.AsInt32();
        return (((halves << 16) >> 16) + (halves >> 16)).AsSingle();
    }
}

public readonly unsafe partial struct Register256
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAddBytes(Vector256<float> sum, Vector256<float> a, Vector256<float> b) =>
        AvxVnni.IsSupported ? AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), a.AsByte(), b.AsSByte()).AsSingle()
        : Avx2.IsSupported ? (sum.AsInt16() + Avx2.MultiplyAddAdjacent(a.AsByte(), b.AsSByte())).AsSingle()
        : Vector256.Create(
            Register128.MultiplyAddBytes(sum.GetLower(), a.GetLower(), b.GetLower()),
            Register128.MultiplyAddBytes(sum.GetUpper(), a.GetUpper(), b.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> StartBytes(int halves, int offset)
    {
        Vector128<float> start = Register128.StartBytes(halves, offset);
        return Vector256.Create(start, start);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumBytes(Vector256<float> sum) =>
        AvxVnni.IsSupported ? sum
        : Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(sum.AsInt16(), Vector256<short>.One).AsSingle()
        : Vector256.Create(Register128.SumBytes(sum.GetLower()), Register128.SumBytes(sum.GetUpper()));
}

public readonly unsafe partial struct Register512
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAddBytes(Vector512<float> sum, Vector512<float> a, Vector512<float> b) => Avx512BW.IsSupported
        ? (sum.AsInt16() + Avx512BW.MultiplyAddAdjacent(a.AsByte(), b.AsSByte())).AsSingle()
        : Vector512.Create(
            Register256.MultiplyAddBytes(sum.GetLower(), a.GetLower(), b.GetLower()),
            Register256.MultiplyAddBytes(sum.GetUpper(), a.GetUpper(), b.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> StartBytes(int halves, int offset)
    {
        if (Avx512BW.IsSupported)
            return (Vector512.Create(halves).AsInt16() * (short)-offset).AsSingle();

        Vector256<float> start = Register256.StartBytes(halves, offset);
        return Vector512.Create(start, start);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumBytes(Vector512<float> sum) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(sum.AsInt16(), Vector512<short>.One).AsSingle()
        : Vector512.Create(Register256.SumBytes(sum.GetLower()), Register256.SumBytes(sum.GetUpper()));
}
