using System;

namespace Moe.Runtime.Numerics;

/// <summary>
/// How many of a group's tokens an expert may take, by the rules that implementations round differently. Arithmetic is
/// decimal, so that a factor of 1.1 is 11/10 and a whole number stays one.
/// </summary>
public static class Capacity
{
    /// <summary>max(minimum, ⌈n / N · factor · k⌉), as DeepSpeed's gates compute it.</summary>
    /// <param name="tokens">n, tokens of the group.</param>
    /// <param name="experts">N.</param>
    /// <param name="topK">k, choices a token.</param>
    /// <param name="factor">Capacity factor.</param>
    /// <param name="minimum">Least capacity.</param>
    public static int DeepSpeed(int tokens, int experts, int topK, double factor, int minimum) =>
        Math.Max(minimum, Whole(Math.Ceiling((decimal)tokens * (decimal)factor * topK / experts)));

    /// <summary>max(minimum, k · ⌊factor · ⌈n / N⌉⌋), as Tutel computes it.</summary>
    /// <inheritdoc cref="DeepSpeed" path="/param"/>
    public static int Tutel(int tokens, int experts, int topK, double factor, int minimum) =>
        Math.Max(minimum, Whole(topK * Math.Floor((decimal)factor * (((tokens - 1) / experts) + 1))));

    /// <summary>
    /// ⌊factor · share · n · k / (share · F + Z)⌋ for a feed-forward expert, of which there are F; without the first share
    /// for one of the Z zero-computation experts (MoE++, Jin et al. 2024, with T read as assignments).
    /// </summary>
    /// <param name="tokens">n, tokens of the group.</param>
    /// <param name="topK">k, choices a token.</param>
    /// <param name="factor">γ.</param>
    /// <param name="share">τ, what a feed-forward expert gets for each token of a zero-computation one.</param>
    /// <param name="feedForwardExperts">F.</param>
    /// <param name="zeroExperts">Z.</param>
    /// <param name="isFeedForward">Which of the two capacities.</param>
    public static int MoePlusPlus(
        int tokens, int topK, double factor, double share, int feedForwardExperts, int zeroExperts, bool isFeedForward) =>
        Whole(Math.Floor(MoePlusPlusShare(tokens, topK, factor, share, feedForwardExperts, zeroExperts, isFeedForward)));

    /// <summary>⌊factor · n⌋: tokens that an expert stands for when weights are divided by their sum over tokens.</summary>
    public static int Share(int tokens, double factor) => Whole(Math.Floor((decimal)factor * tokens));

    /// <summary>max(1, ⌊fraction · n⌋): tokens that an expert takes under expert choice.</summary>
    public static int Fraction(int tokens, double fraction) => Math.Clamp(Whole(Math.Floor((decimal)fraction * tokens)), 1, tokens);

    /// <summary>The same before it is rounded down.</summary>
    internal static decimal MoePlusPlusShare(
        int tokens, int topK, double factor, double share, int feedForwardExperts, int zeroExperts, bool isFeedForward) =>
        (decimal)factor * (isFeedForward ? (decimal)share : 1) * tokens * topK / (((decimal)share * feedForwardExperts) + zeroExperts);

    private static int Whole(decimal number) => (int)Math.Min(number, int.MaxValue);
}
