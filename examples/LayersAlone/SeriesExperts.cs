using Moe;

namespace LayersAlone;

/// <summary>
/// The feed-forward part of a block of Time-MoE: two of eight experts of half the width, weights as scored, beside one shared
/// expert of the full width that a sigmoid of the point's row switches.
/// </summary>
[MoeLayer(HiddenSize = 384, Residual = LayerResidual.PreNorm)]
[Router(TopK = 2)]
[RoutedExperts(8, IntermediateSize = 768)]
[SharedExperts(1, IntermediateSize = 1536, Gate = SharedGate.Sigmoid)]
public partial class SeriesExperts;
