using System.Collections.Generic;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Models;

/// <summary>A layer alone: hidden 2048, 64 experts of width 1024, top 8.</summary>
[MoeLayer(HiddenSize = 2048)]
[Router(TopK = 8, Weights = RouterWeights.Renormalised)]
[RoutedExperts(64, IntermediateSize = 1024)]
public sealed partial class SyntheticLayer
{
    /// <summary>Every tensor of its checkpoints.</summary>
    public static IEnumerable<TensorRequirement> Tensors() => Requirements(layer: 0);
}

/// <summary>The same with one expert a token, for forced choices.</summary>
[MoeLayer(HiddenSize = 2048)]
[Router(TopK = 1, Weights = RouterWeights.Renormalised)]
[RoutedExperts(64, IntermediateSize = 1024)]
public sealed partial class SyntheticLayerOfOne
{
    /// <summary>Every tensor of its checkpoints.</summary>
    public static IEnumerable<TensorRequirement> Tensors() => Requirements(layer: 0);
}

/// <summary>The same with every expert for every token.</summary>
[MoeLayer(HiddenSize = 2048)]
[Router(TopK = 64, Weights = RouterWeights.Renormalised)]
[RoutedExperts(64, IntermediateSize = 1024)]
public sealed partial class SyntheticLayerOfAll
{
    /// <summary>Every tensor of its checkpoints.</summary>
    public static IEnumerable<TensorRequirement> Tensors() => Requirements(layer: 0);
}
