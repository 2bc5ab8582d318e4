using System;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A21 PHATGOOSE, A22 GLIDER, A44 Tryage: gates made after training, and what a request adds to them.</summary>
public class RequestBiasTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(TopK = 2, Logits = RouterLogits.ScaledDot, Weights = RouterWeights.Renormalised)]
        [LoraExperts(4, Rank = 3)]
        public partial class Phatgoose;

        [LoraExperts(5)]
        [MoeLayer] public partial class PhatgooseFive : Phatgoose;

        [Router(RequestBias = 0.5)]
        [MoeLayer] public partial class Glider : Phatgoose;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 12)]
        [Router(TopK = 2, Logits = RouterLogits.ScaledDot, RequestBias = 1, Weights = RouterWeights.Renormalised)]
        [LoraExperts(4, Rank = 3)]
        public class GliderBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(3, typeof(GliderBlock))]
        public partial class GliderModel;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, RequestBias = 1, Weights = RouterWeights.One)]
        [RoutedExperts(1, Name = "Large", IntermediateSize = 24)]
        [RoutedExperts(1, Name = "Middle", IntermediateSize = 12)]
        [RoutedExperts(1, Name = "Small", IntermediateSize = 4)]
        public partial class Tryage;
        """;

    private static readonly float[] _bias = [-1, 0.25f, 2, 0];

    [Fact]
    public void Phatgoose_OnRandomTokens_IsTheScaledDotOfRowsWithoutMeanAndScale()
    {
        SystemLayer layer = new("Phatgoose");
        double[][] input = layer.Tokens(7);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] logits = Logits(layer, input[token]);
            Numbers.Near(logits, answer.Trace.Decisions[(0, token)].Logits, 1e-9);
            double[] scores = Numbers.Softmax(logits);
            int[] best = Numbers.Best(scores, 2);
            Assert.Equal(best.Order(), answer.Experts(token));
            Assert.All(answer.Choice(token), slot => Assert.Equal(scores[slot.Expert] / (scores[best[0]] + scores[best[1]]), slot.Weight, 1e-9));
        }
    }

    [Fact]
    public void Phatgoose_OneMoreExpert_ChangesNoLogitOfTheOthers()
    {
        SystemLayer four = new("Phatgoose");
        SystemLayer five = new SystemLayer("PhatgooseFive").Set("RouterVectors", four.Weight("RouterVectors").Concat(four.Tokens(1, 77)[0]));
        double[][] input = four.Tokens(9);
        LayerAnswer before = four.Run(input);
        LayerAnswer after = five.Run(input);
        Assert.Contains(Enumerable.Range(0, 9), token => after.Experts(token).Contains(4));
        for (int token = 0; token < input.Length; token++)
        {
            // In double precision bit for bit; shares are divided by a sum of five terms in place of four.
            Assert.Equal(before.Trace.Decisions[(0, token)].Logits, after.Trace.Decisions[(0, token)].Logits[..4]);
            if (!after.Experts(token).Contains(4))
                Numbers.Near(before.Rows[token], after.Rows[token], 1e-12);
        }
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(3)]
    [InlineData(4096)]
    public void Phatgoose_RowsTimesAPositiveNumber_AreRoutedAlike(double factor)
    {
        SystemLayer layer = new("Phatgoose");
        double[][] input = layer.Tokens(9);
        LayerAnswer plain = layer.Run(input);
        LayerAnswer scaled = layer.Run([.. input.Select(row => Numbers.Times(factor, row))]);
        for (int token = 0; token < input.Length; token++)
        {
            Assert.Equal(plain.Experts(token), scaled.Experts(token));
            // The epsilon of the norm, 1e-5, against variances from 0.2 · 0.25².
            Numbers.Near(plain.Trace.Decisions[(0, token)].Weights, scaled.Trace.Decisions[(0, token)].Weights, 1e-3);
        }
    }

    [Fact]
    public void Phatgoose_RowWithoutSpread_TakesTheLowestExpertsInEqualParts()
    {
        LayerAnswer answer = new SystemLayer("Phatgoose").Run([[3, 3, 3, 3, 3, 3, 3, 3]]);
        Assert.Equal([(0, 0.5), (1, 0.5)], answer.Choice(0));
    }

    [Fact]
    public void Glider_WithoutABiasOrWithZeros_IsPhatgooseBitForBit()
    {
        SystemLayer glider = new("Glider");
        double[][] input = glider.Tokens(9);
        float[][] expected = new SystemLayer("Phatgoose").Run(input).Emitted;
        Assert.Equal(expected, glider.Run(input).Emitted);
        Assert.Equal(expected, glider.Run(input, routing: new RoutingOptions { Bias = [0, 0, 0, 0] }).Emitted);
        Assert.NotEqual(expected, glider.Run(input, routing: new RoutingOptions { Bias = _bias }).Emitted);
    }

    [Fact]
    public void Glider_Bias_IsAddedTimesItsScale()
    {
        SystemLayer layer = new("Glider");
        double[][] input = layer.Tokens(9);
        LayerAnswer answer = layer.Run(input, routing: new RoutingOptions { Bias = _bias });
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax([.. Logits(layer, input[token]).Zip(_bias, (logit, bias) => logit + (0.5 * bias))]);
            int[] best = Numbers.Best(scores, 2);
            Assert.Equal(best.Order(), answer.Experts(token));
            Assert.All(answer.Choice(token), slot => Assert.Equal(scores[slot.Expert] / (scores[best[0]] + scores[best[1]]), slot.Weight, 1e-9));
        }
    }

    [Fact]
    public void Glider_LargeBias_ForcesItsExpertInAllLayersOfItsSequenceAlone()
    {
        int[] ids = [3, 1, 4, 1, 5, 9, 2, 6];
        (_, Recording recording) = new SystemModel("GliderModel").Run([ids, ids], name => name, [new RoutingOptions { Bias = [0, 0, 0, 1000] }, new RoutingOptions()]);
        for (int layer = 0; layer < 3; layer++)
        {
            for (int token = 0; token < ids.Length; token++)
            {
                Assert.Equal(3, recording.Chosen[(layer, token)][0]);
                Assert.Equal(1f, recording.Weights[(layer, token)][0]);
            }
        }

        Assert.Contains(Enumerable.Range(0, ids.Length), token => recording.Chosen[(0, ids.Length + token)][0] != 3);
    }

    [Theory]
    [InlineData(3, "Bias has 3 numbers; Glider needs 4")]
    [InlineData(5, "Bias has 5 numbers; Glider needs 4")]
    public void Glider_BiasOfAnotherLength_IsRefused(int length, string part)
    {
        using IMoeLayer layer = new SystemLayer("Glider").Load();
        var rows = new float[8];
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { Routing = new RoutingOptions { Bias = new float[length] } }));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.06)]
    [InlineData(0.12)]
    [InlineData(50)]
    public void Tryage_PenaltiesOfARequest_AreAddedToThePredictedLosses(double weight)
    {
        // argmin(loss + weight · size): logits are the losses with a minus, the request brings −weight · size.
        double[] losses = [0.20, 0.25, 0.40];
        double[] sizes = [3, 2, 1];
        int expected = Enumerable.Range(0, 3).MinBy(expert => losses[expert] + (weight * sizes[expert]));
        Assert.Equal(weight switch { < 0.05 => 0, < 0.1 => 1, < 0.15 => 1, _ => 2 }, expected);
        SystemLayer layer = new SystemLayer("Tryage").Logits([.. losses.Select(loss => -loss)]);
        double[][] input = layer.FirstUnit();
        LayerAnswer answer = layer.Run(input, routing: new RoutingOptions { Bias = [.. sizes.Select(size => (float)(-weight * size))] });
        Assert.Equal([(expected, 1.0)], answer.Choice(0));
        string[] names = ["LargeExpert", "MiddleExpert", "SmallExpert"];
        Numbers.Near(Numbers.Gated(layer, names[expected], 0, input[0]), answer.Rows[0], 1e-12);
    }

    private static double[] Logits(SystemLayer layer, double[] row)
    {
        double[] vectors = layer.Weight("RouterVectors");
        double[] x = Normed(row);
        return [.. Enumerable.Range(0, vectors.Length / 8).Select(expert =>
            x.Zip(Normed(vectors[(expert * 8)..((expert + 1) * 8)]), (left, right) => left * right).Sum() / Math.Sqrt(8))];
    }

    private static double[] Normed(double[] row)
    {
        double mean = row.Average();
        double variance = row.Average(element => (element - mean) * (element - mean));
        return [.. row.Select(element => (element - mean) / Math.Sqrt(variance + 1e-5))];
    }
}
