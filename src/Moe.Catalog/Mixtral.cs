namespace Moe.Catalog;

/// <summary>A block of Mixtral: 8 experts of width 14,336, the best 2 with renormalised softmax weights.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 1_000_000)]
[Attention(Heads = 32, KeyValueHeads = 8)]
[Router(TopK = 2, Weights = RouterWeights.Renormalised)]
[RoutedExperts(8, IntermediateSize = 14_336)]
public abstract class MixtralBlock8x7B;

/// <summary>Mixtral 8x7B (Jiang et al. 2024): 46.7 billion parameters, 12.9 active. Derive from it: <c>[MoeModel] partial class Mine : Mixtral8x7B;</c></summary>
[MoeModel(VocabularySize = 32_000, HiddenSize = 4096, ContextLength = 32_768)]
[Norm(Epsilon = 1e-5)]
[Layers(32, typeof(MixtralBlock8x7B))]
[Checkpoint(CheckpointLayout.Mixtral)]
public abstract class Mixtral8x7B;
