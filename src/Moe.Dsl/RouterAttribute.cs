using System;

namespace Moe;

/// <summary>
/// How each token's experts are chosen and weighted: a pipeline of seven stages (what it looks at, logits, adjustment,
/// score, selection, weights, limits). Each argument belongs to the stage that its documentation names; stages without an
/// argument have one choice: the router looks at the normalised hidden state, logits are not adjusted, no limit drops a
/// token. Ties go to the lowest expert index. Scores are float32 on every target.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RouterAttribute : Attribute
{
    /// <summary>Stage 5, selection: how many experts a token gets, 1 to the number of routed experts.</summary>
    /// <remarks>Rules: MOE201, MOE301, MOE304, MOE501.</remarks>
    public int TopK { get; set; }

    /// <summary>Stage 2, logits: z = W x + b instead of z = W x.</summary>
    public bool LogitBias { get; set; }

    /// <summary>Stage 4, score.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public RouterScore Score { get; set; } = RouterScore.Softmax;

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

    /// <summary>Stage 6, weights: added to the sum that <see cref="RouterWeights.Renormalised"/> divides by (1e-20 in DeepSeek-V3).</summary>
    /// <remarks>Rules: MOE307.</remarks>
    public double RenormaliseEpsilon { get; set; }

    /// <summary>Stage 6, weights: every weight is multiplied by this ("routed_scaling_factor").</summary>
    /// <remarks>Rules: MOE306.</remarks>
    public double WeightScale { get; set; } = 1;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
