using System;
using ILGPU;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>
/// Functions of one float32 inside kernels, from additions, multiplications, divisions and casts of bits alone: the
/// formulas and numbers of <see cref="Transcendental"/>, so that no approximate instruction of a device takes part. A
/// device that contracts a·b + c differs from the processor by a few units in the last place.
/// </summary>
public static partial class GpuMath
{
    private const int ShiftBits = 0x4B400000;
    private const int SqrtHalfBits = 0x3F3504F3;

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

    /// <summary>The natural logarithm; −∞ of 0, NaN below.</summary>
    public static float Log(float x)
    {
        float scaled = x < Coefficients.SmallestNormal ? x * 8388608f : x;
        int bits = (int)Interop.FloatAsInt(scaled);
        int exponent = (bits - SqrtHalfBits) >> 23;
        float m = Interop.IntAsFloat((uint)(bits - (exponent << 23)));
        float n = x < Coefficients.SmallestNormal ? exponent - 23 : exponent;
        float f = m - 1f;
        float s = f / (2f + f);
        float z = s * s;
        float p = Coefficients.Log2;
        p = (p * z) + Coefficients.Log1;
        p = (p * z) + Coefficients.Log0;
        float half = 0.5f * f * f;
        float y = (n * Coefficients.Ln2High) - (half - ((s * (half + (z * p))) + (n * Coefficients.Ln2Low)) - f);
        y = x < float.PositiveInfinity ? y : x;
        y = x == 0f ? float.NegativeInfinity : y;
        return x < 0f ? float.NaN : y;
    }

    /// <summary>x^y = e^(y ln x) for x of 0 or more; NaN below.</summary>
    public static float Power(float x, float y) => Exp(y * Log(x));

    /// <summary>Φ(x) = ½(1 + erf(x / √2)), the normal distribution; its left tail comes from erfc, so that nothing cancels.</summary>
    public static float Normal(float x)
    {
        float tail = 0.5f * (ScaledComplement(Abs(x) * Coefficients.SqrtHalf) * Exp(-0.5f * x * x));
        return x < 0f ? tail : 1f - tail;
    }

    /// <summary>erf x: a polynomial for small x, ±(1 − erfc|x|) beyond.</summary>
    public static float Erf(float x)
    {
        float size = Abs(x);
        float large = 1f - (ScaledComplement(size) * Exp(-(x * x)));
        large = x < 0f ? -large : large;
        float z = x * x;
        float p = Coefficients.Erf6;
        p = (p * z) + Coefficients.Erf5;
        p = (p * z) + Coefficients.Erf4;
        p = (p * z) + Coefficients.Erf3;
        p = (p * z) + Coefficients.Erf2;
        p = (p * z) + Coefficients.Erf1;
        p = (p * z) + Coefficients.Erf0;
        return size < Coefficients.ErfSmall ? (p * x) + x : large;
    }

    /// <summary>|x|; the sign of NaN is cleared too.</summary>
    public static float Abs(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7FFFFFFFu);

    /// <summary>√x, correctly rounded.</summary>
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <summary>The largest whole number up to x.</summary>
    public static float Floor(float x) => MathF.Floor(x);

    /// <summary>The smaller number: NaN where either is NaN, −0 below 0.</summary>
    public static float Min(float x, float y)
    {
        float equal = Interop.IntAsFloat(Interop.FloatAsInt(x) | Interop.FloatAsInt(y));
        float smaller = x < y ? x : y;
        smaller = x == y ? equal : smaller;
        return Abs(x) <= float.PositiveInfinity ? smaller : x;
    }

    /// <summary>The larger number: NaN where either is NaN, −0 below 0.</summary>
    public static float Max(float x, float y)
    {
        float equal = Interop.IntAsFloat(Interop.FloatAsInt(x) & Interop.FloatAsInt(y));
        float larger = x > y ? x : y;
        larger = x == y ? equal : larger;
        return Abs(x) <= float.PositiveInfinity ? larger : x;
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

    /// <summary>x.</summary>
    public static float Identity(float x) => x;

    /// <summary>max(x, 0)²; NaN stays NaN.</summary>
    public static float ReLUSquared(float x) => ReLU(x) * ReLU(x);

    /// <summary>x · sigmoid(1.702x).</summary>
    public static float QuickGelu(float x) => x * Sigmoid(1.702f * x);

    /// <summary>1 / √x, both correctly rounded.</summary>
    public static float InverseSqrt(float x) => 1f / MathF.Sqrt(x);

    // erfc(y) · e^(y²) for y of 0 or more.
    private static float ScaledComplement(float y)
    {
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
        return p * t;
    }

    // 2^n in two factors, so that results below the normal range come out gradually.
    private static float Scale(float value, float shifted)
    {
        int n = (int)Interop.FloatAsInt(shifted) - ShiftBits;
        int first = n >> 1;
        int second = n - first;
        return value * Interop.IntAsFloat((uint)((first + 127) << 23)) * Interop.IntAsFloat((uint)((second + 127) << 23));
    }
}
