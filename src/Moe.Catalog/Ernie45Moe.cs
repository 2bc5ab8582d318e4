namespace Moe.Catalog;

/// <summary>The first block of ERNIE-4.5-21B-A3B: a dense feed-forward part of width 12,288.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 20, KeyValueHeads = 4)]
[FeedForward(IntermediateSize = 12_288)]
public abstract class Ernie45MoeDenseBlock21B;

/// <summary>A block of ERNIE-4.5-21B-A3B: 2 shared experts, and 6 of 64 routed ones, each of width 1,536.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 20, KeyValueHeads = 4)]
[Router(TopK = 6, SelectionBias = true, Weights = RouterWeights.Renormalised, MinimumSum = 1e-12)]
[SharedExperts(2, IntermediateSize = 1536)]
[RoutedExperts(64, IntermediateSize = 1536)]
public abstract class Ernie45MoeBlock21B;

/// <summary>ERNIE-4.5-21B-A3B (Baidu 2025), the defaults of its configuration class: 21.8 billion parameters, 3 active. Derive from it: <c>[MoeModel] partial class Mine : Ernie45Moe21B;</c></summary>
[MoeModel(VocabularySize = 103_424, HiddenSize = 2560, ContextLength = 131_072)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 500_000, Layout = RotaryLayout.Interleaved)]
[Layers(1, typeof(Ernie45MoeDenseBlock21B))]
[Layers(27, typeof(Ernie45MoeBlock21B))]
[Head(Tied = true)]
[Checkpoint(CheckpointLayout.Ernie45Moe)]
public abstract class Ernie45Moe21B;
