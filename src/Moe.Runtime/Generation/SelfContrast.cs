using System;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>
/// Self-contrast decoding (SCMoE; Shi et al. 2024: Unchosen Experts Can Contribute Too: Unleashing MoE Models' Power by
/// Self-Contrast). The same weights run twice a step, with the usual routing and with a weaker one, each with a cache of
/// its own; the next token is drawn from what the usual routing says more strongly than the weak one:
/// <code>
/// sᵢ = strongᵢ + β (strongᵢ − weakᵢ) = (1 + β) strongᵢ − β weakᵢ   where strongᵢ ≥ max(strong) + ln α
/// sᵢ = −∞                                                          elsewhere
/// </code>
/// Temperature, repetition penalty and the rest of <see cref="GenerationOptions"/> apply to s. Without a temperature the
/// best token is taken, as in the paper.
/// </summary>
/// <remarks>
/// Both routings of a token run in one step where nobody observes, so that weights are read once. A router that couples the
/// tokens of a call (TokenGroup.Call, RandomScope.Call) then sees both.
/// </remarks>
/// <example>
/// The third-ranked expert alone against the declared choice:
/// <code>
/// new GenerationOptions { SelfContrast = new SelfContrast { Weak = new RoutingOptions { FirstRank = 2, TopK = 1 } } }
/// </code>
/// The declaration must leave room for it: <c>[Router(TopK = 2, MaxSelected = 3)]</c>.
/// </example>
public sealed record SelfContrast
{
    /// <summary>
    /// The weak routing, whole: bias, seed and tag are taken from here and not from <see cref="GenerationOptions.Routing"/>,
    /// which is the strong one.
    /// </summary>
    public required RoutingOptions Weak { get; init; }

    /// <summary>β, from 0, where 0 leaves the strong logits.</summary>
    public double Strength { get; init; } = 0.5;

    /// <summary>α, above 0 and up to 1: tokens with less than this share of the best one's strong probability are left out.</summary>
    public double Plausibility { get; init; } = 0.1;

    /// <summary>Computes s for callers who run two sessions themselves. Allocates nothing.</summary>
    /// <param name="strong">Logits under the usual routing, [VocabularySize].</param>
    /// <param name="weak">Logits under the weak routing, [VocabularySize].</param>
    /// <param name="contrasted">Receives s, [VocabularySize]; may be <paramref name="strong"/> or <paramref name="weak"/>.</param>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or +∞, unless the token is left out.</exception>
    public void Apply(ReadOnlySpan<float> strong, ReadOnlySpan<float> weak, Span<float> contrasted)
    {
        Require();
        if (weak.Length != strong.Length || contrasted.Length != strong.Length)
            throw new ArgumentException($"There are {strong.Length} strong and {weak.Length} weak logits and room for {contrasted.Length}; all three are [VocabularySize].", nameof(weak));

        float best = float.NegativeInfinity;
        foreach (float logit in strong)
            best = logit > best ? logit : best;

        // In double precision; strong + β (strong − weak), so that equal logits give the strong one and no rounding of it.
        double least = best + Math.Log(Plausibility);
        for (int token = 0; token < strong.Length; token++)
        {
            double logit = strong[token];
            if (logit < least || double.IsNegativeInfinity(logit))
            {
                contrasted[token] = float.NegativeInfinity;
                continue;
            }

            // A token that the weak routing excludes counts as unlikely as a float can say.
            double sum = Strength == 0 ? logit : logit + (Strength * (logit - Math.Max(weak[token], -float.MaxValue)));
            if (!double.IsFinite(sum))
                Refuse(token, strong[token], weak[token]);
            contrasted[token] = (float)Math.Clamp(sum, -float.MaxValue, float.MaxValue);
        }
    }

    /// <summary>Refuses options outside their range, and a routing that the model's declaration does not allow.</summary>
    internal void Require(ModelShape shape)
    {
        Require();
        Weak.Require(shape);
    }

    private void Require()
    {
        ArgumentNullException.ThrowIfNull(Weak);
        SamplingOptions.Require(nameof(Strength), Strength, double.IsFinite(Strength) && Strength >= 0, "a finite number from 0, where 0 leaves the strong logits");
        SamplingOptions.Require(nameof(Plausibility), Plausibility, Plausibility is > 0 and <= 1, "above 0 and at most 1");
    }

    private static void Refuse(int token, float strong, float weak) => throw new NotFiniteNumberException(
        FormattableString.Invariant($"Token {token} has the strong logit {strong} and the weak logit {weak}: their contrast is no number. Nothing was sampled."), strong - weak);
}
