using System;

namespace Moe;

/// <summary>
/// The feed-forward answer o joins the residual stream as a momentum that runs over the layers (MomentumSMoE): m = μ m' + γ o,
/// x − m; with Adam: a = β₁ a' + (1 − β₁) o, v = β₂ v' + (1 − β₂) o², x − γ a / √(v + ε). All start as zeros.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MomentumAttribute : Attribute
{
    /// <summary>μ.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double Momentum { get; set; } = 0.9;

    /// <summary>γ.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double StepSize { get; set; } = 1;

    /// <summary>Step by Adam; the momentum moves on as well, for later layers.</summary>
    public bool Adam { get; set; }

    /// <summary>β₁.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double FirstDecay { get; set; } = 0.9;

    /// <summary>β₂.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double SecondDecay { get; set; } = 0.999;

    /// <summary>ε.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>
    /// The layer gives the step alone, without x: what the released Adam layer computes, where the residual cancels; the
    /// paper keeps x.
    /// </summary>
    public bool CancelsResidual { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
