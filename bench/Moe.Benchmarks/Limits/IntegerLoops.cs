using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Moe.Benchmarks.Limits;

/// <summary>
/// Integer dot products with next to nothing else, in the forms that .NET reaches: pairs of 16-bit products and an addition, pairs of 8-bit
/// products and an addition in 16 bits, and quadruples of 8-bit products where the processor has them at 256 bits. A call does 0 operations where
/// it has no such instruction.
/// </summary>
internal static unsafe partial class IntegerLoops
{
    private const int Rounds = 400_000;

    /// <summary>Operations of a call of <see cref="Pairs"/>, a product and its addition being two.</summary>
    public static double PairWork => Avx512BW.IsSupported ? 2.0 * Rounds * 12 * 32 : Avx2.IsSupported ? 2.0 * Rounds * 6 * 16 : 0;

    /// <summary>Operations of a call of <see cref="Dots"/>.</summary>
    public static double DotWork => AvxVnni.IsSupported ? 2.0 * Rounds * 12 * 32 : 0;

    /// <summary>Multiplies 16-bit numbers, adds neighbours and adds them to a sum, at 512 or 256 bits.</summary>
    public static int Pairs() => Avx512BW.IsSupported ? Pairs512() : Avx2.IsSupported ? Pairs256() : 0;

    /// <summary>Multiplies 8-bit numbers and adds four neighbours to a sum, at 256 bits.</summary>
    public static int Dots() => AvxVnni.IsSupported ? Dots256() : 0;

    // Products of four vectors in registers with three that each round takes from another place: none can be moved out of the loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pairs512()
    {
        short* memory = stackalloc short[2048];
        Vector512<int> a = default, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector512<short> w = Vector512.Create((short)1), x = Vector512.Create((short)2), y = Vector512.Create((short)3), z = Vector512.Create((short)4);
        for (int round = 0; round < Rounds; round++)
        {
            short* place = memory + ((round & 15) * 96);
            Vector512<short> p = Vector512.Load(place), q = Vector512.Load(place + 32), r = Vector512.Load(place + 64);
            a += Avx512BW.MultiplyAddAdjacent(w, p);
            b += Avx512BW.MultiplyAddAdjacent(x, p);
            c += Avx512BW.MultiplyAddAdjacent(y, p);
            d += Avx512BW.MultiplyAddAdjacent(z, p);
            e += Avx512BW.MultiplyAddAdjacent(w, q);
            f += Avx512BW.MultiplyAddAdjacent(x, q);
            g += Avx512BW.MultiplyAddAdjacent(y, q);
            h += Avx512BW.MultiplyAddAdjacent(z, q);
            i += Avx512BW.MultiplyAddAdjacent(w, r);
            j += Avx512BW.MultiplyAddAdjacent(x, r);
            k += Avx512BW.MultiplyAddAdjacent(y, r);
            l += Avx512BW.MultiplyAddAdjacent(z, r);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    // As above with two by three, for sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pairs256()
    {
        short* memory = stackalloc short[1024];
        Vector256<int> a = default, b = a, c = a, d = a, e = a, f = a;
        Vector256<short> x = Vector256.Create((short)2), y = Vector256.Create((short)3);
        for (int round = 0; round < Rounds; round++)
        {
            short* place = memory + ((round & 15) * 48);
            Vector256<short> p = Vector256.Load(place), q = Vector256.Load(place + 16), r = Vector256.Load(place + 32);
            a += Avx2.MultiplyAddAdjacent(x, p);
            b += Avx2.MultiplyAddAdjacent(y, p);
            c += Avx2.MultiplyAddAdjacent(x, q);
            d += Avx2.MultiplyAddAdjacent(y, q);
            e += Avx2.MultiplyAddAdjacent(x, r);
            f += Avx2.MultiplyAddAdjacent(y, r);
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
}
