using System.Collections.Generic;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Models;

/// <summary>A block of the Qwen3-MoE family in a size that a small machine reads from memory: 32 experts of width 512, top 4.</summary>
[Block]
[Attention(Heads = 16, KeyValueHeads = 4, HeadSize = 64, QueryKeyNorm = true)]
[Router(TopK = 4, Weights = RouterWeights.Renormalised)]
[RoutedExperts(32, IntermediateSize = 512)]
public class SyntheticBlock;

/// <summary>Model S: hidden 1024, 8 layers, vocabulary 32,000; random weights.</summary>
[MoeModel(VocabularySize = 32_000, HiddenSize = 1024, ContextLength = 8192)]
[Layers(8, typeof(SyntheticBlock))]
[Checkpoint(CheckpointLayout.Qwen3Moe)]
public sealed partial class Synthetic
{
    /// <summary>The declaration's sizes, for those who build the same model with other means.</summary>
    public static DecoderSizes Sizes { get; } = new(Heads: 16, KeyValueHeads: 4, HeadSize: 64, Experts: 32, TopK: 4, IntermediateSize: 512);

    /// <summary>Every tensor of its checkpoints.</summary>
    public static IEnumerable<TensorRequirement> Tensors() => Requirements();
}
