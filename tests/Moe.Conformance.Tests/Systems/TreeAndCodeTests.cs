using System;
using System.Linq;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A7 COMET and A47 DSelect-k: gates made of smooth steps.</summary>
public class TreeAndCodeTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.Tree)]
        [RoutedExperts(2, IntermediateSize = 6)]
        public partial class CometStep;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Tree, StepWidth = 6)]
        [RoutedExperts(6, IntermediateSize = 6)]
        public partial class Comet;

        [Router(Permuted = true)]
        [MoeLayer] public partial class CometPlus : Comet;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.BinarySelectors, StaticSelectors = true)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class DSelectStatic;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.BinarySelectors)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class DSelectPerSample;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.BinarySelectors, StaticSelectors = true)]
        [RoutedExperts(6, IntermediateSize = 6)]
        public partial class DSelectSix;
        """;

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.25, 0.84375)]
    [InlineData(-0.25, 0.15625)]
    [InlineData(0.1, 0.648)]
    [InlineData(0.5, 1)]
    [InlineData(-0.5, 0)]
    public void Comet_OfTwoLeaves_ShowsTheSmoothStep(double t, double step)
    {
        // One node, leaf scores 0: the scores are S(t) and 1 − S(t) (to the 1e-8 that the code adds before its logarithm).
        SystemLayer layer = new SystemLayer("CometStep").Fill("RouterNodes", 0).Fill("RouterNodesBias", t).Fill("RouterLeaves", 0).Fill("RouterLeavesBias", 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Numbers.Near([step, 1 - step], answer.Trace.Decisions[(0, 0)].Logits, 1e-7);
        Numbers.Near([step, 1 - step], answer.Recording.RouterLogits[(0, 0)], 1e-6);
    }

    [Theory]
    [InlineData("Comet")]
    [InlineData("CometPlus")]
    public void Comet_OnRandomTokens_IsTheSoftmaxOfLeafScoresAndPaths(string name)
    {
        SystemLayer layer = new(name);
        int[] permutation = [.. Enumerable.Range(0, 12).Select(leaf => leaf < 6 ? (leaf + 2) % 6 : 11 - leaf)];
        if (name == "CometPlus")
            layer.Set("RouterTable", permutation.Select(expert => (double)expert));
        else
            permutation = [.. Enumerable.Range(0, 12).Select(leaf => leaf % 6)];
        double[][] input = layer.Tokens(8);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] nodes = Numbers.Linear(layer.Weight("RouterNodes"), input[token], layer.Weight("RouterNodesBias"));
            double[] leaves = Numbers.Linear(layer.Weight("RouterLeaves"), input[token], layer.Weight("RouterLeavesBias"));
            var exponentials = new double[6];
            for (int tree = 0; tree < 2; tree++)
            {
                double[] paths = Paths(nodes[(tree * 5)..((tree + 1) * 5)], 6);
                Assert.Equal(1, paths.Sum(), 1e-12);
                for (int leaf = 0; leaf < 6; leaf++)
                    exponentials[permutation[(tree * 6) + leaf]] += paths[leaf] > 0 ? Math.Exp(leaves[(tree * 6) + leaf]) * (paths[leaf] + 1e-8) : 0;
            }

            Numbers.Near([.. exponentials.Select(share => share / exponentials.Sum())], answer.Trace.Decisions[(0, token)].Logits, 1e-9);
            Assert.Equal(1, answer.Choice(token).Sum(slot => slot.Weight), 1e-9);
        }
    }

    [Fact]
    public void Comet_SaturatedTrees_RunAtMostAsManyExpertsAsTrees()
    {
        // Steps far outside γ: each tree reaches one leaf, all other experts have score 0 and are not run.
        SystemLayer layer = new("Comet");
        layer.Set("RouterNodes", layer.Weight("RouterNodes").Select(w => w * 1e5));
        double[][] input = layer.Tokens(30);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            Assert.InRange(answer.Experts(token).Length, 1, 2);
            Assert.Equal(1, answer.Choice(token).Sum(slot => slot.Weight), 1e-9);
        }
    }

    [Fact]
    public void DSelect_OnTheCodesOfTheFile_GivesItsProducts()
    {
        // z = (0.25, −0.25): bit 0 with S = 0.84375, bit 1 with S = 0.15625.
        SystemLayer layer = new SystemLayer("DSelectStatic").Set("RouterCodes", [0.25, -0.25]).Fill("RouterMix", 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        double[] expected = [0.1318359375, 0.7119140625, 0.0244140625, 0.1318359375];
        Numbers.Near(expected, answer.Trace.Decisions[(0, 0)].Logits, 1e-9);
        Numbers.Near(expected, answer.Recording.RouterLogits[(0, 0)], 1e-6);
        Assert.Equal(1, expected.Sum());
        Assert.All(answer.Choice(0), slot => Assert.Equal(expected[slot.Expert], slot.Weight, 1e-9));
    }

    [Fact]
    public void DSelect_OneHotCodes_ChooseOneExpert()
    {
        // Bits 1 and 0 saturated: code 0b01.
        SystemLayer layer = new SystemLayer("DSelectStatic").Set("RouterCodes", [0.5, -0.5]).Fill("RouterMix", 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Assert.Equal([1], answer.Experts(0));
        Assert.Equal(1, answer.Choice(0)[0].Weight);
    }

    [Fact]
    public void DSelect_PerSample_IsTheMixOfItsSelectors()
    {
        SystemLayer layer = new("DSelectPerSample");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] codes = Numbers.Linear(layer.Weight("RouterCodes"), input[token]);
            double[] mix = Numbers.Softmax(Numbers.Linear(layer.Weight("RouterMix"), input[token]));
            double[] expected = [.. Enumerable.Range(0, 4).Select(expert => Enumerable.Range(0, 2).Sum(selector =>
                mix[selector] * Bit(codes[selector * 2], expert & 1) * Bit(codes[(selector * 2) + 1], expert >> 1)))];
            Assert.Equal(1, expected.Sum(), 1e-12);
            Numbers.Near(expected, answer.Trace.Decisions[(0, token)].Logits, 1e-9);
        }
    }

    [Fact]
    public void DSelect_SixExpertsOfEightCodes_LeavesTheOtherCodesOut()
    {
        // All codes equally likely: six times an eighth; codes 6 and 7 belong to nobody.
        SystemLayer layer = new SystemLayer("DSelectSix").Fill("RouterCodes", 0).Fill("RouterMix", 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Numbers.Near([0.125, 0.125, 0.125, 0.125, 0.125, 0.125], answer.Trace.Decisions[(0, 0)].Logits, 1e-12);
    }

    private static double Bit(double t, int bit) => bit == 1 ? Step(t, 1) : 1 - Step(t, 1);

    private static double Step(double t, double gamma)
    {
        double clamped = Math.Clamp(t, -gamma / 2, gamma / 2);
        return (-2 * Math.Pow(clamped / gamma, 3)) + (1.5 * clamped / gamma) + 0.5;
    }

    // A complete binary tree in breadth-first order, left with S: walked down from the root.
    private static double[] Paths(double[] nodes, int leaves)
    {
        var paths = new double[leaves];
        Descend(0, 1);
        return paths;

        void Descend(int node, double path)
        {
            if (node >= nodes.Length)
            {
                paths[node - nodes.Length] = path;
                return;
            }

            double left = Step(nodes[node], 6);
            Descend((2 * node) + 1, path * left);
            Descend((2 * node) + 2, path * (1 - left));
        }
    }
}
