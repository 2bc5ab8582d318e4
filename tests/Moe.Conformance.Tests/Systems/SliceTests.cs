using System;
using System.Linq;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A12 Union-of-Experts and A13 BigMac: experts cut out of one network, experts behind a narrow dispatch.</summary>
public class SliceTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 5, Activation = Activation.ReLU, Gated = false)]
        public partial class UnionOfAllSlices;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.ExpertChoice, ExpertFraction = 0.5, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 5, Activation = Activation.ReLU, Gated = false)]
        public partial class UnionOfExperts;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Weights = RouterWeights.NormalisedOverTokens, CapacityFactor = 1.5)]
        [RoutedExperts(4, IntermediateSize = 5, Activation = Activation.ReLU, Gated = false)]
        public partial class SwitchGateOfUnion;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 3)]
        [RoutedExperts(6, IntermediateSize = 8, Activation = Activation.ReLU, Gated = false, DispatchSize = 2)]
        public partial class BigMac;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 3)]
        [RoutedExperts(6, IntermediateSize = 8, Activation = Activation.ReLU, Gated = false, DispatchSize = 8)]
        public partial class BigMacWhole;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 3)]
        [RoutedExperts(6, IntermediateSize = 8, Activation = Activation.ReLU, Gated = false)]
        public partial class BigMacPlain;
        """;

    [Fact]
    public void UnionOfExperts_SumOfAllSlices_IsTheDenseNetwork()
    {
        // One matrix pair of 20 units: slice e has rows 5 e … 5 e + 4 of up and those columns of down.
        var random = new Random(4);
        double[] up = [.. Enumerable.Range(0, 20 * 8).Select(_ => (double)(float)(random.NextDouble() - 0.5))];
        double[] down = [.. Enumerable.Range(0, 8 * 20).Select(_ => (double)(float)(random.NextDouble() - 0.5))];
        SystemLayer layer = new("UnionOfAllSlices");
        for (int slice = 0; slice < 4; slice++)
        {
            int first = 5 * slice;
            layer.Set("ExpertUp", up[(first * 8)..((first + 5) * 8)], expert: slice);
            layer.Set("ExpertDown", down.Where((_, i) => i % 20 >= first && i % 20 < first + 5), expert: slice);
        }

        double[][] input = layer.Tokens(7);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
            Numbers.Near(Numbers.Linear(down, [.. Numbers.Linear(up, input[token]).Select(u => Math.Max(0, u))]), answer.Emitted[token], 1e-5);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(2)]
    public void UnionOfExperts_EachExpert_TakesHalfOfThePositionsBestFirst(int tokens)
    {
        SystemLayer layer = new("UnionOfExperts");
        double[][] input = layer.Tokens(tokens);
        LayerAnswer answer = layer.Run(input);
        double[][] scores = [.. input.Select(row => Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), row)))];
        for (int expert = 0; expert < 4; expert++)
        {
            int[] taken = [.. Enumerable.Range(0, tokens).Where(token => answer.Experts(token).Contains(expert))];
            Assert.Equal(tokens / 2, taken.Length);
            Assert.Equal(Numbers.Best([.. scores.Select(row => row[expert])], tokens / 2).Order(), taken);
        }

        // Added without a weight; a position that nobody took stays 0.
        for (int token = 0; token < tokens; token++)
            Numbers.Near(Numbers.Sum(8, answer.Experts(token).Select(expert => (1.0, Numbers.Plain(layer, "Expert", expert, input[token])))), answer.Rows[token], 1e-12);
    }

    [Fact]
    public void UnionOfExperts_SwitchGate_DividesByTheSumOverTokensTimesTheCapacity()
    {
        SystemLayer layer = new("SwitchGateOfUnion");
        double[][] input = layer.Tokens(9);
        LayerAnswer answer = layer.Run(input);
        double[][] masked = [.. input.Select(row =>
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), row));
            int[] best = Numbers.Best(scores, 2);
            return scores.Select((score, expert) => best.Contains(expert) ? score : 0).ToArray();
        })];
        double capacity = Math.Floor(1.5 * 9);
        for (int token = 0; token < input.Length; token++)
        {
            foreach ((int expert, double weight) in answer.Choice(token))
                Assert.Equal(masked[token][expert] / (masked.Sum(row => row[expert]) + 1e-6) * capacity, weight, 1e-9);
        }
    }

    [Fact]
    public void BigMac_OnRandomTokens_RoutesOnTheWholeRowAndComputesOnTheNarrowOne()
    {
        SystemLayer layer = new("BigMac");
        double[][] input = layer.Tokens(7);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            double[] narrow = Numbers.Linear(layer.Weight("DispatchDown"), input[token]);
            Assert.Equal(2, narrow.Length);
            double[] sum = Numbers.Sum(2, Numbers.Best(scores, 3).Select(expert => (scores[expert], Numbers.Plain(layer, "Expert", expert, narrow))));
            Numbers.Near(Numbers.Linear(layer.Weight("DispatchUp"), sum), answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void BigMac_WholeWidthWithUnitProjections_EqualsThePlainLayer()
    {
        SystemLayer whole = new SystemLayer("BigMacWhole").Set("DispatchDown", Numbers.Identity(8)).Set("DispatchUp", Numbers.Identity(8));
        double[][] input = whole.Tokens(7);
        LayerAnswer expected = new SystemLayer("BigMacPlain").Run(input);
        LayerAnswer found = whole.Run(input);
        for (int token = 0; token < input.Length; token++)
            Numbers.Near(expected.Rows[token], found.Emitted[token], 1e-5);
    }
}
