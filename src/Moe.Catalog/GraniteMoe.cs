namespace Moe.Catalog;

/// <summary>A block of Granite 3.0 3B-A800M: 40 experts of width 512, the best 8 with a softmax over their logits.</summary>
[Block]
[Attention(Heads = 24, KeyValueHeads = 8, Scale = 0.015625)]
[Router(TopK = 8, Weights = RouterWeights.SoftmaxOfChosen)]
[RoutedExperts(40, IntermediateSize = 512)]
public abstract class GraniteMoeBlock3B;

/// <summary>Granite 3.0 3B-A800M (IBM 2024), config.json of the release: 3.3 billion parameters, 0.8 active. Derive from it: <c>[MoeModel] partial class Mine : GraniteMoe3B;</c></summary>
[MoeModel(VocabularySize = 49_155, HiddenSize = 1536, ContextLength = 4096, EmbeddingScale = 12)]
[Residual(AttentionBeta = 0.22, FeedForwardBeta = 0.22)]
[Layers(32, typeof(GraniteMoeBlock3B))]
[Head(Tied = true, LogitDivisor = 6)]
[Checkpoint(CheckpointLayout.GraniteMoe)]
public abstract class GraniteMoe3B;
