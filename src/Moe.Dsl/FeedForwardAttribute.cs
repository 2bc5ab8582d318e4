using System;

namespace Moe;

/// <summary>
/// A dense feed-forward part: down(act(gate(x)) · up(x)), or down(act(up(x))) where it is not gated. On a derived block
/// it replaces inherited experts and their router.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class FeedForwardAttribute : Attribute
{
    /// <summary>Width between the projections.</summary>
    /// <remarks>Rules: MOE201, MOE205.</remarks>
    public int IntermediateSize { get; set; }

    /// <summary>The nonlinearity.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public Activation Activation { get; set; } = Activation.SiLU;

    /// <summary>
    /// Name of a method of <see cref="From"/>: marked <see cref="ActivationFunctionAttribute"/>, it takes the place of
    /// <see cref="Activation"/>; marked <see cref="GateFunctionAttribute"/>, the place of act(gate) · up.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE602, MOE603.</remarks>
    public string? Function { get; set; }

    /// <summary>The class that holds <see cref="Function"/>; the class that writes <see cref="Function"/> where there is none.</summary>
    /// <remarks>Rules: MOE112.</remarks>
    public Type? From { get; set; }

    /// <summary>
    /// Clamped SwiGLU (gpt-oss): gate' = min(gate, Limit), up' = clamp(up, −Limit, Limit), and the inner value is
    /// (up' + <see cref="UpOffset"/>) · gate' · sigmoid(<see cref="SwishBeta"/> · gate'). 0 (the default) means no limit.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double Limit { get; set; }

    /// <summary>The factor inside the sigmoid of a gated SiLU; 1.702 in gpt-oss.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double SwishBeta { get; set; } = 1;

    /// <summary>Added to up before the product of a gated SiLU; 1 in gpt-oss.</summary>
    /// <remarks>Rules: MOE112, MOE607.</remarks>
    public double UpOffset { get; set; }

    /// <summary>Has a gate projection beside the up projection.</summary>
    public bool Gated { get; set; } = true;

    /// <summary>Every projection has a bias.</summary>
    public bool Bias { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
