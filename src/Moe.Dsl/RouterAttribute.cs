using System;

namespace Moe;

/// <summary>
/// How each token's experts are chosen and weighted: a pipeline of seven stages (what it looks at, logits, adjustment,
/// score, selection, weights, limits). Each argument belongs to the stage that its documentation names. Ties go to the
/// lowest expert index, tokens' ties to the earlier one. Scores are float32 on every target.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RouterAttribute : Attribute
{
    /// <summary>Stage 1: what the router looks at.</summary>
    /// <remarks>Rules: MOE207, MOE308, MOE309.</remarks>
    public RouterInput Input { get; set; } = RouterInput.HiddenState;

    /// <summary>Stage 2: from the input to one logit an expert.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public RouterLogits Logits { get; set; } = RouterLogits.Linear;

    /// <summary>Stage 2, logits: the linear map (both maps of an Mlp, the projection of Cosine) has a bias.</summary>
    public bool LogitBias { get; set; }

    /// <summary>Stage 2, logits: the router's weights are drawn once and never trained (SMoE-Dropout). Inference does not depend on it.</summary>
    public bool Frozen { get; set; }

    /// <summary>
    /// Stage 2, logits: width inside the router: inner units of Mlp (0: 8 times the experts), the state of Gru and Rnn, the
    /// projection of Cosine (0: 256).
    /// </summary>
    /// <remarks>Rules: MOE201, MOE308.</remarks>
    public int RouterSize { get; set; }

    /// <summary>Stage 2, logits: which centroid wins under Distance.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public CentroidOrder CentroidOrder { get; set; } = CentroidOrder.Nearest;

    /// <summary>
    /// Stage 2, logits: γ, width of the smooth step S of Tree and BinarySelectors: S(t) = 0 below −γ/2, 1 above γ/2,
    /// −2t³/γ³ + 3t/(2γ) + 1/2 between (COMET).
    /// </summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double StepWidth { get; set; } = 1;

    /// <summary>Stage 2, logits: the leaves of Tree belong to experts by a table in the checkpoint, [TopK, experts] (COMET+).</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public bool Permuted { get; set; }

    /// <summary>Stage 2, logits: the codes of BinarySelectors are learned numbers, the same for every token.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public bool StaticSelectors { get; set; }

    /// <summary>Stages 2 and 7: the seed of a random choice and of a random priority.</summary>
    public int Seed { get; set; }

    /// <summary>Stage 2, logits: what a random choice depends on beside the seed and the layer.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public RandomScope RandomScope { get; set; } = RandomScope.Token;

    /// <summary>
    /// Stage 3, adjustment: z + G z', where z' is that sum in the expert layer before and G an N × N map (MoE++); zeros
    /// before the first.
    /// </summary>
    /// <remarks>Rules: MOE308, MOE309.</remarks>
    public bool LogitResidual { get; set; }

    /// <summary>Stage 3, adjustment: logits are scaled to this standard deviation (n − 1) over a token's experts; 0 for not.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double Standardise { get; set; }

    /// <summary>Stage 3, adjustment: the request may bring a bias for each expert, added to every layer's logits times this; 0 for not.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double RequestBias { get; set; }

    /// <summary>Stage 3, adjustment: a function of each logit, before the temperature.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public Activation LogitActivation { get; set; } = Activation.Identity;

    /// <summary>
    /// Stage 3, adjustment: name of a static method from logit to logit that carries <c>[ScoreFunction]</c> or
    /// <c>[ActivationFunction]</c>, before the temperature; see <see cref="From"/>.
    /// </summary>
    public string? LogitFunction { get; set; }

    /// <summary>Stage 3, adjustment: logits are divided by this.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double Temperature { get; set; } = 1;

    /// <summary>Stage 3, adjustment: logits are divided by a learned number.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public bool LearnedTemperature { get; set; }

    /// <summary>Stage 4, score.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public RouterScore Score { get; set; } = RouterScore.Softmax;

    /// <summary>Stage 4, score: name of a static method from logit to score that carries <c>[ScoreFunction]</c>, instead of <see cref="Score"/>; see <see cref="From"/>.</summary>
    public string? ScoreFunction { get; set; }

    /// <summary>The class that holds the functions named; null for the class that carries this attribute.</summary>
    public Type? From { get; set; }

    /// <summary>Stage 4, score: ε of sparsemixer, whose mask drops experts that fall behind by more than 2 ε ("router_jitter_noise" in PhiMoE).</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public double MixerJitter { get; set; } = 0.01;

    /// <summary>Stage 5: who is chosen.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public RouterSelection Selection { get; set; } = RouterSelection.TopK;

    /// <summary>
    /// Stage 5, selection: how many experts a token gets, 1 to the number of routed experts; the number of trees and of
    /// selectors under Tree and BinarySelectors.
    /// </summary>
    /// <remarks>Rules: MOE201, MOE301, MOE304, MOE501.</remarks>
    public int TopK { get; set; }

    /// <summary>Stage 5, selection: rank of the first chosen expert: 0 the best, 2 the third best (SCMoE's weak routing).</summary>
    /// <remarks>Rules: MOE301, MOE308.</remarks>
    public int FirstRank { get; set; }

    /// <summary>
    /// Stage 5, selection: most experts that a token can get: the bound of a varying choice (0: all), and of what a request
    /// may ask for instead of TopK (0: FirstRank + TopK).
    /// </summary>
    /// <remarks>Rules: MOE301, MOE308.</remarks>
    public int MaxSelected { get; set; }

    /// <summary>Stage 5, selection: fewest experts of TopP, Threshold and EntropySwitched.</summary>
    /// <remarks>Rules: MOE301, MOE308.</remarks>
    public int MinSelected { get; set; }

    /// <summary>Stage 5, selection: the sum of scores that TopP and EntropySwitched reach.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double TopP { get; set; }

    /// <summary>Stage 5, selection: which expert is the last of a top-p choice.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public TopPRule TopPRule { get; set; } = TopPRule.FirstExceeding;

    /// <summary>Stage 5, selection: scores above this are chosen under Threshold.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public double Threshold { get; set; }

    /// <summary>Stage 5, selection: entropy above which EntropySwitched takes all experts.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public double EntropyThreshold { get; set; }

    /// <summary>Stage 5, selection: q of the Tsallis entropy (1 − Σ p^q) / (q − 1); 1 gives Shannon's.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double EntropyOrder { get; set; } = 1.1;

    /// <summary>Stage 5, selection: the entropy is divided by that of equal scores, so that it lies between 0 and 1.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public bool NormaliseEntropy { get; set; }

    /// <summary>Stage 5, selection: added to every score before the entropy is taken (1e-5 in DynMoLE's released code).</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public double EntropyEpsilon { get; set; }

    /// <summary>Stage 5, selection: the share of a group's tokens that each expert takes under ExpertChoice, at least one token.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double ExpertFraction { get; set; }

    /// <summary>
    /// A causal model may let its router look at later tokens of a call (ExpertChoice, limits by score): then a token's
    /// output depends on what follows it, and only the author can say that this is meant.
    /// </summary>
    /// <remarks>Rules: MOE310.</remarks>
    public bool MayLookAhead { get; set; }

    /// <summary>Stages 5 to 7: which tokens a coupled word looks at together.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public TokenGroup Over { get; set; } = TokenGroup.Sequence;

    /// <summary>
    /// Stage 5, selection: a learned bias is added to the scores for choosing only; it never enters the weights
    /// (DeepSeek-V3, "e_score_correction_bias").
    /// </summary>
    public bool SelectionBias { get; set; }

    /// <summary>Stage 5, selection: experts form this many groups of neighbours; 0 (the default) means no groups.</summary>
    /// <remarks>Rules: MOE302, MOE303.</remarks>
    public int Groups { get; set; }

    /// <summary>Stage 5, selection: experts are chosen from this many best groups.</summary>
    /// <remarks>Rules: MOE303, MOE304.</remarks>
    public int KeptGroups { get; set; }

    /// <summary>Stage 5, selection: what a group is worth.</summary>
    /// <remarks>Rules: MOE207, MOE303, MOE305.</remarks>
    public GroupKey GroupKey { get; set; } = GroupKey.Maximum;

    /// <summary>Stage 5, selection: what experts outside the kept groups become.</summary>
    /// <remarks>Rules: MOE207, MOE303.</remarks>
    public OutsideGroups OutsideGroups { get; set; } = OutsideGroups.NegativeInfinity;

    /// <summary>Stage 6, weights.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public RouterWeights Weights { get; set; } = RouterWeights.Raw;

    /// <summary>Stage 6, weights: added to the sum that a renormalisation divides by (1e-20 in DeepSeek-V3).</summary>
    /// <remarks>Rules: MOE307.</remarks>
    public double RenormaliseEpsilon { get; set; }

    /// <summary>Stage 6, weights: the least sum that a renormalisation divides by (1e-12 in ERNIE 4.5).</summary>
    /// <remarks>Rules: MOE307.</remarks>
    public double MinimumSum { get; set; }

    /// <summary>Stage 6, weights: every weight is multiplied by this ("routed_scaling_factor").</summary>
    /// <remarks>Rules: MOE306.</remarks>
    public double WeightScale { get; set; } = 1;

    /// <summary>Stage 6, weights: where a weight is multiplied.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public WeightsOn WeightsOn { get; set; } = WeightsOn.Output;

    /// <summary>Stage 6, weights: what the experts' input is multiplied with, after the router looked at it (2 in released MoE++ with top-2).</summary>
    /// <remarks>Rules: MOE306.</remarks>
    public double InputScale { get; set; } = 1;

    /// <summary>Stage 7, limits: most tokens of a group that an expert takes; 0 for no such limit.</summary>
    /// <remarks>Rules: MOE201, MOE308.</remarks>
    public int Capacity { get; set; }

    /// <summary>Stage 7, limits: the capacity relative to an even share; 0 for no limit.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double CapacityFactor { get; set; }

    /// <summary>Stage 7, limits: how CapacityFactor becomes a number of tokens.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public CapacityRounding CapacityRounding { get; set; } = CapacityRounding.DeepSpeed;

    /// <summary>Stage 7, limits: the least capacity that CapacityFactor gives.</summary>
    /// <remarks>Rules: MOE308.</remarks>
    public int MinCapacity { get; set; } = 4;

    /// <summary>Stage 7, limits: τ of MoE++'s rule.</summary>
    /// <remarks>Rules: MOE206, MOE308.</remarks>
    public double CapacityShare { get; set; } = 0.75;

    /// <summary>Stage 7, limits: whose claim to a full expert is kept.</summary>
    /// <remarks>Rules: MOE207, MOE308.</remarks>
    public CapacityPriority CapacityPriority { get; set; } = CapacityPriority.ChoiceThenPosition;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
