using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Moe.Benchmarks.Limits;

internal static unsafe partial class IntegerLoops
{
    /// <summary>Multiplies 8-bit numbers, adds neighbours and adds them to a sum of 16 bits, at 512 or 256 bits.</summary>
    public static int Pairs() => Avx512BW.IsSupported ? Pairs512() : Avx2.IsSupported ? Pairs256() : 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pairs512()
    {
        sbyte* memory = stackalloc sbyte[4096];
        Vector512<short> a = default, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        Vector512<byte> w = Vector512.Create((byte)1), x = Vector512.Create((byte)2), y = Vector512.Create((byte)3), z = Vector512.Create((byte)4);
        for (int round = 0; round < Rounds; round++)
        {
            sbyte* place = memory + ((round & 15) * 192);
            Vector512<sbyte> p = Vector512.Load(place), q = Vector512.Load(place + 64), r = Vector512.Load(place + 128);
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

    // Two by three, for sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pairs256()
    {
        sbyte* memory = stackalloc sbyte[2048];
        Vector256<short> a = default, b = a, c = a, d = a, e = a, f = a;
        Vector256<byte> x = Vector256.Create((byte)2), y = Vector256.Create((byte)3);
        for (int round = 0; round < Rounds; round++)
        {
            sbyte* place = memory + ((round & 15) * 96);
            Vector256<sbyte> p = Vector256.Load(place), q = Vector256.Load(place + 32), r = Vector256.Load(place + 64);
            a += Avx2.MultiplyAddAdjacent(x, p);
            b += Avx2.MultiplyAddAdjacent(y, p);
            c += Avx2.MultiplyAddAdjacent(x, q);
            d += Avx2.MultiplyAddAdjacent(y, q);
            e += Avx2.MultiplyAddAdjacent(x, r);
            f += Avx2.MultiplyAddAdjacent(y, r);
        }

        return Vector256.Sum(a + b + c + d + e + f);
    }
}
