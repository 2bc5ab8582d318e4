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

    /// <summary>Has a gate projection beside the up projection.</summary>
    public bool Gated { get; set; } = true;

    /// <summary>Every projection has a bias.</summary>
    public bool Bias { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
