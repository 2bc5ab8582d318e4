using System;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Emit;

/// <summary>
/// Frequencies of a rotation as the constants of the emitted program: the equations of <see cref="RotaryScaling"/>, in
/// float32 step by step where PyTorch code (transformers 4.57, modeling_rope_utils) computes with tensors, in double
/// precision where it computes with Python numbers.
/// </summary>
internal static class RotaryFrequencies
{
    /// <summary>f(i) = base^(−2i/size), unscaled.</summary>
    public static float[] Plain(double @base, int size) => Powers(@base, size).Select(power => 1f / power).ToArray();

    /// <summary>f(i) / factor.</summary>
    public static float[] Linear(double @base, int size, LinearScaling scaling) =>
        Plain(@base, size).Select(frequency => frequency / (float)scaling.Factor).ToArray();

    /// <summary>Those of base · alpha^(size / (size − 2)).</summary>
    public static float[] Alpha(double @base, int size, AlphaScaling scaling) =>
        Plain(@base * Math.Pow(scaling.Alpha, size / (double)(size - 2)), size);

    /// <summary>f(i) / factors[i].</summary>
    public static float[] LongRope(double @base, int size, ImmutableArray<double> factors) =>
        Powers(@base, size).Select((power, pair) => 1f / ((float)factors[pair] * power)).ToArray();

    /// <summary>
    /// With the wavelength w = 2π / f: f / factor for w above L / low, f for w below L / high, and between them
    /// (1 − t) f / factor + t f with t = (L / w − low) / (high − low).
    /// </summary>
    public static float[] Llama3(double @base, int size, Llama3Scaling scaling)
    {
        float length = scaling.OriginalContextLength;
        float low = (float)scaling.LowFrequencyFactor;
        float high = (float)scaling.HighFrequencyFactor;
        float factor = (float)scaling.Factor;
        return Plain(@base, size).Select(Scaled).ToArray();

        float Scaled(float frequency)
        {
            float wavelength = (float)(2 * Math.PI) / frequency;
            if (wavelength > (float)(scaling.OriginalContextLength / scaling.LowFrequencyFactor))
                return frequency / factor;
            if (wavelength < (float)(scaling.OriginalContextLength / scaling.HighFrequencyFactor) || low == high)
                return frequency;

            float share = ((length / wavelength) - low) / (high - low);
            return ((1f - share) * frequency / factor) + (share * frequency);
        }
    }

    /// <summary>
    /// f(i) / factor · r(i) + f(i) · (1 − r(i)), where r rises from 0 to 1 between the pairs that <see cref="YarnRamp"/> names.
    /// </summary>
    public static float[] Yarn(double @base, int size, YarnScaling scaling)
    {
        (double low, double high) = YarnRamp(@base, size, scaling);
        float width = (float)((low == high ? high + 0.001 : high) - low);
        return Powers(@base, size).Select(Scaled).ToArray();

        float Scaled(float power, int pair)
        {
            float ramp = Math.Min(1f, Math.Max(0f, (pair - (float)low) / width));
            float kept = 1f - ramp;
            return (1f / ((float)scaling.Factor * power) * (1f - kept)) + (1f / power * kept);
        }
    }

    /// <summary>
    /// The pairs that turn BetaFast and BetaSlow times over the original context: size · ln(L / (2π · beta)) / (2 · ln base),
    /// rounded outwards where the scaling says so, between 0 and size − 1.
    /// </summary>
    public static (double Low, double High) YarnRamp(double @base, int size, YarnScaling scaling)
    {
        double low = Pair(scaling.BetaFast);
        double high = Pair(scaling.BetaSlow);
        if (scaling.Truncate)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));

        return (Math.Max(low, 0), Math.Min(high, size - 1));

        double Pair(double turns) => size * Math.Log(scaling.OriginalContextLength / (turns * 2 * Math.PI)) / (2 * Math.Log(@base));
    }

    private static float[] Powers(double @base, int size) => Enumerable.Range(0, size / 2)
        .Select(pair => (float)Math.Pow((float)@base, 2 * pair / (float)size))
        .ToArray();
}
