using System;
using System.Linq;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A2 DeepSeekMoE, A24 Time-MoE, A25 DiT-MoE and the residual half of A26 PR-MoE: a dense path beside the routed one.</summary>
public class SharedExpertTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 3)]
        [SharedExperts(2, IntermediateSize = 5)]
        [RoutedExperts(8, IntermediateSize = 5)]
        public partial class DeepSeekMoe;

        [Block]
        [Attention(Heads = 16)]
        [Router(TopK = 6)]
        [SharedExperts(2, IntermediateSize = 1408)]
        [RoutedExperts(64, IntermediateSize = 1408)]
        public class DeepSeekExpertBlock;

        [Block]
        [Attention(Heads = 16)]
        [FeedForward(IntermediateSize = 10_944)]
        public class DeepSeekDenseBlock;

        [MoeModel(VocabularySize = 102_400, HiddenSize = 2048, ContextLength = 4096)]
        [Layers(1, typeof(DeepSeekDenseBlock))]
        [Layers(27, typeof(DeepSeekExpertBlock))]
        public partial class DeepSeekMoe16B;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2)]
        [SharedExperts(1, IntermediateSize = 24, Gate = SharedGate.Sigmoid)]
        [RoutedExperts(4, IntermediateSize = 24 / 2)]
        public partial class TimeMoe;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2)]
        [SharedExperts(2, IntermediateSize = 8)]
        [RoutedExperts(4, IntermediateSize = 32)]
        public partial class DitMoe;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1)]
        [SharedExperts(1, IntermediateSize = 12, Activation = Activation.ReLU, Gated = false, Gate = SharedGate.Residual)]
        [RoutedExperts(4, IntermediateSize = 12, Activation = Activation.ReLU, Gated = false)]
        public partial class ResidualMoe;
        """;

    [Fact]
    public void DeepSeekMoe_OnRandomTokens_IsSharedPlusRawWeightedExperts()
    {
        SystemLayer layer = new("DeepSeekMoe");
        double[][] input = layer.Tokens(7);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            int[] best = Numbers.Best(scores, 3);
            double[] expected = Numbers.Sum(8, best.Select(expert => (scores[expert], Numbers.Gated(layer, "Expert", expert, input[token])))
                .Append((1, Numbers.Gated(layer, "Shared", -1, input[token]))));
            Numbers.Near(expected, answer.Rows[token], 1e-12);
            Assert.True(answer.Choice(token).Sum(slot => slot.Weight) < 1);
        }
    }

    [Fact]
    public void DeepSeekMoe_SharedPath_DoesNotDependOnTheRouter()
    {
        // Routed experts that answer 0 leave the shared path; another router changes no bit of it.
        SystemLayer layer = new SystemLayer("DeepSeekMoe").Fill("ExpertDown", 0);
        double[][] input = layer.Tokens(5);
        float[][] first = layer.Run(input).Emitted;
        float[][] second = layer.Fill("Router", 0.25).Run(input).Emitted;
        Assert.Equal(first, second);
        Assert.Contains(first[0], element => element != 0);
    }

    [Fact]
    public void DeepSeekMoe_SizesOfTheReleasedModel_GiveThePublishedCounts()
    {
        Assert.Equal(16_375_728_128, SystemAssembly.Constant("DeepSeekMoe16B", "TotalParameters"));
        Assert.Equal(2_828_650_496, SystemAssembly.Constant("DeepSeekMoe16B", "ActiveParameters"));
    }

    [Fact]
    public void TimeMoe_WithAZeroGate_GivesHalfOfTheSharedExpert()
    {
        SystemLayer layer = new SystemLayer("TimeMoe").Fill("SharedSwitch", 0).Fill("ExpertDown", 0);
        double[][] input = layer.Tokens(5);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
            Numbers.Near(Numbers.Times(0.5, Numbers.Gated(layer, "Shared", -1, input[token])), answer.Rows[token], 1e-14);
    }

    [Fact]
    public void TimeMoe_OnRandomTokens_GatesTheSharedExpertAndKeepsRawWeights()
    {
        SystemLayer layer = new("TimeMoe");
        double[][] input = layer.Tokens(5);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            double gate = Numbers.Sigmoid(Numbers.Linear(layer.Weight("SharedSwitch"), input[token])[0]);
            double[] expected = Numbers.Sum(8, Numbers.Best(scores, 2).Select(expert => (scores[expert], Numbers.Gated(layer, "Expert", expert, input[token])))
                .Append((gate, Numbers.Gated(layer, "Shared", -1, input[token]))));
            Numbers.Near(expected, answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void DitMoe_FusedSharedExperts_EqualTheSumOfTwoNetworksOfHalfTheWidth()
    {
        SystemLayer layer = new SystemLayer("DitMoe").Fill("ExpertDown", 0);
        double[] gate = layer.Weight("SharedGate");
        double[] up = layer.Weight("SharedUp");
        double[] down = layer.Weight("SharedDown");
        Assert.Equal(16 * 8, gate.Length);
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] expected = Numbers.Sum(8, Enumerable.Range(0, 2).Select(half => (1.0, Half(half, input[token]))));
            Numbers.Near(expected, answer.Emitted[token], 1e-5);
        }

        // Rows of gate and up, columns of down: 8 of the 16 units.
        double[] Half(int half, double[] x)
        {
            double[] inner = [.. Numbers.Linear(gate[(half * 64)..((half + 1) * 64)], x)
                .Zip(Numbers.Linear(up[(half * 64)..((half + 1) * 64)], x), (g, u) => Numbers.SiLU(g) * u)];
            double[] columns = [.. down.Where((_, i) => i % 16 / 8 == half)];
            return Numbers.Linear(columns, inner);
        }
    }

    [Fact]
    public void ResidualMoe_Coefficients_SumToOne()
    {
        // With both networks answering the constant 1 by c₀ + c₁: routed weight is the raw probability, made 1 by its logits.
        SystemLayer layer = new("ResidualMoe");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        double[] bias = layer.Weight("SharedMixBias");
        for (int token = 0; token < input.Length; token++)
        {
            double[] mix = Numbers.Softmax(Numbers.Linear(layer.Weight("SharedMix"), input[token], bias));
            Assert.Equal(1, mix.Sum(), 1e-12);
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            int best = Numbers.Best(scores, 1)[0];
            double[] expected = Numbers.Sum(8, [
                (mix[0] * scores[best], Numbers.Plain(layer, "Expert", best, input[token])),
                (mix[1], Numbers.Plain(layer, "Shared", -1, input[token])),
            ]);
            Numbers.Near(expected, answer.Rows[token], 1e-12);
        }
    }

}
