namespace Moe.Conformance.Tests.Gpu;

/// <content>Attention experts, heads as experts, and slices.</content>
public static partial class RoutingModels
{
    /// <summary>
    /// Experts of queries and output projections, turned in part, with a bias after their sum, and routed experts that are slices of
    /// one network. Heads that choose their tokens.
    /// </summary>
    public const string Heads = """
        using Moe;

        namespace Heads;

        [Block]
        [AttentionExperts(5, TopK = 2, KeyValueHeads = 3, HeadSize = 6, OutputBias = true)]
        [Rotary(Size = 4)]
        [Router(TopK = 2, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(4, IntermediateSize = 5, Sliced = true, Bias = true, OutputBias = true)]
        public class B0;

        [Block]
        [Attention(Heads = 3, HeadSize = 6, HeadFraction = 0.5, MayLookAhead = true)]
        [Rotary]
        [Router(Selection = RouterSelection.ExpertChoice, ExpertFraction = 0.4, MayLookAhead = true)]
        [RoutedExperts(3, IntermediateSize = 5)]
        public class B1;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(2, typeof(B0))]
        [Layers(1, typeof(B1))]
        public partial class Model;
        """;
}
