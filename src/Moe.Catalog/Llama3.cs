namespace Moe.Catalog;

/// <summary>A dense block of Llama 3 8B: 32 query heads over 8 key/value heads, SwiGLU of width 14,336.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 32, KeyValueHeads = 8)]
[FeedForward(IntermediateSize = 14_336)]
public abstract class Llama3Block8B;

/// <summary>Llama 3 8B (Grattafiori et al. 2024), 8.0 billion parameters. Derive from it: <c>[MoeModel] partial class Mine : Llama3_8B;</c></summary>
[MoeModel(VocabularySize = 128_256, HiddenSize = 4096, ContextLength = 8192)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 500_000)]
[Layers(32, typeof(Llama3Block8B))]
[Checkpoint(CheckpointLayout.Llama)]
public abstract class Llama3_8B;

/// <summary>Llama 3.1 8B: the same with its frequencies stretched to a context of 131,072. Derive from it: <c>[MoeModel] partial class Mine : Llama3_1_8B;</c></summary>
[MoeModel(ContextLength = 131_072)]
[Rotary(Scaling = RotaryScaling.Llama3, Factor = 8, OriginalContextLength = 8192)]
public abstract class Llama3_1_8B : Llama3_8B;
