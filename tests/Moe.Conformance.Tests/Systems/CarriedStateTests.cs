using System;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A3 RMoE, A8 Read-ME, A9 Pre-gated MoE, A11 MomentumSMoE: something flows from layer to layer.</summary>
public class CarriedStateTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Gru, RouterSize = 5, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(8, IntermediateSize = 6)]
        public partial class RecurrentMoe;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Rnn, RouterSize = 5, Weights = RouterWeights.Renormalised, WeightScale = 0.5)]
        [RoutedExperts(8, IntermediateSize = 6)]
        [SharedExperts(1, IntermediateSize = 6, Scale = 0.5)]
        public partial class RecurrentMoeMixed;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 2, Logits = RouterLogits.Gru, RouterSize = 5, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(8, IntermediateSize = 6)]
        public class RecurrentBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(1, typeof(RecurrentBlock))]
        public partial class RecurrentOneLayer;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(3, typeof(RecurrentBlock))]
        public partial class RecurrentThreeLayers;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 1, Input = RouterInput.Embedding, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public class DecoupledBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(4, typeof(DecoupledBlock))]
        public partial class ReadMe;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 1)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public class FirstGateBlock;

        [Router(TopK = 1, Input = RouterInput.PreviousHiddenState)]
        public class PreGatedBlock : FirstGateBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(1, typeof(FirstGateBlock))]
        [Layers(2, typeof(PreGatedBlock))]
        public partial class PreGated;

        [MoeLayer(HiddenSize = 8, Residual = LayerResidual.PreNorm)]
        [Router(TopK = 1, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(2, IntermediateSize = 3, Gated = false, Bias = true)]
        [Momentum(Momentum = 0.7, StepSize = 1)]
        public partial class MomentumSmoe;

        [Momentum(Adam = true, Momentum = 0.7, CancelsResidual = true)]
        [MoeLayer] public partial class AdamSmoeReleased : MomentumSmoe;

        [Momentum(Adam = true, Momentum = 0.7)]
        [MoeLayer] public partial class AdamSmoePaper : MomentumSmoe;

        [MoeLayer(HiddenSize = 8, Residual = LayerResidual.PostNorm)]
        [Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(16, IntermediateSize = 3, Gated = false, Bias = true)]
        [Momentum(Momentum = 0.7)]
        public partial class MomentumSmoePostNorm;
        """;

    [Fact]
    public void RecurrentMoe_ThreeLayers_AgreeWithACellWrittenOut()
    {
        SystemLayer layer = new("RecurrentMoe");
        double[][] rows = layer.Tokens(6);
        double[][] state = [.. rows.Select(_ => new double[5])];
        for (int depth = 0; depth < 3; depth++)
        {
            LayerAnswer answer = layer.Run(layer.Tokens(6), depth + 1);
            for (int token = 0; token < rows.Length; token++)
            {
                state[token] = Gru(layer, Numbers.Linear(layer.Weight("RouterDown", layer: depth), rows[token]), state[token]);
                double[] logits = Numbers.Linear(layer.Weight("Router", layer: depth), state[token]);
                Numbers.Near(logits, answer.Trace.Decisions[(depth, token)].Logits, 1e-9);
                double[] scores = Numbers.Softmax(logits);
                int[] best = Numbers.Best(scores, 2);
                double sum = best.Sum(expert => scores[expert]);
                double[] next = Numbers.Sum(8, best.Select(expert => (scores[expert] / sum, Numbers.Gated(layer, "Expert", expert, rows[token], depth))));
                Numbers.Near(next, answer.Rows[token], 1e-9);
                rows[token] = next;
            }
        }
    }

    [Fact]
    public void RecurrentMoe_PermutedTokens_GivePermutedOutputs()
    {
        SystemLayer layer = new("RecurrentMoe");
        double[][] input = layer.Tokens(6);
        float[][] forward = layer.Run(input, 3).Emitted;
        float[][] backward = layer.Run([.. input.Reverse()], 3).Emitted;
        Assert.Equal(forward, backward.Reverse());
    }

    [Fact]
    public void RecurrentMoe_CellParameters_AreCountedOnce()
    {
        const long Cell = (3 * 5 * 5 * 2) + (3 * 5 * 2);
        long one = SystemAssembly.Constant("RecurrentOneLayer", "TotalParameters");
        long three = SystemAssembly.Constant("RecurrentThreeLayers", "TotalParameters");
        // Two more layers: attention 4·8·8, norms 2·8, RouterDown 5·8, Router 8·5, experts 8·3·8·6, no cell.
        Assert.Equal(2 * ((4 * 64) + 16 + 40 + 40 + (8 * 3 * 48)), three - one);
        Assert.Equal(Cell, one - (2 * 20 * 8) - 8 - ((three - one) / 2));
    }

    [Fact]
    public void RecurrentMoe_MixedWithASharedExpert_HalvesBoth()
    {
        SystemLayer layer = new("RecurrentMoeMixed");
        double[][] input = layer.Tokens(4);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] cell = Numbers.Linear(layer.Weight("RouterCellInput"), Numbers.Linear(layer.Weight("RouterDown"), input[token]), layer.Weight("RouterCellInputBias"));
            double[] state = [.. cell.Zip(layer.Weight("RouterCellStateBias"), (own, bias) => Math.Tanh(own + bias))];
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), state));
            int[] best = Numbers.Best(scores, 2);
            double sum = best.Sum(expert => scores[expert]);
            double[] expected = Numbers.Sum(8, best.Select(expert => (0.5 * scores[expert] / sum, Numbers.Gated(layer, "Expert", expert, input[token])))
                .Append((0.5, Numbers.Gated(layer, "Shared", -1, input[token]))));
            Numbers.Near(expected, answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void ReadMe_EveryToken_HasOneExpertInAllLayers()
    {
        SystemModel model = new("ReadMe");
        (Trace trace, Recording recording) = model.Run([[3, 1, 4, 1, 5, 9, 2, 6]]);
        // Four layers show the one choice; no block holds a router of its own.
        for (int token = 0; token < 8; token++)
        {
            int[] chosen = [.. Enumerable.Range(0, 4).Select(layer => recording.Chosen[(layer, token)].Single())];
            Assert.Single(chosen.Distinct());
            Assert.Equal(recording.OwnChoice[(-1, token)].Single(), chosen[0]);
            Assert.Equal(chosen, Enumerable.Range(0, 4).Select(layer => trace.Decisions[(layer, token)].Chosen.Single()));
        }

        Assert.All(recording.Weights.Values, weights => Assert.Equal([1f], weights));
        Assert.DoesNotContain(model.Graph.Blocks.Single().Weights, weight => weight.Role.StartsWith("Router", StringComparison.Ordinal));
        // Equal ids have equal embeddings: token 1 stands at positions 1 and 3.
        Assert.Equal(recording.Chosen[(0, 1)], recording.Chosen[(0, 3)]);
    }

    [Fact]
    public void PreGated_LaterLayers_ChooseByTheInputOfTheLayerBefore()
    {
        SystemModel model = new("PreGated");
        (Trace trace, Recording recording) = model.Run([[3, 1, 4, 1, 5, 9, 2, 6]]);
        Assert.NotEmpty(trace.Decisions);
        // The gate of layer 1 on the hidden state that layer 0's experts saw: layer 0's own gate reads the same rows, so
        // with equal gate weights both layers choose alike.
        (_, Recording same) = model.Run([[3, 1, 4, 1, 5, 9, 2, 6]], name => name.Replace("layers.1.mlp.gate", "layers.0.mlp.gate", StringComparison.Ordinal));
        for (int token = 0; token < 8; token++)
        {
            Numbers.Near([.. same.RouterLogits[(0, token)].Select(z => (double)z)], same.RouterLogits[(1, token)], 1e-6);
            Assert.Equal(same.Chosen[(0, token)], same.Chosen[(1, token)]);
        }

        Assert.NotEqual(same.RouterLogits[(0, 5)], same.RouterLogits[(2, 5)]);
        Assert.NotEqual(recording.RouterLogits[(0, 5)], recording.RouterLogits[(1, 5)]);
    }

    [Fact]
    public void PreGated_FirstExpertLayerWithoutAGateBefore_IsRefused()
    {
        const string Source = """
            using Moe;

            namespace Refused;

            [Block]
            [Attention(Heads = 2)]
            [Router(TopK = 1, Input = RouterInput.PreviousHiddenState)]
            [RoutedExperts(4, IntermediateSize = 6)]
            public class Gate;

            [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
            [Layers(3, typeof(Gate))]
            public partial class Model;
            """;
        var refusal = Assert.Throws<InvalidOperationException>(() => DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Refused.Model"));
        Assert.Contains("MOE309", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MomentumSmoe_OnTheNumbersOfTheFile_GivesThem()
    {
        // x = 1, o = 0.1, 0.2, 0.3, μ = 0.7, γ = 1: 0.9, 0.63, 0.141
        SystemLayer layer = Constant("MomentumSmoe", 0.1, 0.2, 0.3);
        double[][] ones = [[1, 1, 1, 1, 1, 1, 1, 1]];
        double[] expected = [0.9, 0.63, 0.141];
        for (int depth = 1; depth <= 3; depth++)
        {
            LayerAnswer answer = layer.Run(ones, depth);
            Assert.All(answer.Rows[0], element => Assert.Equal(expected[depth - 1], element, 1e-7));
            Assert.All(answer.Emitted[0], element => Assert.Equal(expected[depth - 1], element, 1e-6));
        }
    }

    [Theory]
    [InlineData("AdamSmoeReleased", 0)]
    [InlineData("AdamSmoePaper", 1)]
    public void AdamSmoe_FirstStep_HasTheMagnitudeOfTheFile(string name, double kept)
    {
        // o = 0.5: a = 0.05, v = 0.00025, a / sqrt(v + 1e-8) = 3.16221; the released layer loses x.
        LayerAnswer answer = Constant(name, 0.5).Run([[1, 1, 1, 1, 1, 1, 1, 1]]);
        Assert.All(answer.Rows[0], element => Assert.Equal(kept - 3.16221, element, 1e-5));
        Assert.All(answer.Emitted[0], element => Assert.Equal(kept - 3.16221, element, 1e-5));
    }

    [Fact]
    public void AdamSmoe_MomentumBehindTheAdamLayer_GoesOn()
    {
        // The state that the Adam layer leaves: momentum 0.5, first moment 0.05, second 0.00025, in the order of Carried.
        SystemLayer layer = Constant("AdamSmoePaper", 0.5);
        using var emitted = layer.Load();
        var rows = new float[] { 1, 1, 1, 1, 1, 1, 1, 1 };
        var state = new float[emitted.Shape.StateSize];
        emitted.Forward(rows, rows, new Moe.Runtime.Models.LayerCall { NewState = state });
        Assert.Equal(24, state.Length);
        Assert.Equal([0.5, 0.05, 0.00025], state.Chunk(8).Select(part => Math.Round(part[0], 7)));
    }

    [Fact]
    public void MomentumSmoe_PostNorm_NormalisesWhatIsLeft()
    {
        // layer norm of x − m: mean 0, variance 1 before weight and bias, which are 1 and 0 here
        SystemLayer layer = new SystemLayer("MomentumSmoePostNorm").Fill("FeedForwardNorm", 1).Fill("FeedForwardNormBias", 0);
        double[][] input = layer.Tokens(3);
        LayerAnswer answer = layer.Run(input, 2);
        for (int token = 0; token < input.Length; token++)
        {
            Assert.Equal(0, answer.Rows[token].Average(), 1e-9);
            Assert.Equal(1, answer.Rows[token].Average(element => element * element), 1e-3);
        }
    }

    // Experts that answer one number whatever they see: a down bias a layer.
    private static SystemLayer Constant(string name, params double[] answers)
    {
        SystemLayer layer = new SystemLayer(name).Fill("ExpertDown", 0);
        for (int depth = 0; depth < answers.Length; depth++)
            layer.Fill("ExpertDownBias", answers[depth], depth);
        return layer;
    }

    private static double[] Gru(SystemLayer layer, double[] x, double[] h)
    {
        double[] own = Numbers.Linear(layer.Weight("RouterCellInput"), x, layer.Weight("RouterCellInputBias"));
        double[] kept = Numbers.Linear(layer.Weight("RouterCellState"), h, layer.Weight("RouterCellStateBias"));
        var next = new double[h.Length];
        for (int i = 0; i < h.Length; i++)
        {
            double r = Numbers.Sigmoid(own[i] + kept[i]);
            double c = Numbers.Sigmoid(own[h.Length + i] + kept[h.Length + i]);
            double n = Math.Tanh(own[(2 * h.Length) + i] + (r * kept[(2 * h.Length) + i]));
            next[i] = ((1 - c) * n) + (c * h[i]);
        }

        return next;
    }
}
