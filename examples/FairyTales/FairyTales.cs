using Moe;

namespace FairyTales;

/// <summary>A block of the Qwen3-MoE family: 8 experts of width 192, the best 2 of which share a token.</summary>
[Block]
[Attention(Heads = 6, KeyValueHeads = 2, HeadSize = 32, QueryKeyNorm = true)]
[Router(TopK = 2, Weights = RouterWeights.Renormalised)]
[RoutedExperts(8, IntermediateSize = 192)]
public class ExpertBlock;

/// <summary>A storyteller of 6.3 million parameters, trained on Grimm, Andersen, Aesop, Carroll and Kipling.</summary>
[MoeModel(VocabularySize = 2048, HiddenSize = 192, ContextLength = 512)]
[Layers(6, typeof(ExpertBlock))]
[Head(Tied = true)]
[Checkpoint(CheckpointLayout.Qwen3Moe)]
public sealed partial class FairyTales;
