namespace Moe.Catalog;

/// <summary>The first block of GLM-4.5-Air: a dense feed-forward part of width 10,944.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 96, KeyValueHeads = 8, HeadSize = 128, QueryBias = true, KeyBias = true, ValueBias = true)]
[FeedForward(IntermediateSize = 10_944)]
public abstract class Glm45AirDenseBlock;

/// <summary>A block of GLM-4.5-Air: a shared expert, and 8 of 128 routed ones, each of width 1,408; half of each head turns.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 96, KeyValueHeads = 8, HeadSize = 128, QueryBias = true, KeyBias = true, ValueBias = true)]
[Router(TopK = 8, Score = RouterScore.Sigmoid, SelectionBias = true, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20)]
[SharedExperts(1, IntermediateSize = 1408)]
[RoutedExperts(128, IntermediateSize = 1408)]
public abstract class Glm45AirBlock;

/// <summary>GLM-4.5-Air (GLM team 2025), config.json of the release: 106 billion parameters, 12 active, the layer that predicts a second token apart. Derive from it: <c>[MoeModel] partial class Mine : Glm45Air;</c></summary>
[MoeModel(VocabularySize = 151_552, HiddenSize = 4096, ContextLength = 131_072)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 1_000_000, Size = 64)]
[Layers(1, typeof(Glm45AirDenseBlock))]
[Layers(45, typeof(Glm45AirBlock))]
[Checkpoint(CheckpointLayout.Glm4Moe)]
public abstract class Glm45Air;
