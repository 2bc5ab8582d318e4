using System;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A23 Moirai-MoE and A10 MoE-X: the router compares the token with what the experts are.</summary>
public class CentroidTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Distance, CentroidOrder = CentroidOrder.Nearest, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(32, IntermediateSize = 6, Bias = true)]
        public partial class MoiraiPaper;

        [Router(CentroidOrder = CentroidOrder.Farthest)]
        [MoeLayer] public partial class MoiraiReleased : MoiraiPaper;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.SparsityAware, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 64, Activation = Activation.ReLU, Gated = false)]
        public partial class MoeX;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 16, Activation = Activation.ReLU, Gated = false)]
        public partial class MoeXAll;
        """;

    [Theory]
    [InlineData("MoiraiPaper", -1)]
    [InlineData("MoiraiReleased", 1)]
    public void Moirai_BothOrders_WeighTheTwoBestDistances(string name, double sign)
    {
        SystemLayer layer = new(name);
        double[] centroids = layer.Weight("RouterVectors");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] distances = [.. Enumerable.Range(0, 32).Select(i => Math.Sqrt(input[token].Select((x, column) => Math.Pow(x - centroids[(i * 8) + column], 2)).Sum()))];
            double[] keys = Numbers.Times(sign, distances);
            int[] best = Numbers.Best(keys, 2);
            double[] shares = Numbers.Softmax([keys[best[0]], keys[best[1]]]);
            Assert.Equal(best.Order(), answer.Experts(token));
            for (int slot = 0; slot < 2; slot++)
                Assert.Equal(shares[slot], answer.Choice(token).Single(choice => choice.Expert == best[slot]).Weight, 1e-9);
            double[] expected = Numbers.Sum(8, best.Zip(shares, (expert, share) => (share, Expert(layer, expert, input[token]))));
            Numbers.Near(expected, answer.Rows[token], 1e-9);
        }
    }

    [Fact]
    public void Moirai_Router_MultipliesNoMatrixOfItsOwn()
    {
        Graph graph = new SystemLayer("MoiraiPaper").Graph.Blocks.Single();
        Assert.DoesNotContain(graph.Weights, weight => weight.Role == "Router");
    }

    [Fact]
    public void MoeX_WhereUnitsAreClearlyOnOrOff_ChoosesTheExpertWithTheFewestPositiveUnits()
    {
        // Rows of expert e lie around (e − 1.5) · c with little noise, so that the Gaussian of an expert is narrow and the
        // expected share of positive units equals the count almost everywhere. The exact count is the brute force.
        SystemLayer layer = new("MoeX");
        var random = new Random(3);
        for (int expert = 0; expert < 4; expert++)
            layer.Set("ExpertUp", Enumerable.Range(0, 64 * 8).Select(_ => (0.4 * (expert - 1.5)) + random.NextDouble() - 0.5), expert: expert);
        double[][] input = [.. layer.Tokens(40, 9).Where(row => Math.Abs(row.Sum()) > 1.5)];
        Assert.True(input.Length >= 10);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            int[] counts = [.. Enumerable.Range(0, 4).Select(expert => Numbers.Linear(layer.Weight("ExpertUp", expert), input[token]).Count(unit => unit > 0))];
            Assert.Equal([Array.IndexOf(counts, counts.Min())], answer.Experts(token));
        }
    }

    [Fact]
    public void MoeX_OnRandomExperts_ChoosesNearlyTheSparsest()
    {
        // The declared score is an approximation: it need not find the minimum, but on average it comes close to it.
        SystemLayer layer = new("MoeX");
        double[][] input = layer.Tokens(60, 5);
        LayerAnswer answer = layer.Run(input);
        double chosen = 0;
        double mean = 0;
        double least = 0;
        for (int token = 0; token < input.Length; token++)
        {
            int[] counts = [.. Enumerable.Range(0, 4).Select(expert => Numbers.Linear(layer.Weight("ExpertUp", expert), input[token]).Count(unit => unit > 0))];
            chosen += counts[answer.Experts(token)[0]];
            mean += counts.Average();
            least += counts.Min();
        }

        Assert.True(chosen - least < 0.5 * (mean - least), $"chosen {chosen}, least {least}, mean {mean}");
    }

    [Fact]
    public void MoeX_AllExpertsTogether_AreOneWideNetwork()
    {
        SystemLayer layer = new("MoeXAll");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            // 64 units: up rows one below the other, down columns side by side.
            double[] inner = [.. Enumerable.Range(0, 4).SelectMany(expert => Numbers.Linear(layer.Weight("ExpertUp", expert), input[token])).Select(u => Math.Max(0, u))];
            double[] expected = [.. Enumerable.Range(0, 8).Select(row => inner.Select((u, unit) => u * layer.Weight("ExpertDown", unit / 16)[(row * 16) + (unit % 16)]).Sum())];
            Numbers.Near(expected, answer.Emitted[token], 1e-5);
        }
    }

    private static double[] Expert(SystemLayer layer, int expert, double[] x)
    {
        double[] gate = Numbers.Linear(layer.Weight("ExpertGate", expert), x, layer.Weight("ExpertGateBias", expert));
        double[] up = Numbers.Linear(layer.Weight("ExpertUp", expert), x, layer.Weight("ExpertUpBias", expert));
        return Numbers.Linear(layer.Weight("ExpertDown", expert), [.. gate.Zip(up, (g, u) => Numbers.SiLU(g) * u)], layer.Weight("ExpertDownBias", expert));
    }
}
