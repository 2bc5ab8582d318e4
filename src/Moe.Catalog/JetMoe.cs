namespace Moe.Catalog;

/// <summary>A block of JetMoE 8B: 8 attention experts of 16 heads and 8 feed-forward experts of width 5632, the best 2 of each.</summary>
[Block]
[Norm(Epsilon = 1e-6)]
[AttentionExperts(8, KeyValueHeads = 16, HeadSize = 128, OutputBias = true)]
[Router(TopK = 2, Weights = RouterWeights.SoftmaxOfChosen)]
[RoutedExperts(8, IntermediateSize = 5632, OutputBias = true)]
public abstract class JetMoeBlock8B;

/// <summary>JetMoE 8B (Shen et al. 2024), config.json of the release: 8.5 billion parameters, 2.2 active. Derive from it: <c>[MoeModel] partial class Mine : JetMoe8B;</c></summary>
[MoeModel(VocabularySize = 32_000, HiddenSize = 2048, ContextLength = 4096)]
[Norm(Epsilon = 1e-5)]
[Layers(24, typeof(JetMoeBlock8B))]
[Head(Tied = true)]
[Checkpoint(CheckpointLayout.JetMoe)]
public abstract class JetMoe8B;
