namespace Moe.Conformance.Tests.Gpu;

/// <content>Attention experts, and slices.</content>
public static partial class RoutingModels
{
    /// <summary>Experts of queries and output projections, turned in part, with a bias after their sum; and routed experts that are slices of one network.</summary>
    public const string Heads = """
        using Moe;

        namespace Heads;

        [Block]
        [AttentionExperts(5, TopK = 2, KeyValueHeads = 3, HeadSize = 6, OutputBias = true)]
        [Rotary(Size = 4)]
        [Router(TopK = 2, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(4, IntermediateSize = 5, Sliced = true, Bias = true, OutputBias = true)]
        public class B0;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(2, typeof(B0))]
        public partial class Model;
        """;
}
