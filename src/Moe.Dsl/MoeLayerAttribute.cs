using System;

namespace Moe;

/// <summary>
/// Declares a feed-forward block alone, for use inside somebody else's network: vision, diffusion, time series, another
/// model. The class carries <c>[Router]</c>, <c>[RoutedExperts]</c> and the other words of a block's feed-forward part;
/// the compiler emits loading, saving and a method from spans to spans. Tokens are rows; nothing is causal.
/// </summary>
/// <remarks>Named arguments merge with those of the nearest base class that carries the attribute.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MoeLayerAttribute : Attribute
{
    /// <summary>Width of a token's row, in and out.</summary>
    /// <remarks>Rules: MOE201, MOE205.</remarks>
    public int HiddenSize { get; set; }

    /// <summary>Number of token ids that a router's table knows; 0 where no router looks at ids.</summary>
    /// <remarks>Rules: MOE201, MOE309.</remarks>
    public int VocabularySize { get; set; }

    /// <summary>Number of tags (tasks, languages, modalities) that a token can carry; 0 for none.</summary>
    /// <remarks>Rules: MOE201, MOE309.</remarks>
    public int Tags { get; set; }

    /// <summary>How the answer joins the input; <c>[Norm]</c> says which norm.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public LayerResidual Residual { get; set; } = LayerResidual.None;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
