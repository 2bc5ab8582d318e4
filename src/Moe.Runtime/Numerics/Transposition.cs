using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>Rows become columns, in registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>target[column·targetStride + row] = source[row][column] for 4 rows and 4 columns.</summary>
    /// <param name="source">First row.</param>
    /// <param name="sourceBytes">Bytes from one row to the next.</param>
    /// <param name="target">First column.</param>
    /// <param name="targetStride">Floats from one column to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void FourByFour<TElement>(byte* source, nint sourceBytes, float* target, nint targetStride)
        where TElement : IElement
    {
        Vector128<float> a = TElement.Load<Register128, Vector128<float>>(source);
        Vector128<float> b = TElement.Load<Register128, Vector128<float>>(source + sourceBytes);
        Vector128<float> c = TElement.Load<Register128, Vector128<float>>(source + 2 * sourceBytes);
        Vector128<float> d = TElement.Load<Register128, Vector128<float>>(source + 3 * sourceBytes);
        Vector128<float> lowAb = InterleaveLow(a, b), highAb = InterleaveHigh(a, b);
        Vector128<float> lowCd = InterleaveLow(c, d), highCd = InterleaveHigh(c, d);
        InterleaveLow(lowAb.AsDouble(), lowCd.AsDouble()).AsSingle().Store(target);
        InterleaveHigh(lowAb.AsDouble(), lowCd.AsDouble()).AsSingle().Store(target + targetStride);
        InterleaveLow(highAb.AsDouble(), highCd.AsDouble()).AsSingle().Store(target + 2 * targetStride);
        InterleaveHigh(highAb.AsDouble(), highCd.AsDouble()).AsSingle().Store(target + 3 * targetStride);
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);

    /// <summary>a0 b0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveLow(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0]);

    /// <summary>a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveHigh(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[1], b[1]);
}
