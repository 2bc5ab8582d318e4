namespace Moe.Conformance.Tests.Gpu;

/// <content>Limits and requests.</content>
public static partial class RoutingModels
{
    /// <summary>Choices in which tokens compete.</summary>
    public const string Limits = """
        using Moe;

        namespace Limits;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised, Capacity = 2, MayLookAhead = true)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B0;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, CapacityFactor = 1, MinCapacity = 1, CapacityPriority = CapacityPriority.Position)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B1;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, CapacityFactor = 1, MinCapacity = 1, CapacityPriority = CapacityPriority.Probability, CapacityRounding = CapacityRounding.Tutel, MayLookAhead = true)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B2;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, CapacityFactor = 0.8, CapacityPriority = CapacityPriority.BatchPriority, CapacityRounding = CapacityRounding.MoePlusPlus, MayLookAhead = true, Over = TokenGroup.Call)]
        [RoutedExperts(4, IntermediateSize = 5)]
        [ZeroExperts(1)]
        public class B3;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, CapacityFactor = 1, MinCapacity = 1, CapacityPriority = CapacityPriority.Random, Seed = 3, MayLookAhead = true)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B4;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(Selection = RouterSelection.ExpertChoice, ExpertFraction = 0.4, MayLookAhead = true)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B5;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Weights = RouterWeights.NormalisedOverTokens, CapacityFactor = 1.5, MayLookAhead = true)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B6;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(1, typeof(B0))]
        [Layers(1, typeof(B1))]
        [Layers(1, typeof(B2))]
        [Layers(1, typeof(B3))]
        [Layers(1, typeof(B4))]
        [Layers(1, typeof(B5))]
        [Layers(1, typeof(B6))]
        public partial class Model;
        """;

    /// <summary>What requests and tokens bring, draws, tables, low-rank experts, momentum.</summary>
    public const string Requests = """
        using Moe;

        namespace Requests;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Table, Input = RouterInput.TokenId, Weights = RouterWeights.One)]
        [LoraExperts(4, Rank = 2, Alpha = 4)]
        [FeedForward(IntermediateSize = 5, Bias = true, Gated = false)]
        [Momentum(Momentum = 0.7)]
        public class B0;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 1, MaxSelected = 3, Input = RouterInput.Tag, LogitBias = true, RequestBias = 0.5)]
        [RoutedExperts(4, IntermediateSize = 5)]
        [Momentum(Adam = true, Momentum = 0.7)]
        public class B1;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 4, Logits = RouterLogits.Random, Seed = 5, Weights = RouterWeights.One, WeightScale = 0.5)]
        [RoutedExperts(5, IntermediateSize = 5)]
        public class B2;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 2, Logits = RouterLogits.Random, Seed = 6, RandomScope = RandomScope.Sequence, Weights = RouterWeights.One, WeightScale = 0.5)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B3;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 1, MaxSelected = 3, Input = RouterInput.Embedding)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B4;

        [Block]
        [Attention(Heads = 2, KeyValueHeads = 1, HeadSize = 4)]
        [Rotary]
        [Router(TopK = 1, MaxSelected = 3, Logits = RouterLogits.SparsityAware)]
        [RoutedExperts(4, IntermediateSize = 5)]
        public class B5;

        [MoeModel(VocabularySize = 23, HiddenSize = 12, ContextLength = 64, Tags = 3)]
        [Checkpoint(CheckpointLayout.Native)]
        [Layers(1, typeof(B0))]
        [Layers(1, typeof(B1))]
        [Layers(1, typeof(B2))]
        [Layers(1, typeof(B3))]
        [Layers(1, typeof(B4))]
        [Layers(1, typeof(B5))]
        public partial class Model;
        """;
}
