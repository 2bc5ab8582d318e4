namespace Moe.Catalog;

/// <summary>A block of OLMoE-1B-7B: 64 experts of width 1,024, the best 8 with raw softmax weights; queries and keys normalised over the whole projection.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 16, QueryKeyNorm = true, QueryKeyNormSpan = NormSpan.Projection)]
[Router(TopK = 8)]
[RoutedExperts(64, IntermediateSize = 1024)]
public abstract class OlmoeBlock1B7B;

/// <summary>OLMoE-1B-7B (Muennighoff et al. 2024), config.json of the release: 6.9 billion parameters, 1.3 active. Derive from it: <c>[MoeModel] partial class Mine : Olmoe1B7B;</c></summary>
[MoeModel(VocabularySize = 50_304, HiddenSize = 2048, ContextLength = 4096)]
[Norm(Epsilon = 1e-5)]
[Layers(16, typeof(OlmoeBlock1B7B))]
[Checkpoint(CheckpointLayout.Olmoe)]
public abstract class Olmoe1B7B;
