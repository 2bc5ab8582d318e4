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

    /// <summary>min(max(x, −limit), limit); NaN stays NaN.</summary>
    public static float Clip(float x, float limit)
    {
        float lower = x > limit ? limit : x;
        return lower < -limit ? -limit : lower;
    }

    /// <summary>
    /// ln n of a whole number, 1 or above: n = 2^e · m with m between 3/4 and 3/2, ln n = e · ln 2 + 2 artanh((m − 1) / (m + 1)),
    /// the series of artanh to the power 9.
    /// </summary>
    public static float LogOfCount(int n)
    {
        float m = n;
        float e = 0f;
        while (m >= 1.5f)
        {
            m *= 0.5f;
            e += 1f;
        }

        float t = (m - 1f) / (m + 1f);
        float z = t * t;
        float p = 1f / 9f;
        p = (p * z) + (1f / 7f);
        p = (p * z) + (1f / 5f);
        p = (p * z) + (1f / 3f);
        p = (p * z) + 1f;
        return (e * 0.69314718f) + (2f * t * p);
    }

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
