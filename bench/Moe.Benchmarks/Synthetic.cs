using Moe;

namespace Moe.Benchmarks;

/// <summary>A block of the Qwen3-MoE family in a size that a small machine reads from memory: 32 experts of width 512, top 4.</summary>
[Block]
[Attention(Heads = 16, KeyValueHeads = 4, HeadSize = 64, QueryKeyNorm = true)]
[Router(TopK = 4, Weights = RouterWeights.Renormalised)]
[RoutedExperts(32, IntermediateSize = 512)]
public class SyntheticBlock;

/// <summary>Hidden 1024, 8 layers, vocabulary 32,000; random weights.</summary>
[MoeModel(VocabularySize = 32_000, HiddenSize = 1024, ContextLength = 4096)]
[Layers(8, typeof(SyntheticBlock))]
[Checkpoint(CheckpointLayout.Qwen3Moe)]
public sealed partial class Synthetic
{
    /// <summary>Every tensor of its checkpoints.</summary>
    public static System.Collections.Generic.IEnumerable<Moe.Runtime.Checkpoints.TensorRequirement> Tensors() => Requirements();
}
