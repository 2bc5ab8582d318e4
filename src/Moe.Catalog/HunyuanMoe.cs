namespace Moe.Catalog;

/// <summary>A block of Hunyuan-A13B: a shared expert, and 8 of 64 routed ones, each of width 3,072; queries and keys normalised after the rotation.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 32, KeyValueHeads = 8, QueryKeyNorm = true, QueryKeyNormPlace = NormPlace.AfterRotary)]
[Router(TopK = 8, Weights = RouterWeights.Renormalised)]
[SharedExperts(1, IntermediateSize = 3072)]
[RoutedExperts(64, IntermediateSize = 3072)]
public abstract class HunyuanMoeBlockA13B;

/// <summary>Hunyuan-A13B (Tencent 2025), config.json of the release: 80 billion parameters, 13 active. Derive from it: <c>[MoeModel] partial class Mine : HunyuanMoeA13B;</c></summary>
[MoeModel(VocabularySize = 128_167, HiddenSize = 4096, ContextLength = 32_768)]
[Norm(Epsilon = 1e-5)]
[Rotary(Scaling = RotaryScaling.Dynamic, Alpha = 1000)]
[Layers(32, typeof(HunyuanMoeBlockA13B))]
[Head(Tied = true)]
[Checkpoint(CheckpointLayout.HunyuanMoe)]
public abstract class HunyuanMoeA13B;
