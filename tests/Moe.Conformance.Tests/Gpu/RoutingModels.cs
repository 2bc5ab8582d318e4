namespace Moe.Conformance.Tests.Gpu;

/// <summary>Declarations whose layers go through every choice of every router stage and every kind of expert; a layer a choice.</summary>
public static partial class RoutingModels
{
    /// <summary>Names of the models, which are their namespaces.</summary>
    public static TheoryData<string> Names => [nameof(Groups), nameof(Scores), nameof(Logits), nameof(Limits), nameof(Requests)];

    /// <summary>A model's source text.</summary>
    public static string Of(string name) => name switch
    {
        nameof(Groups) => Groups,
        nameof(Scores) => Scores,
        nameof(Logits) => Logits,
        nameof(Limits) => Limits,
        _ => Requests,
    };

    /// <summary>Groups of experts of all kinds, gates of shared experts, weights on the input.</summary>
    public const string Groups = """
        using Moe;

        namespace Groups;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(5, IntermediateSize = 11)]
        [SharedExperts(1, IntermediateSize = 7, Gate = SharedGate.Sigmoid)]
        public class B0;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, MaxSelected = 4, FirstRank = 1, Weights = RouterWeights.SoftmaxOfChosen, LogitBias = true)]
        [RoutedExperts(7, IntermediateSize = 9, Bias = true, Gated = false)]
        [SharedExperts(2, IntermediateSize = 5, Gate = SharedGate.SigmoidPerExpert)]
        public class B1;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 3, Weights = RouterWeights.ZeroedRenormalised, Logits = RouterLogits.Mlp, RouterSize = 6, Standardise = 1.5, WeightScale = 1.25)]
        [RoutedExperts(4, Name = "Big", IntermediateSize = 9)]
        [RoutedExperts(2, Name = "Small", IntermediateSize = 3)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        [SharedExperts(1, IntermediateSize = 7, Gate = SharedGate.Residual)]
        public class B2;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 5, Weights = RouterWeights.SigmoidOfChosen, WeightsOn = WeightsOn.Input)]
        [RoutedExperts(5, IntermediateSize = 6)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        public class B3;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(1, typeof(B0))]
        [Layers(1, typeof(B1))]
        [Layers(1, typeof(B2))]
        [Layers(1, typeof(B3))]
        public partial class Model;
        """;

    /// <summary>Scores and selections.</summary>
    public const string Scores = """
        using Moe;

        namespace Scores;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Score = RouterScore.Sparsemax, Selection = RouterSelection.Threshold, Threshold = 0, Temperature = 0.5)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B0;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Score = RouterScore.Entmax15, Selection = RouterSelection.Threshold, Threshold = 0.05, MaxSelected = 3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B1;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Score = RouterScore.SparseMixer, TopK = 2)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B2;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Selection = RouterSelection.TopP, TopP = 0.6, MinSelected = 1, MaxSelected = 4, LearnedTemperature = true)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B3;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Selection = RouterSelection.EntropySwitched, TopP = 0.7, EntropyThreshold = 0.9, NormaliseEntropy = true, TopPRule = TopPRule.SumAtMost, EntropyEpsilon = 1e-5, MinSelected = 1)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B4;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Selection = RouterSelection.All, Score = RouterScore.Sigmoid)]
        [RoutedExperts(4, IntermediateSize = 5, Merge = ExpertMerge.Weights)]
        public class B5;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(1, typeof(B0))]
        [Layers(1, typeof(B1))]
        [Layers(1, typeof(B2))]
        [Layers(1, typeof(B3))]
        [Layers(1, typeof(B4))]
        [Layers(1, typeof(B5))]
        public partial class Model;
        """;

    /// <summary>Logits, what flows between layers, adjustments.</summary>
    public const string Logits = """
        using Moe;

        namespace Logits;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Gru, RouterSize = 5)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B0;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Gru, RouterSize = 5, LogitActivation = Activation.Tanh)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B1;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Cosine, RouterSize = 7, LogitBias = true, LogitResidual = true)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B2;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.ScaledDot, LogitResidual = true)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B3;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Distance, Weights = RouterWeights.CalibratedRenormalised, SelectionBias = true)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B4;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Tree, Permuted = true, StepWidth = 4)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B5;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.BinarySelectors, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(6, IntermediateSize = 5)]
        public class B6;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Input = RouterInput.PreviousHiddenState, Groups = 3, KeptGroups = 2, MinimumSum = 0.3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(6, IntermediateSize = 5, DispatchSize = 6)]
        public class B7;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(1, typeof(B0))]
        [Layers(1, typeof(B1))]
        [Layers(1, typeof(B2))]
        [Layers(1, typeof(B3))]
        [Layers(1, typeof(B4))]
        [Layers(1, typeof(B5))]
        [Layers(1, typeof(B6))]
        [Layers(1, typeof(B7))]
        public partial class Model;
        """;
}
