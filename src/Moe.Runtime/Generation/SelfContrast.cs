using System;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>
/// Self-contrast decoding (Shi et al. 2024: Unchosen experts can contribute too): the model runs twice on the same tokens,
/// once as <see cref="GenerationOptions.Routing"/> says (strong) and once by <see cref="Weak"/>, each with a cache of its own,
/// and what the weak run says is subtracted: s' = (1 + β) strong − β weak, for tokens whose strong logit is at least the
/// largest one plus ln α; others are −∞. Sampling starts from s'.
/// </summary>
public sealed record SelfContrast
{
    /// <summary>The weak routing, such as <c>new RoutingOptions { TopK = 1, FirstRank = 2 }</c>: the third best expert alone.</summary>
    public required RoutingOptions Weak { get; init; }

    /// <summary>β, from 0: how much of the weak run is subtracted. 0 leaves the strong logits, with the mask.</summary>
    public double Beta { get; init; } = 0.5;

    /// <summary>α, above 0 and at most 1: a token needs this share of the best one's strong probability. 1 leaves the best alone.</summary>
    public double Alpha { get; init; } = 0.1;

    /// <summary>Contrasts two rows of logits.</summary>
    /// <param name="strong">[VocabularySize], finite or −∞.</param>
    /// <param name="weak">[VocabularySize], finite or −∞; of the same tokens.</param>
    /// <param name="contrasted">[VocabularySize], receives s'; may be one of the others.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="Beta"/> or <see cref="Alpha"/> is outside its range.</exception>
    public void Contrast(ReadOnlySpan<float> strong, ReadOnlySpan<float> weak, Span<float> contrasted)
    {
        RequireFactors();
        if (weak.Length != strong.Length || contrasted.Length != strong.Length)
            throw new ArgumentException($"There are {strong.Length} strong logits, {weak.Length} weak ones and room for {contrasted.Length}; the three are one vocabulary.", nameof(weak));

        float best = float.NegativeInfinity;
        foreach (float logit in strong)
            best = Math.Max(best, logit);

        double threshold = best + Math.Log(Alpha);
        for (int token = 0; token < strong.Length; token++)
        {
            // Written so that a row of −∞ stays one. A token that the weak run excludes counts as unlikely as a float can say.
            contrasted[token] = strong[token] >= threshold && strong[token] > float.NegativeInfinity
                ? (float)Math.Clamp(((1 + Beta) * strong[token]) - (Beta * Math.Max(weak[token], -float.MaxValue)), -float.MaxValue, float.MaxValue)
                : float.NegativeInfinity;
        }
    }

    /// <summary>Refuses what the model's declaration does not allow, and factors outside their range.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and its range.</exception>
    internal void Require(ModelShape shape)
    {
        RequireFactors();
        if (Weak is null)
            throw new ArgumentException("SelfContrast has no Weak routing; write for instance Weak = new RoutingOptions { TopK = 1, FirstRank = 2 }.", nameof(Weak));

        Weak.Require(shape);
    }

    private void RequireFactors()
    {
        SamplingOptions.Require(nameof(Beta), Beta, double.IsFinite(Beta) && Beta >= 0, "a finite number from 0, where 0 subtracts nothing");
        SamplingOptions.Require(nameof(Alpha), Alpha, Alpha is > 0 and <= 1, "above 0 and at most 1, where 1 leaves the best token alone");
    }
}
