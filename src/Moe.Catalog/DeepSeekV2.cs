namespace Moe.Catalog;

/// <summary>The first block of DeepSeek-V2: a dense feed-forward part of width 12,288.</summary>
[Block]
[LatentAttention(Heads = 128, QueryRank = 1536, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[FeedForward(IntermediateSize = 12_288)]
public abstract class DeepSeekV2DenseBlock;

/// <summary>A block of DeepSeek-V2: 2 shared experts, and 6 of 160 routed ones from the best 3 of 8 groups, each of width 1,536.</summary>
[Block]
[LatentAttention(Heads = 128, QueryRank = 1536, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[Router(TopK = 6, Groups = 8, KeptGroups = 3, OutsideGroups = OutsideGroups.Zero, WeightScale = 16)]
[SharedExperts(2, IntermediateSize = 1536)]
[RoutedExperts(160, IntermediateSize = 1536)]
public abstract class DeepSeekV2Block;

/// <summary>DeepSeek-V2 (DeepSeek-AI 2024), config.json of the release: 236 billion parameters, 21 active. Derive from it: <c>[MoeModel] partial class Mine : DeepSeekV2;</c></summary>
[MoeModel(VocabularySize = 102_400, HiddenSize = 5120, ContextLength = 163_840)]
[Rotary(Layout = RotaryLayout.Interleaved, Scaling = RotaryScaling.Yarn, Factor = 40, OriginalContextLength = 4096, Mscale = 0.707, MscaleAllDimensions = 0.707, MscaleInSoftmax = true)]
[Layers(1, typeof(DeepSeekV2DenseBlock))]
[Layers(59, typeof(DeepSeekV2Block))]
[Checkpoint(CheckpointLayout.DeepSeekV2)]
public abstract class DeepSeekV2;
