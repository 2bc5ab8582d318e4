namespace Moe.Catalog;

/// <summary>The first block of DeepSeek-V2-Lite: a dense feed-forward part of width 10,944.</summary>
[Block]
[LatentAttention(Heads = 16, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[FeedForward(IntermediateSize = 10_944)]
public abstract class DeepSeekV2LiteDenseBlock;

/// <summary>A block of DeepSeek-V2-Lite: 2 shared experts, and 6 of 64 routed ones with raw softmax weights, each of width 1,408.</summary>
[Block]
[LatentAttention(Heads = 16, KeyValueRank = 512, HeadSize = 128, RotarySize = 64)]
[Router(TopK = 6)]
[SharedExperts(2, IntermediateSize = 1408)]
[RoutedExperts(64, IntermediateSize = 1408)]
public abstract class DeepSeekV2LiteBlock;

/// <summary>DeepSeek-V2-Lite (DeepSeek-AI 2024), config.json of the release: 15.7 billion parameters, 2.4 active. Derive from it: <c>[MoeModel] partial class Mine : DeepSeekV2Lite;</c></summary>
[MoeModel(VocabularySize = 102_400, HiddenSize = 2048, ContextLength = 163_840)]
[Rotary(Layout = RotaryLayout.Interleaved, Scaling = RotaryScaling.Yarn, Factor = 40, OriginalContextLength = 4096, Mscale = 0.707, MscaleAllDimensions = 0.707, MscaleInSoftmax = true)]
[Layers(1, typeof(DeepSeekV2LiteDenseBlock))]
[Layers(26, typeof(DeepSeekV2LiteBlock))]
[Checkpoint(CheckpointLayout.DeepSeekV2)]
public abstract class DeepSeekV2Lite;
