using System;

namespace Moe;

/// <summary>
/// How a part's answer joins the residual stream: x = Alpha · r + Beta · part(norm(x)), where r is x or norm(x). On a model
/// it is the default of every block that says nothing. Without it: x += part(norm(x)).
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ResidualAttribute : Attribute
{
    /// <summary>What r is: the stream, or the norm's output (MiniMax-Text-01).</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public ResidualFrom From { get; set; } = ResidualFrom.Stream;

    /// <summary>Factor of r where attention joins.</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double AttentionAlpha { get; set; } = 1;

    /// <summary>Factor of attention's answer ("residual_multiplier" of Granite).</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double AttentionBeta { get; set; } = 1;

    /// <summary>Factor of r where the feed-forward part joins.</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double FeedForwardAlpha { get; set; } = 1;

    /// <summary>Factor of the feed-forward part's answer ("residual_multiplier" of Granite).</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double FeedForwardBeta { get; set; } = 1;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
