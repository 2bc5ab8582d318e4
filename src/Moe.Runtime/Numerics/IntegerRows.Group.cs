using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

public static unsafe partial class IntegerRows
{
    private const int Magnitude = 0x7FFF_FFFF;

    /// <summary>
    /// The step of a group. As integers, the bits of magnitudes are in their order, and NaN is above infinity. Numbers are divided before they are
    /// added, so that finite ones have a finite step.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Step(float* values)
    {
        Vector128<int> most;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<int> wide = Vector512.Max(Largest(Vector512.Load(values)), Largest(Vector512.Load(values + 16)));
            Vector256<int> half = Vector256.Max(wide.GetLower(), wide.GetUpper());
            most = Vector128.Max(half.GetLower(), half.GetUpper());
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256<int> wide = Vector256<int>.Zero;
            for (int i = 0; i < Groups.Columns; i += 8)
                wide = Vector256.Max(wide, Largest(Vector256.Load(values + i)));
            most = Vector128.Max(wide.GetLower(), wide.GetUpper());
        }
        else
        {
            most = Vector128<int>.Zero;
            for (int i = 0; i < Groups.Columns; i += 4)
                most = Vector128.Max(most, Largest(Vector128.Load(values + i)));
        }

        most = Vector128.Max(most, Vector128.Shuffle(most, Vector128.Create(2, 3, 0, 1)));
        most = Vector128.Max(most, Vector128.Shuffle(most, Vector128.Create(1, 0, 3, 2)));
        return most.AsSingle().ToScalar();
    }

    // Of each column what its step has to be at least, alone and together with its neighbour.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Largest(Vector512<float> value)
    {
        Vector512<float> one = value * (1f / Most), two = value * (1f / MostOfTwo);
        two += Vector512.Shuffle(two, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
        return Vector512.Max(one.AsInt32() & Vector512.Create(Magnitude), two.AsInt32() & Vector512.Create(Magnitude));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Largest(Vector256<float> value)
    {
        Vector256<float> one = value * (1f / Most), two = value * (1f / MostOfTwo);
        two += Vector256.Shuffle(two, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
        return Vector256.Max(one.AsInt32() & Vector256.Create(Magnitude), two.AsInt32() & Vector256.Create(Magnitude));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Largest(Vector128<float> value)
    {
        Vector128<float> one = value * (1f / Most), two = value * (1f / MostOfTwo);
        two += Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2));
        return Vector128.Max(one.AsInt32() & Vector128.Create(Magnitude), two.AsInt32() & Vector128.Create(Magnitude));
    }

    /// <summary>The bytes of a group, and the sums of the lower and the upper two of every four columns as the halves of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bytes(float* values, float inverse, sbyte* bytes)
    {
        Vector128<int> sum = Vector128<int>.Zero;
        if (Avx512F.IsSupported)
        {
            Vector512<int> a = Avx512F.ConvertToVector512Int32(Vector512.Load(values) * inverse);
            Vector512<int> b = Avx512F.ConvertToVector512Int32(Vector512.Load(values + 16) * inverse);
            Avx512F.ConvertToVector128SByte(a).Store(bytes);
            Avx512F.ConvertToVector128SByte(b).Store(bytes + 16);
            Vector256<int> half = (a + b).GetLower() + (a + b).GetUpper();
            sum = half.GetLower() + half.GetUpper();
        }
        else if (Avx2.IsSupported)
        {
            for (int i = 0; i < Groups.Columns; i += 16)
            {
                Vector256<int> a = Avx.ConvertToVector256Int32(Vector256.Load(values + i) * inverse);
                Vector256<int> b = Avx.ConvertToVector256Int32(Vector256.Load(values + i + 8) * inverse);
                Vector256<short> words = Vector256.Narrow(a, b);
                Vector128.Narrow(words.GetLower(), words.GetUpper()).Store(bytes + i);
                sum += (a + b).GetLower() + (a + b).GetUpper();
            }
        }
        else
        {
            for (int i = 0; i < Groups.Columns; i += 16)
            {
                Vector128<int> a = Nearest(Vector128.Load(values + i) * inverse);
                Vector128<int> b = Nearest(Vector128.Load(values + i + 4) * inverse);
                Vector128<int> c = Nearest(Vector128.Load(values + i + 8) * inverse);
                Vector128<int> d = Nearest(Vector128.Load(values + i + 12) * inverse);
                sum += a + b + (c + d);
                Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).Store(bytes + i);
            }
        }

        sum += Vector128.Shuffle(sum, Vector128.Create(1, 0, 3, 2));
        return (sum[0] & 0xFFFF) | (sum[2] << 16);
    }

    /// <summary>To the nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Nearest(Vector128<float> value) => Sse2.IsSupported ? Sse2.ConvertToVector128Int32(value)
        : AdvSimd.IsSupported ? AdvSimd.ConvertToInt32RoundToEven(value)
        : Vector128.ConvertToInt32(Vector128.Round(value));
}
