using System;
using System.Linq;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A4 top-p, A5 SMoE-Dropout, A17 EvoMoE, A18 temperature and activation gates, A34's weak routing.</summary>
public class VaryingChoiceTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.TopP, TopP = 0.4)]
        [RoutedExperts(5, IntermediateSize = 6)]
        public partial class DynamicMoe;

        [Router(TopP = 1)]
        [MoeLayer] public partial class DynamicMoeAll : DynamicMoe;

        [Router(MaxSelected = 3, TopP = 0.9)]
        [MoeLayer] public partial class DynamicMoeCapped : DynamicMoe;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 8, MaxSelected = 16, LogitBias = true, Frozen = true, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(16, IntermediateSize = 4, Activation = Activation.ReLU, Gated = false)]
        public partial class SmoeDropout;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.Threshold, Threshold = 0.001, Temperature = 0.5)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class EvoMoe;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class EvoMoeSwitched;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class DenseGate;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All, LogitBias = true, LearnedTemperature = true)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class TemperatureGate;

        [MoeLayer(HiddenSize = 8)]
        [Router(Selection = RouterSelection.All, LogitBias = true, LearnedTemperature = true, LogitActivation = Activation.Tanh)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class ActivationGate;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, MaxSelected = 3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(8, IntermediateSize = 6)]
        public partial class Scmoe;
        """;

    [Theory]
    [InlineData("DynamicMoe", new[] { .35, .25, .20, .10, .10 }, 2)]
    [InlineData("DynamicMoe", new[] { .45, .20, .15, .10, .10 }, 1)]
    [InlineData("DynamicMoe", new[] { .10, .20, .45, .15, .10 }, 1)]
    [InlineData("DynamicMoeAll", new[] { .35, .25, .20, .10, .10 }, 5)]
    [InlineData("DynamicMoeCapped", new[] { .35, .25, .20, .10, .10 }, 3)]
    public void DynamicMoe_OnTheVectorsOfTheFile_KeepsUpToTheFirstExceeding(string name, double[] probabilities, int kept)
    {
        SystemLayer layer = new SystemLayer(name).Logits([.. probabilities.Select(p => Math.Log(p))]);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        (int Expert, double Weight)[] choice = answer.Choice(0);
        Assert.Equal(Numbers.Best(probabilities, kept).Order(), answer.Experts(0));
        Assert.All(choice, slot => Assert.Equal(probabilities[slot.Expert], slot.Weight, 1e-7));
        Numbers.Near(Numbers.Sum(8, choice.Select(slot => (slot.Weight, Numbers.Gated(layer, "Expert", slot.Expert, layer.FirstUnit()[0])))), answer.Rows[0], 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void SmoeDropout_AnyNumberOfExperts_RunsOnOneCompiledLayer(int k)
    {
        SystemLayer layer = new("SmoeDropout");
        double[][] input = layer.Tokens(5);
        LayerAnswer answer = layer.Run(input, routing: new RoutingOptions { TopK = k });
        for (int token = 0; token < input.Length; token++)
        {
            double[] logits = Numbers.Linear(layer.Weight("Router"), input[token], layer.Weight("RouterBias"));
            int[] best = Numbers.Best(logits, k == 0 ? 8 : k);
            double[] shares = Numbers.Softmax([.. best.Select(expert => logits[expert])]);
            Numbers.Near(Numbers.Sum(8, best.Zip(shares, (expert, share) => (share, Numbers.Plain(layer, "Expert", expert, input[token])))), answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void SmoeDropout_MoreExpertsThanThereAre_IsRefused()
    {
        using IMoeLayer layer = new SystemLayer("SmoeDropout").Load();
        var rows = new float[8];
        Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { Routing = new RoutingOptions { TopK = 17 } }));
    }

    [Fact]
    public void EvoMoe_ProbabilitiesAboveTheThreshold_AreChosenWithTheirValues()
    {
        // logits / 0.5: 0, −2, −4, −20 before division by two
        SystemLayer layer = new SystemLayer("EvoMoe").Logits(0, -1, -2, -10);
        double[] scores = Numbers.Softmax([0, -2, -4, -20]);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Assert.Equal([0, 1, 2], answer.Experts(0));
        Assert.All(answer.Choice(0), slot => Assert.Equal(scores[slot.Expert], slot.Weight, 1e-12));
    }

    [Fact]
    public void EvoMoe_AfterTheSwitch_HasExactlyOneExpertFromTheSameWeights()
    {
        SystemLayer before = new("EvoMoe");
        SystemLayer after = new("EvoMoeSwitched");
        Assert.Equal(before.Weight("ExpertUp", 2), after.Weight("ExpertUp", 2));
        double[][] input = after.Tokens(9);
        LayerAnswer answer = after.Run(input);
        for (int token = 0; token < input.Length; token++)
            Assert.Equal(Numbers.Best(Numbers.Linear(before.Weight("Router"), input[token]), 1), answer.Experts(token));
    }

    [Fact]
    public void TemperatureGate_AtOneWithoutBias_EqualsThePlainGate()
    {
        SystemLayer tempered = new SystemLayer("TemperatureGate").Fill("RouterTemperature", 1).Fill("RouterBias", 0);
        double[][] input = tempered.Tokens(6);
        Assert.Equal(new SystemLayer("DenseGate").Run(input).Emitted, tempered.Run(input).Emitted);
    }

    [Fact]
    public void TemperatureGate_TowardsZero_TendsToTheBestExpert()
    {
        SystemLayer layer = new SystemLayer("TemperatureGate").Fill("RouterTemperature", 1e-5);
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            int best = Numbers.Best(Numbers.Linear(layer.Weight("Router"), input[token], layer.Weight("RouterBias")), 1)[0];
            Assert.Equal(1, answer.Choice(token).Single(slot => slot.Expert == best).Weight, 1e-6);
        }
    }

    [Theory]
    [InlineData("TemperatureGate", false)]
    [InlineData("ActivationGate", true)]
    public void GatesWithATemperature_OnRandomTokens_AreTheirFormula(string name, bool isBent)
    {
        SystemLayer layer = new SystemLayer(name).Fill("RouterTemperature", 0.7f);
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] logits = Numbers.Linear(layer.Weight("Router"), input[token], layer.Weight("RouterBias"));
            double[] scores = Numbers.Softmax([.. logits.Select(z => (isBent ? Math.Tanh(z) : z) / 0.7f)]);
            Assert.Equal(4, answer.Choice(token).Length);
            Assert.All(answer.Choice(token), slot => Assert.Equal(scores[slot.Expert], slot.Weight, 1e-9));
        }
    }

    [Fact]
    public void Scmoe_WeakRouting_IsTheThirdBestExpertOfTheSameWeights()
    {
        SystemLayer layer = new("Scmoe");
        double[][] input = layer.Tokens(7);
        LayerAnswer strong = layer.Run(input);
        LayerAnswer weak = layer.Run(input, routing: new RoutingOptions { TopK = 1, FirstRank = 2 });
        for (int token = 0; token < input.Length; token++)
        {
            int[] ranked = Numbers.Best(Numbers.Linear(layer.Weight("Router"), input[token]), 3);
            Assert.Equal(ranked[..2].Order(), strong.Experts(token));
            Assert.Equal([ranked[2]], weak.Experts(token));
            Numbers.Near(Numbers.Gated(layer, "Expert", ranked[2], input[token]), weak.Rows[token], 1e-12);
        }
    }
}
