using System.Collections.Generic;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Models;

/// <summary>A block with 64 experts of width 1024, top 8.</summary>
[Block]
[Attention(Heads = 16, KeyValueHeads = 4, HeadSize = 128, QueryKeyNorm = true)]
[Router(TopK = 8, Weights = RouterWeights.Renormalised)]
[RoutedExperts(64, IntermediateSize = 1024)]
public class SyntheticLargeBlock;

/// <summary>Model M: hidden 2048, 6 layers, vocabulary 50,257; random weights.</summary>
[MoeModel(VocabularySize = 50_257, HiddenSize = 2048, ContextLength = 8192)]
[Layers(6, typeof(SyntheticLargeBlock))]
[Checkpoint(CheckpointLayout.Qwen3Moe)]
public sealed partial class SyntheticLarge
{
    /// <summary>The declaration's sizes, for those who build the same model with other means.</summary>
    public static DecoderSizes Sizes { get; } = new(Heads: 16, KeyValueHeads: 4, HeadSize: 128, Experts: 64, TopK: 8, IntermediateSize: 1024);

    /// <summary>Every tensor of its checkpoints.</summary>
    public static IEnumerable<TensorRequirement> Tensors() => Requirements();
}
