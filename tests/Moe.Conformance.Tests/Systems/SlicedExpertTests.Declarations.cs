namespace Moe.Conformance.Tests.Systems;

/// <content>What is tested.</content>
public sealed partial class SlicedExpertTests
{
    private const string Source = """
        using Moe;

        namespace Sliced;

        [MoeLayer(HiddenSize = 10)]
        [FeedForward(IntermediateSize = 24, Bias = true)]
        public partial class DenseLayer;

        [MoeLayer(HiddenSize = 10)]
        [Router(Selection = RouterSelection.All, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6, Sliced = true, Bias = true, OutputBias = true)]
        public partial class AllLayer;

        [MoeLayer(HiddenSize = 10)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised, WeightScale = 1.5)]
        [RoutedExperts(4, IntermediateSize = 6, Sliced = true, Bias = true, OutputBias = true)]
        public partial class SomeLayer;

        [MoeLayer(HiddenSize = 10)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 6, Sliced = true, Gated = false, Merge = ExpertMerge.Weights)]
        [RoutedExperts(2, Name = "Wide", IntermediateSize = 9, Sliced = true)]
        [ZeroExperts(1)]
        public partial class TwoNetworks;

        [MoeLayer(HiddenSize = 10)]
        [Router(Selection = RouterSelection.ExpertChoice, ExpertFraction = 0.5, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6, Sliced = true, Gated = false, Activation = Activation.ReLU)]
        public partial class UnionLayer;

        [MoeLayer(HiddenSize = 10)]
        [Router(TopK = 3, Logits = RouterLogits.Mlp, RouterSize = 5)]
        [RoutedExperts(2, IntermediateSize = 4, Bias = true, DispatchSize = 8)]
        [RoutedExperts(2, Name = "Expert", IntermediateSize = 3, Sliced = true, Bias = true, OutputBias = true)]
        [RoutedExperts(2, Name = "Router", IntermediateSize = 5, Sliced = true)]
        [RoutedExperts(2, Name = "Dispatch", IntermediateSize = 6, Sliced = true)]
        public partial class NamesOfOthers;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 24)]
        public class Dense;

        [Block]
        [Attention(Heads = 2)]
        [Router(Selection = RouterSelection.All, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6, Sliced = true)]
        public class All;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(Dense))]
        public partial class DenseModel;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(All))]
        public partial class AllModel;

        [TensorName("Gate", "inner.{layer}", Roles = "Up, Gate", Interleaved = true, Transposed = true)]
        [TensorName("Up", "inner.{layer}", Roles = "Up, Gate", Interleaved = true, Transposed = true)]
        [TensorName("Down", "outer.{layer}", Transposed = true)]
        [Block]
        public class NamedDense : Dense;

        [TensorName("Gate", "inner.{layer}", Roles = "Up, Gate", Interleaved = true, Transposed = true)]
        [TensorName("Up", "inner.{layer}", Roles = "Up, Gate", Interleaved = true, Transposed = true)]
        [TensorName("Down", "outer.{layer}", Transposed = true)]
        [Block]
        public class NamedAll : All;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(NamedDense))]
        public partial class NamedDenseModel;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(NamedAll))]
        public partial class NamedAllModel;

        [TensorName("Gate", "inner.{layer}", Roles = "Gate, Up")]
        [TensorName("Up", "inner.{layer}", Roles = "Gate, Up")]
        [Block]
        public class FusedDense : Dense;

        [TensorName("Gate", "inner.{layer}", Roles = "Gate, Up")]
        [TensorName("Up", "inner.{layer}", Roles = "Gate, Up")]
        [Block]
        public class FusedAll : All;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(FusedDense))]
        public partial class FusedDenseModel;

        [MoeModel(VocabularySize = 30, HiddenSize = 12, ContextLength = 40)]
        [Layers(2, typeof(FusedAll))]
        public partial class FusedAllModel;
        """;
}
