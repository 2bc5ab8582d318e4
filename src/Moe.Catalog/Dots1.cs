namespace Moe.Catalog;

/// <summary>The first block of dots.llm1: a dense feed-forward part of width 10,944.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 32, HeadSize = 128, QueryKeyNorm = true)]
[FeedForward(IntermediateSize = 10_944)]
public abstract class Dots1DenseBlock;

/// <summary>A block of dots.llm1: 2 shared experts, and 6 of 128 routed ones, each of width 1,408.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 32, HeadSize = 128, QueryKeyNorm = true)]
[Router(TopK = 6, Score = RouterScore.Sigmoid, SelectionBias = true, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20, WeightScale = 2.5)]
[SharedExperts(2, IntermediateSize = 1408)]
[RoutedExperts(128, IntermediateSize = 1408)]
public abstract class Dots1Block;

/// <summary>dots.llm1 (rednote-hilab 2025), config.json of the release: 142 billion parameters, 14 active. Derive from it: <c>[MoeModel] partial class Mine : Dots1;</c></summary>
[MoeModel(VocabularySize = 152_064, HiddenSize = 4096, ContextLength = 32_768)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 10_000_000)]
[Layers(1, typeof(Dots1DenseBlock))]
[Layers(61, typeof(Dots1Block))]
[Checkpoint(CheckpointLayout.Dots1)]
public abstract class Dots1;
