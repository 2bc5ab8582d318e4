using System;

namespace Moe;

/// <summary>
/// How the residual stream is normalised before attention, before the feed-forward part and, on a model, before the
/// head. On a model it is also the default of every block that says nothing. Without it: RMSNorm, ε = 1e-6.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class NormAttribute : Attribute
{
    /// <summary>RMSNorm or LayerNorm.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public NormKind Kind { get; set; } = NormKind.Rms;

    /// <summary>Added to the mean square or the variance, under the root.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>A learned vector is added after the weight. Default: true for LayerNorm, false for RMSNorm.</summary>
    public bool Bias { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
