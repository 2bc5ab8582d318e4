namespace Moe.Catalog;

/// <summary>A block of Qwen1.5-MoE-A2.7B: 60 experts of width 1,408, the best 4 with raw softmax weights, and a shared one of width 5,632 behind a sigmoid gate.</summary>
[Block]
[Rotary(Base = 1_000_000)]
[Attention(Heads = 16, QueryBias = true, KeyBias = true, ValueBias = true)]
[Router(TopK = 4)]
[SharedExperts(1, IntermediateSize = 5632, Gate = SharedGate.Sigmoid)]
[RoutedExperts(60, IntermediateSize = 1408)]
public abstract class Qwen2MoeBlockA2_7B;

/// <summary>Qwen1.5-MoE-A2.7B (Qwen team 2024), config.json of the release: 14.3 billion parameters, 2.7 active. Derive from it: <c>[MoeModel] partial class Mine : Qwen2MoeA2_7B;</c></summary>
[MoeModel(VocabularySize = 151_936, HiddenSize = 2048, ContextLength = 8192)]
[Layers(24, typeof(Qwen2MoeBlockA2_7B))]
[Checkpoint(CheckpointLayout.Qwen2Moe)]
public abstract class Qwen2MoeA2_7B;
