using System;

namespace Moe;

/// <summary>
/// Routed experts over one feed-forward network, which <c>[FeedForward]</c> on the same block declares: every projection
/// W x gains Alpha / Rank · B (A x) of the chosen expert (MixLoRA, LLaVA-MoLE, DynMoLE). Gate and up of the network are
/// computed once a token, whatever the number of chosen experts.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class LoraExpertsAttribute : Attribute
{
    /// <summary>Experts whose number a base class states.</summary>
    public LoraExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> experts.</summary>
    /// <param name="count">Number of experts.</param>
    public LoraExpertsAttribute(int count) => Count = count;

    /// <summary>Number of experts.</summary>
    /// <remarks>Rules: MOE201, MOE301.</remarks>
    public int Count { get; }

    /// <summary>Rows of A, columns of B.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Rank { get; set; }

    /// <summary>The low-rank term is multiplied by Alpha / Rank; 0 (the default) means Alpha = Rank.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double Alpha { get; set; }

    /// <summary>The factor is Alpha / √Rank instead (rank-stabilised LoRA, Kalajdzievski 2023).</summary>
    public bool RankStabilised { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
