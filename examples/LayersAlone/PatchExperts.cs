using Moe;

namespace LayersAlone;

/// <summary>
/// The feed-forward part of a diffusion transformer's block in the form of DiT-MoE: patches choose two of eight experts, weighted
/// with the softmax itself, beside two shared experts. Modulation by time step and class stays in the network around it.
/// </summary>
[MoeLayer(HiddenSize = 384)]
[Router(TopK = 2)]
[RoutedExperts(8, IntermediateSize = 1536)]
[SharedExperts(2, IntermediateSize = 768)]
public partial class PatchExperts;
