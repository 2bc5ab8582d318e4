namespace Moe.Catalog;

/// <summary>A dense block of Llama 2 7B: 32 heads, SwiGLU of width 11,008.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 32)]
[FeedForward(IntermediateSize = 11_008)]
public abstract class Llama2Block7B;

/// <summary>Llama 2 7B (Touvron et al. 2023), 6.7 billion parameters. Derive from it: <c>[MoeModel] partial class Mine : Llama2_7B;</c></summary>
[MoeModel(VocabularySize = 32_000, HiddenSize = 4096, ContextLength = 4096)]
[Norm(Epsilon = 1e-5)]
[Layers(32, typeof(Llama2Block7B))]
[Checkpoint(CheckpointLayout.Llama)]
public abstract class Llama2_7B;
