namespace Moe.Catalog;

/// <summary>A dense block of Qwen3-8B: each head's query and key normalised, SwiGLU of width 12,288.</summary>
[Block]
[Attention(Heads = 32, KeyValueHeads = 8, HeadSize = 128, QueryKeyNorm = true)]
[FeedForward(IntermediateSize = 12_288)]
public abstract class Qwen3Block8B;

/// <summary>Qwen3-8B (Qwen team 2025), 8.2 billion parameters. Derive from it: <c>[MoeModel] partial class Mine : Qwen3_8B;</c></summary>
[MoeModel(VocabularySize = 151_936, HiddenSize = 4096, ContextLength = 40_960)]
[Rotary(Base = 1_000_000)]
[Layers(36, typeof(Qwen3Block8B))]
[Checkpoint(CheckpointLayout.Qwen3)]
public abstract class Qwen3_8B;
