namespace Moe.Catalog;

/// <summary>A block of Phi-3.5-MoE: 16 experts of width 6,400, the two that sparsemixer chooses.</summary>
[Block]
[Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
[Attention(Heads = 32, KeyValueHeads = 8, QueryBias = true, KeyBias = true, ValueBias = true, OutputBias = true)]
[Router(TopK = 2, Score = RouterScore.SparseMixer)]
[RoutedExperts(16, IntermediateSize = 6400)]
public abstract class PhiMoeBlock;

/// <summary>Phi-3.5-MoE (Abdin et al. 2024): 41.9 billion parameters, 6.6 active. Rotation and context are those before LongRoPE; its two lists of 64 factors
/// lie in the release's config.json, and moe-scaffold writes them. Derive from it: <c>[MoeModel] partial class Mine : PhiMoe;</c></summary>
[MoeModel(VocabularySize = 32_064, HiddenSize = 4096, ContextLength = 4096)]
[Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
[Layers(32, typeof(PhiMoeBlock))]
[Head(Bias = true)]
[Checkpoint(CheckpointLayout.PhiMoe)]
public abstract class PhiMoe;
