using System;
using ILGPU;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>
/// Functions of one float32 inside kernels, from additions, multiplications, divisions and casts of bits alone: the
/// formulas and numbers of <see cref="Transcendental"/>, so that no approximate instruction of a device takes part. A
/// device that contracts a·b + c differs from the processor by a few units in the last place.
/// </summary>
public static class GpuMath
{
    private const int ShiftBits = 0x4B400000;

    /// <summary>e^x: 2^n · e^r with x = n · ln 2 + r; 0 below −104, infinite above 89, NaN of NaN.</summary>
    public static float Exp(float x)
    {
        float bounded = x < Coefficients.ExpLowest ? Coefficients.ExpLowest : x;
        bounded = bounded > Coefficients.ExpHighest ? Coefficients.ExpHighest : bounded;
        float shifted = (bounded * Coefficients.Log2E) + Coefficients.Shift;
        float n = shifted - Coefficients.Shift;
        float r = bounded - (n * Coefficients.Ln2High) - (n * Coefficients.Ln2Low);
        float p = Coefficients.Exp4;
        p = (p * r) + Coefficients.Exp3;
        p = (p * r) + Coefficients.Exp2;
        p = (p * r) + Coefficients.Exp1;
        p = (p * r) + Coefficients.Exp0;
        return Scale((p * (r * r)) + r + 1f, shifted);
    }

    /// <summary>
    /// ln x = n ln 2 + 2 artanh(s) with x = 2^n m, m from √½ to √2, s = (m − 1) / (m + 1), artanh as its series up to s¹¹;
    /// −∞ of 0, NaN below.
    /// </summary>
    public static float Log(float x)
    {
        bool isSmall = x < 1.17549435e-38f;
        int bits = (int)Interop.FloatAsInt(isSmall ? x * 16777216f : x);
        float m = Interop.IntAsFloat((uint)((bits & 0x007FFFFF) | 0x3F800000));
        bool isHigh = m > 1.41421356f;
        m = isHigh ? m * 0.5f : m;
        int n = (bits >> 23) - 127 + (isHigh ? 1 : 0) - (isSmall ? 24 : 0);
        float s = (m - 1f) / (m + 1f);
        float z = s * s;
        float p = 1f / 11f;
        p = (p * z) + (1f / 9f);
        p = (p * z) + (1f / 7f);
        p = (p * z) + (1f / 5f);
        p = (p * z) + (1f / 3f);
        float ln = (n * Coefficients.Ln2High) + ((2f * s) + ((2f * s * z * p) + (n * Coefficients.Ln2Low)));
        ln = x == 0f ? float.NegativeInfinity : ln;
        ln = x == float.PositiveInfinity ? x : ln;
        return x >= 0f ? ln : float.NaN;
    }

    /// <summary>x^y = e^(y ln x) for x ≥ 0; NaN below.</summary>
    public static float Power(float x, float y) => Exp(y * Log(x));

    /// <summary>1 / (1 + e^−x), from e^−|x|, which cannot overflow.</summary>
    public static float Sigmoid(float x)
    {
        float size = x < 0f ? -x : x;
        float e = Exp(-size);
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// <summary>tanh x: a polynomial for small x, ±(1 − 2 / (e^2|x| + 1)) beyond.</summary>
    public static float Tanh(float x)
    {
        float size = x < 0f ? -x : x;
        float large = 1f - (2f / (Exp(2f * size) + 1f));
        large = x < 0f ? -large : large;
        float z = x * x;
        float p = Coefficients.Tanh4;
        p = (p * z) + Coefficients.Tanh3;
        p = (p * z) + Coefficients.Tanh2;
        p = (p * z) + Coefficients.Tanh1;
        p = (p * z) + Coefficients.Tanh0;
        return size < Coefficients.TanhSmall ? (p * z * x) + x : large;
    }

    /// <summary>Φ(x) = ½(1 + erf(x / √2)), the normal distribution; its left tail comes from erfc, so that nothing cancels.</summary>
    public static float Normal(float x)
    {
        float y = (x < 0f ? -x : x) * Coefficients.SqrtHalf;
        float t = 1f / (1f + (Coefficients.NormalScale * y));
        float p = Coefficients.Normal8;
        p = (p * t) + Coefficients.Normal7;
        p = (p * t) + Coefficients.Normal6;
        p = (p * t) + Coefficients.Normal5;
        p = (p * t) + Coefficients.Normal4;
        p = (p * t) + Coefficients.Normal3;
        p = (p * t) + Coefficients.Normal2;
        p = (p * t) + Coefficients.Normal1;
        p = (p * t) + Coefficients.Normal0;
        float tail = 0.5f * (p * t * Exp(-0.5f * x * x));
        return x < 0f ? tail : 1f - tail;
    }

    /// <summary>x · sigmoid(x), also called swish.</summary>
    public static float SiLU(float x) => x * Sigmoid(x);

    /// <summary>x · Φ(x) with the normal distribution itself (Hendrycks and Gimpel 2016).</summary>
    public static float Gelu(float x) => x * Normal(x);

    /// <summary>½x(1 + tanh(√(2/π)(x + 0.044715x³))), computed as x · sigmoid(2u), which is the same.</summary>
    public static float GeluTanh(float x)
    {
        const float TwiceSqrtTwoOverPi = 1.5957691216057308f;
        float u = x * (1f + (0.044715f * x * x));
        return x * Sigmoid(TwiceSqrtTwoOverPi * u);
    }

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    public static float ReLU(float x) => x < 0f ? 0f : x;

    /// <summary>√x, correctly rounded.</summary>
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <summary>x.</summary>
    public static float Identity(float x) => x;

    /// <summary>1 / √x, both correctly rounded.</summary>
    public static float InverseSqrt(float x) => 1f / MathF.Sqrt(x);

    // 2^n in two factors, so that results below the normal range come out gradually.
    private static float Scale(float value, float shifted)
    {
        int n = (int)Interop.FloatAsInt(shifted) - ShiftBits;
        int first = n >> 1;
        int second = n - first;
        return value * Interop.IntAsFloat((uint)((first + 127) << 23)) * Interop.IntAsFloat((uint)((second + 127) << 23));
    }
}
