using ILGPU;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Gpu.Kernels;

public static partial class GpuMath
{
    /// <summary>sin x for every float; NaN of infinities.</summary>
    public static float Sin(float x)
    {
        float r = QuarterTurn(x, out float q);
        return x == 0f ? x : Wave(r, q);
    }

    /// <summary>cos x for every float; NaN of infinities.</summary>
    public static float Cos(float x)
    {
        float r = QuarterTurn(x, out float q);
        return Wave(r, q == 3f ? 0f : q + 1f);
    }

    // sin(q·π/2 + r) for q from 0 to 3 and |r| up to π/4.
    private static float Wave(float r, float q)
    {
        float z = r * r;
        float s = Coefficients.Sin2;
        s = (s * z) + Coefficients.Sin1;
        s = (s * z) + Coefficients.Sin0;
        s = (s * z * r) + r;
        float c = Coefficients.Cos2;
        c = (c * z) + Coefficients.Cos1;
        c = (c * z) + Coefficients.Cos0;
        c = (c * (z * z)) - (0.5f * z) + 1f;
        float wave = q == 1f ? c : q == 3f ? c : s;
        return q < 2f ? wave : -wave;
    }

    private static float QuarterTurn(float x, out float q)
    {
        if (Abs(x) > Coefficients.LargeAngle)
            return LargeQuarterTurn(x, out q);

        float n = (x * Coefficients.TwoOverPi) + Coefficients.Shift - Coefficients.Shift;
        float r = x - (n * Coefficients.HalfPi1) - (n * Coefficients.HalfPi2) - (n * Coefficients.HalfPi3) - (n * Coefficients.HalfPi4);
        q = n - (4f * Floor(n * 0.25f));
        return r;
    }

    // As LargeAngle.Reduce.
    private static float LargeQuarterTurn(float x, out float q)
    {
        uint bits = Interop.FloatAsInt(x);
        int exponent = (int)((bits >> 23) & 0xFF);
        ulong m = (bits & 0x7FFFFF) | 0x800000;
        int first = exponent - 120;
        ulong sum = ((m * LargeAngle.Word(first)) << 32) + (m * LargeAngle.Word(first + 32)) + ((m * LargeAngle.Word(first + 64)) >> 32);
        int turns = (int)((sum + (1UL << 61)) >> 62);
        float r = (float)(long)(sum - ((ulong)turns << 62)) * LargeAngle.Unit;
        q = x < 0f ? -turns & 3 : turns & 3;
        r = x < 0f ? -r : r;
        return exponent == 0xFF ? float.NaN : r;
    }
}
