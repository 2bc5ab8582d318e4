namespace Moe.Catalog;

/// <summary>A block of MiniMax-Text-01: lightning attention, and 32 experts of width 9,216, the best 2.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[LinearAttention(Heads = 64, HeadSize = 128)]
[Router(TopK = 2, Weights = RouterWeights.Renormalised)]
[RoutedExperts(32, IntermediateSize = 9216)]
public abstract class MiniMaxText01LinearBlock;

/// <summary>Every eighth block of MiniMax-Text-01: softmax attention over the whole context, half of each head turned.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 64, KeyValueHeads = 8, HeadSize = 128)]
[Router(TopK = 2, Weights = RouterWeights.Renormalised)]
[RoutedExperts(32, IntermediateSize = 9216)]
public abstract class MiniMaxText01Block;

/// <summary>MiniMax-Text-01 (MiniMax 2025): 456 billion parameters, 45.9 active beside embedding and head. Derive from it: <c>[MoeModel] partial class Mine : MiniMaxText01;</c></summary>
[MoeModel(VocabularySize = 200_064, HiddenSize = 6144, ContextLength = 10_240_000)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 10_000_000, Size = 64)]
[Residual(From = ResidualFrom.Norm, AttentionAlpha = 3.5565588200778455, FeedForwardAlpha = 3.5565588200778455)]
[Layers(80, typeof(MiniMaxText01LinearBlock))]
[Layers(typeof(MiniMaxText01Block), Every = 8)]
[Checkpoint(CheckpointLayout.MiniMax)]
public abstract class MiniMaxText01;
