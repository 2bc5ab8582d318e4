namespace Moe.Catalog;

/// <summary>The first three blocks of DeepSeek-V3: a dense feed-forward part of width 18,432.</summary>
[Block]
[LatentAttention(Heads = 128, QueryRank = 1536, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[FeedForward(IntermediateSize = 18_432)]
public abstract class DeepSeekV3DenseBlock;

/// <summary>A block of DeepSeek-V3: a shared expert, and 8 of 256 routed ones from the best 4 of 8 groups, each of width 2,048.</summary>
[Block]
[LatentAttention(Heads = 128, QueryRank = 1536, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[Router(TopK = 8, Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 8, KeptGroups = 4, GroupKey = GroupKey.SumOfBestTwo,
    OutsideGroups = OutsideGroups.Zero, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20, WeightScale = 2.5)]
[SharedExperts(1, IntermediateSize = 2048)]
[RoutedExperts(256, IntermediateSize = 2048)]
public abstract class DeepSeekV3Block;

/// <summary>DeepSeek-V3 (DeepSeek-AI 2024), config.json of the release: 671 billion parameters, 37 active. Derive from it: <c>[MoeModel] partial class Mine : DeepSeekV3;</c></summary>
[MoeModel(VocabularySize = 129_280, HiddenSize = 7168, ContextLength = 163_840)]
[Rotary(Layout = RotaryLayout.Interleaved, Scaling = RotaryScaling.Yarn, Factor = 40, OriginalContextLength = 4096, Mscale = 1, MscaleAllDimensions = 1, MscaleInSoftmax = true)]
[Layers(3, typeof(DeepSeekV3DenseBlock))]
[Layers(58, typeof(DeepSeekV3Block))]
[Checkpoint(CheckpointLayout.DeepSeekV3)]
public abstract class DeepSeekV3;
