namespace Moe.Catalog;

/// <summary>A block of Qwen3-30B-A3B: 128 experts of width 768, the best 8 renormalised; each head's query and key normalised.</summary>
[Block]
[Rotary(Base = 1_000_000)]
[Attention(Heads = 32, KeyValueHeads = 4, HeadSize = 128, QueryKeyNorm = true)]
[Router(TopK = 8, Weights = RouterWeights.Renormalised)]
[RoutedExperts(128, IntermediateSize = 768)]
public abstract class Qwen3MoeBlock30B;

/// <summary>Qwen3-30B-A3B (Qwen team 2025): 30.5 billion parameters, 3.3 active. Derive from it: <c>[MoeModel] partial class Mine : Qwen3Moe30B;</c></summary>
[MoeModel(VocabularySize = 151_936, HiddenSize = 2048, ContextLength = 40_960)]
[Layers(48, typeof(Qwen3MoeBlock30B))]
[Checkpoint(CheckpointLayout.Qwen3Moe)]
public abstract class Qwen3Moe30B;
