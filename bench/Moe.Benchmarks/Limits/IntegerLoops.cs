using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Moe.Runtime.Numerics;

namespace Moe.Benchmarks.Limits;

/// <summary>
/// Integer dot products with next to nothing else: pairs of 8-bit products, added up in 32 bits or in 16, and quadruples of 8-bit products where the
/// processor has them, at 512 bits in machine code or at 256. A call does 0 operations where it has no such instruction.
/// </summary>
internal static unsafe class IntegerLoops
{
    private const int Rounds = 400_000;

    /// <summary>Operations of a call of <see cref="Pairs"/> or <see cref="WidePairs"/>, a product and its addition being two.</summary>
    public static double PairWork => Avx512BW.IsSupported ? 2.0 * Rounds * 12 * 64 : Avx2.IsSupported ? 2.0 * Rounds * 6 * 32 : 0;

    /// <summary>Operations of a call of <see cref="Dots"/>.</summary>
    public static double DotWork =>
        DotProductRate.IsAvailable ? 2.0 * Rounds * DotProductRate.Products : AvxVnni.IsSupported ? 2.0 * Rounds * 12 * 32 : 0;

    /// <summary>Multiplies 8-bit numbers, adds neighbours and adds them to a sum of 16 bits, at 512 or 256 bits.</summary>
    public static int Pairs() => Products<In16Bits>();

    /// <summary>The same to a sum of 32 bits, of neighbours' neighbours.</summary>
    public static int WidePairs() => Products<In32Bits>();

    /// <summary>Multiplies 8-bit numbers and adds four neighbours to a sum, at 512 or 256 bits.</summary>
    public static int Dots()
    {
        if (!DotProductRate.IsAvailable)
            return AvxVnni.IsSupported ? Dots256() : 0;

        DotProductRate.Run(Rounds);
        return 0;
    }

    private static int Products<TSum>()
        where TSum : ISum => Avx512BW.IsSupported ? Products512<TSum>() : Avx2.IsSupported ? Products256<TSum>() : 0;

    // Products of four vectors in registers with three that each round takes from another place: none can be moved out of the loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Products512<TSum>()
        where TSum : ISum
    {
        sbyte* memory = stackalloc sbyte[4096];
        Vector512<int> a = default, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector512<byte> w = Vector512.Create((byte)1), x = Vector512.Create((byte)2), y = Vector512.Create((byte)3), z = Vector512.Create((byte)4);
        for (int round = 0; round < Rounds; round++)
        {
            sbyte* place = memory + ((round & 15) * 192);
            Vector512<sbyte> p = Vector512.Load(place), q = Vector512.Load(place + 64), r = Vector512.Load(place + 128);
            a = TSum.Add(a, Avx512BW.MultiplyAddAdjacent(w, p));
            b = TSum.Add(b, Avx512BW.MultiplyAddAdjacent(x, p));
            c = TSum.Add(c, Avx512BW.MultiplyAddAdjacent(y, p));
            d = TSum.Add(d, Avx512BW.MultiplyAddAdjacent(z, p));
            e = TSum.Add(e, Avx512BW.MultiplyAddAdjacent(w, q));
            f = TSum.Add(f, Avx512BW.MultiplyAddAdjacent(x, q));
            g = TSum.Add(g, Avx512BW.MultiplyAddAdjacent(y, q));
            h = TSum.Add(h, Avx512BW.MultiplyAddAdjacent(z, q));
            i = TSum.Add(i, Avx512BW.MultiplyAddAdjacent(w, r));
            j = TSum.Add(j, Avx512BW.MultiplyAddAdjacent(x, r));
            k = TSum.Add(k, Avx512BW.MultiplyAddAdjacent(y, r));
            l = TSum.Add(l, Avx512BW.MultiplyAddAdjacent(z, r));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    // As above with two by three, for sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Products256<TSum>()
        where TSum : ISum
    {
        sbyte* memory = stackalloc sbyte[2048];
        Vector256<int> a = default, b = a, c = a, d = a, e = a, f = a;
        Vector256<byte> x = Vector256.Create((byte)2), y = Vector256.Create((byte)3);
        for (int round = 0; round < Rounds; round++)
        {
            sbyte* place = memory + ((round & 15) * 96);
            Vector256<sbyte> p = Vector256.Load(place), q = Vector256.Load(place + 32), r = Vector256.Load(place + 64);
            a = TSum.Add(a, Avx2.MultiplyAddAdjacent(x, p));
            b = TSum.Add(b, Avx2.MultiplyAddAdjacent(y, p));
            c = TSum.Add(c, Avx2.MultiplyAddAdjacent(x, q));
            d = TSum.Add(d, Avx2.MultiplyAddAdjacent(y, q));
            e = TSum.Add(e, Avx2.MultiplyAddAdjacent(x, r));
            f = TSum.Add(f, Avx2.MultiplyAddAdjacent(y, r));
        }

        return Vector256.Sum(a + b + c + d + e + f);
    }

    // The sum is part of the instruction: twelve chains hide its latency.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Dots256()
    {
        Vector256<int> a = Vector256.Create(1), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector256<byte> x = Vector256.Create((byte)5);
        Vector256<sbyte> y = Vector256.Create((sbyte)3);
        for (int round = 0; round < Rounds; round++)
        {
            a = AvxVnni.MultiplyWideningAndAdd(a, x, y);
            b = AvxVnni.MultiplyWideningAndAdd(b, x, y);
            c = AvxVnni.MultiplyWideningAndAdd(c, x, y);
            d = AvxVnni.MultiplyWideningAndAdd(d, x, y);
            e = AvxVnni.MultiplyWideningAndAdd(e, x, y);
            f = AvxVnni.MultiplyWideningAndAdd(f, x, y);
            g = AvxVnni.MultiplyWideningAndAdd(g, x, y);
            h = AvxVnni.MultiplyWideningAndAdd(h, x, y);
            i = AvxVnni.MultiplyWideningAndAdd(i, x, y);
            j = AvxVnni.MultiplyWideningAndAdd(j, x, y);
            k = AvxVnni.MultiplyWideningAndAdd(k, x, y);
            l = AvxVnni.MultiplyWideningAndAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    /// <summary>How sums of two products are added up.</summary>
    private interface ISum
    {
        static abstract Vector512<int> Add(Vector512<int> sum, Vector512<short> products);

        static abstract Vector256<int> Add(Vector256<int> sum, Vector256<short> products);
    }

    private readonly struct In16Bits : ISum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Add(Vector512<int> sum, Vector512<short> products) => (sum.AsInt16() + products).AsInt32();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<short> products) => (sum.AsInt16() + products).AsInt32();
    }

    private readonly struct In32Bits : ISum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<int> Add(Vector512<int> sum, Vector512<short> products) => sum + Avx512BW.MultiplyAddAdjacent(products, Vector512<short>.One);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<int> Add(Vector256<int> sum, Vector256<short> products) => sum + Avx2.MultiplyAddAdjacent(products, Vector256<short>.One);
    }
}
