namespace Moe.Catalog;

/// <summary>The first block of DeepSeekMoE 16B: a dense feed-forward part of width 10,944.</summary>
[Block]
[Attention(Heads = 16)]
[FeedForward(IntermediateSize = 10_944)]
public abstract class DeepSeekMoeDenseBlock16B;

/// <summary>A block of DeepSeekMoE 16B: 2 shared experts, and 6 of 64 routed ones with raw softmax weights, each of width 1,408.</summary>
[Block]
[Attention(Heads = 16)]
[Router(TopK = 6)]
[SharedExperts(2, IntermediateSize = 1408)]
[RoutedExperts(64, IntermediateSize = 1408)]
public abstract class DeepSeekMoeBlock16B;

/// <summary>DeepSeekMoE 16B (Dai et al. 2024): 16.4 billion parameters, 2.8 active. Derive from it: <c>[MoeModel] partial class Mine : DeepSeekMoe16B;</c></summary>
[MoeModel(VocabularySize = 102_400, HiddenSize = 2048, ContextLength = 4096)]
[Layers(1, typeof(DeepSeekMoeDenseBlock16B))]
[Layers(27, typeof(DeepSeekMoeBlock16B))]
[Checkpoint(CheckpointLayout.DeepSeekMoe)]
public abstract class DeepSeekMoe16B;
