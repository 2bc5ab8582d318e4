using System;
using System.Linq;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A33 Mixture-of-Supernets in its layer-wise form, and SMEAR: experts mixed in weight space.</summary>
public class MergeTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All)]
        [RoutedExperts(3, IntermediateSize = 12, Merge = ExpertMerge.Weights)]
        public partial class Smear;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All)]
        [RoutedExperts(3, IntermediateSize = 12)]
        public partial class SoftMixture;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All, RequestBias = 1)]
        [RoutedExperts(3, IntermediateSize = 12, Activation = Activation.ReLU, Gated = false, Bias = true, Merge = ExpertMerge.Weights)]
        public partial class Supernet;
        """;

    [Fact]
    public void Smear_OnRandomTokens_IsOneNetworkOfMixedWeights()
    {
        SystemLayer layer = new("Smear");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] shares = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            double[] inner = [.. Numbers.Linear(Mixed(layer, "ExpertGate", shares), input[token])
                .Zip(Numbers.Linear(Mixed(layer, "ExpertUp", shares), input[token]), (gate, up) => Numbers.SiLU(gate) * up)];
            double[] expected = Numbers.Linear(Mixed(layer, "ExpertDown", shares), inner);
            Numbers.Near(expected, answer.Rows[token], 1e-12);
            Numbers.Near(expected, answer.Emitted[token], 1e-5);
        }
    }

    [Fact]
    public void Smear_SumOfTheExpertsAnswers_IsSomethingElse()
    {
        SystemLayer merged = new("Smear");
        double[][] input = merged.Tokens(6);
        double[][] left = merged.Run(input).Rows;
        double[][] right = new SystemLayer("SoftMixture").Run(input).Rows;
        Assert.All(left.Zip(right), rows => Assert.True(rows.First.Zip(rows.Second, (a, b) => Math.Abs(a - b)).Max() > 1e-3));
    }

    [Fact]
    public void Smear_OneShareOfOne_IsThatExpert()
    {
        // exp(−200) is 0 in float32 and lost beside 1 in double precision.
        SystemLayer layer = new SystemLayer("Smear").Logits(0, 200, 0);
        double[][] input = layer.FirstUnit();
        LayerAnswer answer = layer.Run(input);
        Numbers.Near(Numbers.Gated(layer, "Expert", 1, input[0]), answer.Rows[0], 1e-12);
    }

    [Fact]
    public void Smear_EqualExperts_AreOneOfThemWhateverTheShares()
    {
        SystemLayer layer = new("Smear");
        foreach (string role in new[] { "ExpertGate", "ExpertUp", "ExpertDown" })
            layer.Set(role, layer.Weight(role, 0));
        double[][] input = layer.Tokens(5);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
            Numbers.Near(Numbers.Gated(layer, "Expert", 0, input[token]), answer.Rows[token], 1e-12);
    }

    [Fact]
    public void Supernet_SharesOfARequest_MakeOneNetworkForAllItsTokens()
    {
        // The architecture's router runs outside, once: its logits are the request's bias, and the layer's own are zero.
        double[] architecture = [0.3, -1.2, 0.8];
        SystemLayer layer = new SystemLayer("Supernet").Fill("Router", 0);
        double[] shares = Numbers.Softmax([.. architecture.Select(logit => (double)(float)logit)]);
        double[] up = Mixed(layer, "ExpertUp", shares);
        double[] upBias = Mixed(layer, "ExpertUpBias", shares);
        double[] down = Mixed(layer, "ExpertDown", shares);
        double[] downBias = Mixed(layer, "ExpertDownBias", shares);
        double[][] input = layer.Tokens(7);
        LayerAnswer answer = layer.Run(input, routing: new RoutingOptions { Bias = [.. architecture.Select(logit => (float)logit)] });
        for (int token = 0; token < input.Length; token++)
        {
            double[] expected = Numbers.Linear(down, [.. Numbers.Linear(up, input[token], upBias).Select(unit => Math.Max(0, unit))], downBias);
            Numbers.Near(expected, answer.Rows[token], 1e-12);
            Numbers.Near(expected, answer.Emitted[token], 1e-5);
        }
    }

    // Σ pₑ Wₑ
    private static double[] Mixed(SystemLayer layer, string role, double[] shares) =>
        Numbers.Sum(layer.Weight(role, 0).Length, shares.Select((share, expert) => (share, layer.Weight(role, expert))));
}
