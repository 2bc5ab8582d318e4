using System;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Architecture;

/// <summary>A rotary embedding: the first Size elements of a head (or of its rotary part) turn.</summary>
/// <param name="Base">Base of the frequencies.</param>
/// <param name="Size">Elements that turn.</param>
/// <param name="Layout">Which elements form a pair.</param>
/// <param name="Scaling">How frequencies are changed, or null.</param>
internal sealed record RotaryArchitecture(double Base, int Size, RotaryLayout Layout, RotaryScalingArchitecture? Scaling = null);

/// <summary>How frequencies are changed; <see cref="RotaryScaling"/> has the equations.</summary>
internal abstract record RotaryScalingArchitecture;

/// <summary><see cref="RotaryScaling.Linear"/>.</summary>
internal sealed record LinearScaling(double Factor) : RotaryScalingArchitecture;

/// <summary><see cref="RotaryScaling.Dynamic"/> with a base that grows with the position.</summary>
internal sealed record DynamicScaling(double Factor, int OriginalContextLength) : RotaryScalingArchitecture;

/// <summary><see cref="RotaryScaling.Dynamic"/> with a fixed base.</summary>
internal sealed record AlphaScaling(double Alpha) : RotaryScalingArchitecture;

/// <summary><see cref="RotaryScaling.Llama3"/>.</summary>
internal sealed record Llama3Scaling(double Factor, int OriginalContextLength, double LowFrequencyFactor, double HighFrequencyFactor)
    : RotaryScalingArchitecture;

/// <summary><see cref="RotaryScaling.Yarn"/>; what is null was not stated.</summary>
internal sealed record YarnScaling(
    double Factor,
    int OriginalContextLength,
    double BetaFast,
    double BetaSlow,
    bool Truncate,
    double? Mscale,
    double? MscaleAllDimensions,
    double? StatedAttentionFactor,
    bool MscaleInSoftmax) : RotaryScalingArchitecture
{
    /// <summary>What cosines and sines are multiplied with.</summary>
    public double AttentionFactor => StatedAttentionFactor
        ?? (Mscale is { } numerator && MscaleAllDimensions is { } denominator ? M(numerator) / M(denominator) : M(1));

    /// <summary>What the softmax scale is multiplied with.</summary>
    public double SoftmaxFactor => MscaleInSoftmax && MscaleAllDimensions is { } all ? M(all) * M(all) : 1;

    private double M(double a) => Factor <= 1 ? 1 : (0.1 * a * Math.Log(Factor)) + 1;
}

/// <summary><see cref="RotaryScaling.LongRope"/>; the attention factors are resolved.</summary>
internal sealed record LongRopeScaling(
    int OriginalContextLength,
    ImmutableArray<double> ShortFactors,
    ImmutableArray<double> LongFactors,
    double ShortAttentionFactor,
    double LongAttentionFactor,
    RotarySwitch Switch) : RotaryScalingArchitecture
{
    /// <summary>The same with one list for all positions.</summary>
    public LongRopeScaling Always(RotarySwitch one) => this with { Switch = one };

    /// <summary>sqrt(1 + ln factor / ln original), and 1 where the context does not grow.</summary>
    public static double DerivedAttentionFactor(double factor, int originalContextLength) =>
        factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(originalContextLength)));

    public bool Equals(LongRopeScaling? other) => other is not null
        && OriginalContextLength == other.OriginalContextLength
        && ShortAttentionFactor.Equals(other.ShortAttentionFactor)
        && LongAttentionFactor.Equals(other.LongAttentionFactor)
        && Switch == other.Switch
        && ShortFactors.SequenceEqual(other.ShortFactors)
        && LongFactors.SequenceEqual(other.LongFactors);

    public override int GetHashCode() => unchecked((OriginalContextLength * 31) + ShortFactors.Length + (int)Switch);
}
