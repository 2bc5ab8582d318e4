using System;
using System.Linq;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A47 DSelect-k beyond its table of numbers: mixes, widths of the step, codes that belong to nobody.</summary>
public class BinarySelectorTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.BinarySelectors, StaticSelectors = true)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class SelectorPair;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.BinarySelectors, StaticSelectors = true, StepWidth = 2)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class SelectorWide;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.BinarySelectors)]
        [RoutedExperts(3, IntermediateSize = 6)]
        public partial class SelectorOfThree;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.BinarySelectors, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(3, IntermediateSize = 6)]
        public partial class SelectorOfThreeRenormalised;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 3, Logits = RouterLogits.BinarySelectors)]
        [RoutedExperts(5, IntermediateSize = 6)]
        public partial class SelectorOfFive;
        """;

    [Fact]
    public void SelectorPair_OneHotCodes_WeighTheirExpertsByTheMix()
    {
        // Codes 01 and 10, softmax(ln 3, 0) = (3/4, 1/4).
        SystemLayer layer = new SystemLayer("SelectorPair").Set("RouterCodes", [1, -1, -1, 1]).Set("RouterMix", [Math.Log(3), 0]);
        double[][] input = layer.Tokens(3);
        LayerAnswer answer = layer.Run(input);
        Assert.Equal([1, 2], answer.Experts(2));
        for (int token = 0; token < input.Length; token++)
        {
            Numbers.Near(
                Numbers.Sum(8, [(0.75, Numbers.Gated(layer, "Expert", 1, input[token])), (0.25, Numbers.Gated(layer, "Expert", 2, input[token]))]),
                answer.Rows[token], 1e-7);
        }
    }

    [Fact]
    public void SelectorPair_TwoSelectorsOfOneCode_ChooseOneExpertWithWeightOne()
    {
        SystemLayer layer = new SystemLayer("SelectorPair").Set("RouterCodes", [1, 1, 1, 1]).Set("RouterMix", [0.3, -2]);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Assert.Equal([3], answer.Experts(0));
        Assert.Equal(1, answer.Choice(0)[0].Weight, 1e-12);
    }

    [Fact]
    public void SelectorWide_TwiceTheWidthAndCode_GivesTheNumbersOfTheFile()
    {
        // S(t; γ) = S(t / γ; 1)
        SystemLayer layer = new SystemLayer("SelectorWide").Set("RouterCodes", [0.5, -0.5]).Fill("RouterMix", 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        double[] expected = [0.1318359375, 0.7119140625, 0.0244140625, 0.1318359375];
        Numbers.Near(expected, answer.Trace.Decisions[(0, 0)].Logits, 1e-12);
        Numbers.Near(expected, answer.Recording.RouterLogits[(0, 0)], 1e-6);
    }

    [Theory]
    [InlineData("SelectorOfThree")]
    [InlineData("SelectorOfThreeRenormalised")]
    public void SelectorOfThree_CodeOfNobody_ChoosesNoExpertAndGivesZero(string name)
    {
        // Code 11 of three experts; the other tokens' codes are 00 and 01.
        SystemLayer layer = new SystemLayer(name).Set("RouterCodes", [1, -1, 1, 0, 0, 0, 0, 0, 1, -1, -1, 0, 0, 0, 0, 0]);
        double[][] input = [.. new[] { 0, 1, 2 }.Select(unit => Enumerable.Range(0, 8).Select(i => i == unit ? 1.0 : 0).ToArray())];
        LayerAnswer answer = layer.Run(input);
        Assert.Empty(answer.Experts(0));
        Assert.Equal([0], answer.Experts(1));
        Assert.Equal([1], answer.Experts(2));
        Assert.All(answer.Emitted[0], element => Assert.Equal(0f, element));
        Assert.Contains(answer.Emitted[1], element => element != 0);
    }

    [Fact]
    public void SelectorOfFive_OnRandomTokens_IsTheMixOfThreeSelectorsOverTheCodesThatExist()
    {
        SystemLayer layer = new("SelectorOfFive");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] codes = Numbers.Linear(layer.Weight("RouterCodes"), input[token]);
            double[] mix = Numbers.Softmax(Numbers.Linear(layer.Weight("RouterMix"), input[token]));
            double[] weights = new double[5];
            for (int selector = 0; selector < 3; selector++)
            {
                for (int expert = 0; expert < 5; expert++)
                    weights[expert] += mix[selector] * Enumerable.Range(0, 3).Aggregate(1.0, (product, bit) => product * Bit(codes[(selector * 3) + bit], (expert >> bit) & 1));
            }

            Assert.True(weights.Sum() < 1);
            Numbers.Near(Numbers.Sum(8, weights.Select((weight, expert) => (weight, Numbers.Gated(layer, "Expert", expert, input[token])))), answer.Rows[token], 1e-9);
        }
    }

    private static double Bit(double t, int bit)
    {
        double step = t <= -0.5 ? 0 : t >= 0.5 ? 1 : (-2 * t * t * t) + (1.5 * t) + 0.5;
        return bit == 1 ? step : 1 - step;
    }
}
