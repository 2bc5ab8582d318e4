using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A14 MixLoRA, A15 LLaVA-MoLE, A16 DynMoLE: low-rank experts over one frozen network.</summary>
public class LoraTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [LoraExperts(8, Rank = 2, Alpha = 4)]
        public partial class MixLora;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(TopK = 1, Weights = RouterWeights.Renormalised)]
        [LoraExperts(8, Rank = 2, Alpha = 4, RankStabilised = true)]
        public partial class MixLoraOne;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        public partial class MixLoraFrozen;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(TopK = 1)]
        [LoraExperts(3, Rank = 2)]
        public partial class LlavaMole;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(Selection = RouterSelection.EntropySwitched, EntropyThreshold = 0.9, EntropyOrder = 1.1, NormaliseEntropy = true, EntropyEpsilon = 1e-5,
            TopP = 0.75, TopPRule = TopPRule.SumAtMost, MinSelected = 2)]
        [LoraExperts(4, Rank = 2)]
        public partial class DynMoleReleased;

        [Router(NormaliseEntropy = false, EntropyEpsilon = 0)]
        [MoeLayer] public partial class DynMolePaper : DynMoleReleased;

        [LoraExperts(8)]
        [MoeLayer] public partial class DynMoleReleasedEight : DynMoleReleased;

        [LoraExperts(8)]
        [MoeLayer] public partial class DynMolePaperEight : DynMolePaper;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        [Router(Selection = RouterSelection.TopP, TopP = 0.75, TopPRule = TopPRule.SumAtMost, MinSelected = 2)]
        [LoraExperts(4, Rank = 2)]
        public partial class DynMoleSumAtMost;

        [Router(TopPRule = TopPRule.FirstExceeding, MinSelected = 0)]
        [MoeLayer] public partial class DynMoleFirstExceeding : DynMoleSumAtMost;
        """;

    [Theory]
    [InlineData("MixLora", 2, 4.0 / 2)]
    [InlineData("MixLoraOne", 1, 2.8284271247461903)]
    public void MixLora_OnRandomTokens_AdaptsEveryProjectionOfTheChosenExperts(string name, int k, double factor)
    {
        SystemLayer layer = new(name);
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]));
            int[] best = Numbers.Best(scores, k);
            double sum = best.Sum(expert => scores[expert]);
            Numbers.Near(Numbers.Sum(8, best.Select(expert => (scores[expert] / sum, Expert(layer, expert, factor, input[token])))), answer.Rows[token], 1e-12);
        }
    }

    [Theory]
    [InlineData("MixLora")]
    [InlineData("MixLoraOne")]
    public void MixLora_WithBZero_IsTheFrozenNetwork(string name)
    {
        SystemLayer layer = new SystemLayer(name).Fill("ExpertUpLoraB", 0).Fill("ExpertGateLoraB", 0).Fill("ExpertDownLoraB", 0);
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        LayerAnswer frozen = new SystemLayer("MixLoraFrozen").Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            // Two weights sum to 1 but for a rounding; the one weight of top-1 is 1, so that all bits are the network's.
            Numbers.Near(frozen.Rows[token], answer.Rows[token], 1e-15);
            if (name == "MixLoraOne")
                Assert.Equal(frozen.Emitted[token], answer.Emitted[token]);
            else
                Numbers.Near(frozen.Rows[token], answer.Emitted[token], 1e-6);
        }
    }

    [Fact]
    public void MixLora_Cost_CountsTheFrozenGateAndUpOnce()
    {
        // Router 8 · 8; gate and up once; twice each: down and six low-rank factors.
        const long Products = (8 * 8) + (2 * 12 * 8) + (2 * ((8 * 12) + (2 * ((2 * 8) + (12 * 2))) + ((2 * 12) + (8 * 2))));
        Assert.Equal(2 * Products, new SystemLayer("MixLora").Constant("FlopsPerToken"));
        const long PerExpert = (2 * ((2 * 8) + (12 * 2))) + ((2 * 12) + (8 * 2));
        Assert.Equal((8 * 8) + (3 * 12 * 8) + (8 * PerExpert), new SystemLayer("MixLora").Constant("TotalParameters"));
        Assert.Equal((8 * 8) + (3 * 12 * 8) + (2 * PerExpert), new SystemLayer("MixLora").Constant("ActiveParameters"));
    }

    [Fact]
    public void LlavaMole_ThreeProjectionsOfAToken_UseOneExpert()
    {
        // Only one expert's factors are not 0: tokens of the others get the frozen network bit for bit.
        SystemLayer layer = new("LlavaMole");
        foreach (string projection in new[] { "Up", "Gate", "Down" })
        {
            layer.Fill($"Expert{projection}LoraB", 0, expert: 0);
            layer.Fill($"Expert{projection}LoraB", 0, expert: 2);
        }

        double[][] input = layer.Tokens(20);
        LayerAnswer answer = layer.Run(input);
        var seen = new HashSet<int>();
        for (int token = 0; token < input.Length; token++)
        {
            (int expert, double weight) = Assert.Single(answer.Choice(token));
            seen.Add(expert);
            double[] frozen = Numbers.Times(weight, Numbers.Gated(layer, "", -1, input[token]));
            double[] adapted = Numbers.Times(weight, Expert(layer, 1, 1, input[token]));
            Numbers.Near(expert == 1 ? adapted : frozen, answer.Rows[token], 1e-12);
            Assert.True(frozen.Zip(adapted, (left, right) => Math.Abs(left - right)).Max() > 1e-3);
        }

        Assert.Equal(3, seen.Count);
        // Inactive experts cost nothing: router 3 · 8, the network, one expert's six factors.
        Assert.Equal(2 * ((3 * 8) + (3 * 12 * 8) + (2 * ((2 * 8) + (12 * 2))) + ((2 * 12) + (8 * 2))), layer.Constant("FlopsPerToken"));
    }

    [Theory]
    [InlineData("DynMoleReleased", 2)]
    [InlineData("DynMolePaper", 4)]
    public void DynMole_OnTheVectorOfTheFile_IsSparseWhereNormalisedAndDenseWhereRaw(string name, int kept)
    {
        // p = (.5, .25, .15, .1), q = 1.1: 1.1233 raw, 0.8678 of its maximum; the threshold is 0.9.
        double[] p = [.5, .25, .15, .1];
        SystemLayer layer = new SystemLayer(name).Logits([.. p.Select(share => Math.Log(share))]);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Assert.Equal(Enumerable.Range(0, kept), answer.Experts(0));
        Assert.All(answer.Choice(0), slot => Assert.Equal(p[slot.Expert], slot.Weight, 1e-7));
    }

    [Theory]
    [InlineData("DynMoleReleasedEight")]
    [InlineData("DynMolePaperEight")]
    public void DynMole_EvenProbabilitiesOverEight_TakeAllExpertsEitherWay(string name)
    {
        SystemLayer layer = new SystemLayer(name).Fill("Router", 0);
        Assert.Equal(Enumerable.Range(0, 8), layer.Run(layer.FirstUnit()).Experts(0));
    }

    [Fact]
    public void DynMole_OneClearExpert_KeepsAtLeastTwo()
    {
        SystemLayer layer = new SystemLayer("DynMoleReleased").Logits(9, 1, 0, 0);
        Assert.Equal([0, 1], layer.Run(layer.FirstUnit()).Experts(0));
    }

    [Theory]
    [InlineData("DynMoleSumAtMost", 2)]
    [InlineData("DynMoleFirstExceeding", 3)]
    public void TopPRules_OnOneVector_DifferByOneExpert(string name, int kept)
    {
        // Running sums .45, .70, .85, 1 and P = .75.
        SystemLayer layer = new SystemLayer(name).Logits(Math.Log(.45), Math.Log(.25), Math.Log(.15), Math.Log(.15));
        Assert.Equal(kept, layer.Run(layer.FirstUnit()).Experts(0).Length);
    }

    [Fact]
    public void DynMole_BothBranches_RunInOneCall()
    {
        SystemLayer layer = new SystemLayer("DynMoleReleased").Logits(5, 1, 0, 0);
        double[][] input = layer.FirstUnit(4);
        input[1][0] = 0;
        input[3][0] = 0;
        LayerAnswer answer = layer.Run(input);
        Assert.Equal([2, 4, 2, 4], Enumerable.Range(0, 4).Select(token => answer.Experts(token).Length));
    }

    // gate, up and down of the frozen network, each with factor · B (A x) of the expert.
    private static double[] Expert(SystemLayer layer, int expert, double factor, double[] x)
    {
        double[] gate = Projected("Gate", x);
        double[] up = Projected("Up", x);
        return Projected("Down", [.. gate.Zip(up, (g, u) => Numbers.SiLU(g) * u)]);

        double[] Projected(string projection, double[] from)
        {
            double[] low = Numbers.Linear(layer.Weight($"Expert{projection}LoraA", expert), from);
            double[] delta = Numbers.Linear(layer.Weight($"Expert{projection}LoraB", expert), low);
            return [.. Numbers.Linear(layer.Weight(projection), from).Zip(delta, (frozen, d) => frozen + (factor * d))];
        }
    }
}
