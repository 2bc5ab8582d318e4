using System.Collections.Generic;

namespace Moe.Generators.Tests;

/// <summary>The three models whose generated files are kept whole; each declares Demo.Tiny.</summary>
internal static class ModelSources
{
    /// <summary>By name; together they use every word of the language.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new SortedDictionary<string, string>
    {
        // Grouped-query attention with head norms, renormalised softmax top-2, tied head.
        ["Qwen"] = """
            [Block]
            [Attention(Heads = 6, KeyValueHeads = 2, HeadSize = 32, QueryKeyNorm = true)]
            [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
            [RoutedExperts(8, IntermediateSize = 192)]
            public class ExpertBlock;

            [MoeModel(VocabularySize = 2048, HiddenSize = 192, ContextLength = 512)]
            [Layers(3, typeof(ExpertBlock))]
            [Head(Tied = true)]
            [Checkpoint(CheckpointLayout.Qwen3Moe)]
            public sealed partial class Tiny;
            """,

        // Latent attention, sigmoid router with selection bias and groups, a shared expert, a dense first layer.
        ["LatentExperts"] = """
            [Block]
            [LatentAttention(Heads = 4, QueryRank = 36, KeyValueRank = 24, HeadSize = 16, RotarySize = 8, ValueHeadSize = 20)]
            [FeedForward(IntermediateSize = 160)]
            public class DenseBlock;

            [Router(TopK = 3, Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 4, KeptGroups = 2, GroupKey = GroupKey.SumOfBestTwo,
                OutsideGroups = OutsideGroups.Zero, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20, WeightScale = 2.5)]
            [RoutedExperts(8, IntermediateSize = 40)]
            [SharedExperts(1, IntermediateSize = 40)]
            public class ExpertBlock : DenseBlock;

            [MoeModel(VocabularySize = 512, HiddenSize = 64, ContextLength = 256)]
            [Rotary(Layout = RotaryLayout.Interleaved)]
            [Layers(1, typeof(DenseBlock))]
            [Layers(2, typeof(ExpertBlock))]
            [Checkpoint(CheckpointLayout.DeepSeekV3)]
            public partial class Tiny;
            """,

        // LayerNorm, biases everywhere, plain GELU, partial interleaved rotation, no positions, raw weights, odd sizes.
        ["OddOnes"] = """
            [Block]
            [Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
            [Attention(Heads = 3, KeyValueHeads = 1, HeadSize = 10, QueryBias = true, KeyBias = true, OutputBias = true)]
            [Rotary(Size = 6, Base = 500_000, Layout = RotaryLayout.Interleaved)]
            [FeedForward(IntermediateSize = 45, Activation = Activation.Gelu, Gated = false, Bias = true)]
            public class Plain;

            [Attention(Position = PositionEncoding.None)]
            [Router(TopK = 1, LogitBias = true, Groups = 2, KeptGroups = 1)]
            [RoutedExperts(4, IntermediateSize = 21, Activation = Activation.ReLU, Gated = false, Bias = true)]
            [SharedExperts(2, IntermediateSize = 9, Activation = Activation.GeluTanh, Bias = true)]
            public class Mixed : Plain;

            [MoeModel(VocabularySize = 77, HiddenSize = 33, ContextLength = 100)]
            [Norm(Bias = true)]
            [Layers(2, typeof(Mixed))]
            [Layers(1, typeof(Plain))]
            [Layers(1, typeof(Mixed))]
            public partial class Tiny;
            """,
    };
}
