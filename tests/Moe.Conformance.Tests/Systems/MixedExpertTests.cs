using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Ir;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A1 MoE++ and A19 Duo-LLM: experts of several kinds and sizes in one layer.</summary>
public class MixedExpertTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Mlp, LogitResidual = true, Weights = RouterWeights.ZeroedRenormalised, InputScale = 2)]
        [RoutedExperts(4, IntermediateSize = 12)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusReleased;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, LogitResidual = true, Weights = RouterWeights.ZeroedRenormalised, InputScale = 2)]
        [RoutedExperts(4, IntermediateSize = 12)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusLinear;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, LogitResidual = true, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 12)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusPaper;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, LogitResidual = true, Weights = RouterWeights.ZeroedRenormalised)]
        [RoutedExperts(4, IntermediateSize = 12)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusUnscaled;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Weights = RouterWeights.ZeroedRenormalised)]
        [RoutedExperts(2, IntermediateSize = 12)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusOne;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, CapacityFactor = 1.1, CapacityRounding = CapacityRounding.MoePlusPlus, CapacityPriority = CapacityPriority.Position)]
        [RoutedExperts(16, IntermediateSize = 2)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusCapacity;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, CapacityFactor = 1.1, CapacityShare = 0.1, CapacityRounding = CapacityRounding.MoePlusPlus, CapacityPriority = CapacityPriority.Position)]
        [RoutedExperts(16, IntermediateSize = 2)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public partial class MoePlusPlusCapacityTenth;

        [MoeLayer(HiddenSize = 8, Residual = LayerResidual.PreNorm)]
        [Router(TopK = 1, RequestBias = 1, Weights = RouterWeights.One)]
        [RoutedExperts(1, Name = "Big", IntermediateSize = 32)]
        [RoutedExperts(1, Name = "Small", IntermediateSize = 2)]
        [ZeroExperts(1)]
        public partial class DuoLlm;

        [MoeLayer(HiddenSize = 8, Residual = LayerResidual.PreNorm)]
        [RoutedExperts(1, Name = "Big", IntermediateSize = 32)]
        [Router(TopK = 1)]
        public partial class DuoBigAlone;

        [MoeLayer(HiddenSize = 8, Residual = LayerResidual.PreNorm)]
        [RoutedExperts(1, Name = "Small", IntermediateSize = 2)]
        [Router(TopK = 1)]
        public partial class DuoSmallAlone;
        """;

    private const int Zero = 7;

    [Theory]
    [InlineData("MoePlusPlusLinear", 2)]
    [InlineData("MoePlusPlusUnscaled", 1)]
    public void MoePlusPlus_OnZeroAndOneExpert_GivesThatExpertAloneWithWeightOne(string name, double scale)
    {
        double[] logits = [0, 0, 0, 0, 0, 0, 0, 0];
        logits[Zero] = 5;
        logits[2] = 4;
        SystemLayer layer = new SystemLayer(name).Logits(logits).Fill("RouterResidual", 0);
        double[][] input = layer.FirstUnit();
        LayerAnswer answer = layer.Run(input);

        (int Expert, double Weight)[] choice = answer.Choice(0);
        Assert.Equal(1.0, choice.Single(slot => slot.Expert == 2).Weight);
        Assert.Equal(0.0, choice.Single(slot => slot.Expert == Zero).Weight);
        Assert.Equal(1f, answer.Recording.Weights[(0, 0)][Array.IndexOf(answer.Recording.Chosen[(0, 0)], 2)]);
        Numbers.Near(Numbers.Gated(layer, "Expert", 2, Numbers.Times(scale, input[0])), answer.Rows[0], 1e-12);
    }

    [Fact]
    public void MoePlusPlus_PaperMode_WeighsTheExpertBesideTheZeroOne()
    {
        SystemLayer layer = new SystemLayer("MoePlusPlusPaper").Logits(0, 0, 4, 0, 0, 0, 0, 5).Fill("RouterResidual", 0);
        double[][] input = layer.FirstUnit();
        double weight = Math.Exp(4) / (Math.Exp(4) + Math.Exp(5));
        Numbers.Near(Numbers.Times(weight, Numbers.Gated(layer, "Expert", 2, input[0])), layer.Run(input).Rows[0], 1e-12);
    }

    [Fact]
    public void MoePlusPlus_ChoosingTheZeroExpertAlone_GivesZeroNotNaN()
    {
        SystemLayer layer = new SystemLayer("MoePlusPlusOne").Logits(0, 1, 3);
        LayerAnswer answer = layer.Run(layer.FirstUnit());
        Assert.Equal([2], answer.Experts(0));
        Assert.All(answer.Rows[0], element => Assert.Equal(0.0, element));
        Assert.All(answer.Emitted[0], element => Assert.Equal(0f, element));
    }

    [Fact]
    public void MoePlusPlus_ReleasedCopyAndConstant_SeeTheScaledInput()
    {
        // copy: 2 w x; constant: a₀ 2x + a₁ v with a = softmax(W 2x)
        SystemLayer layer = new SystemLayer("MoePlusPlusLinear").Logits(0, 0, 0, 0, 3, 0, 4, 0).Fill("RouterResidual", 0);
        double[][] input = layer.FirstUnit();
        double[] twice = Numbers.Times(2, input[0]);
        double copied = Math.Exp(4) / (Math.Exp(3) + Math.Exp(4));
        double[] shares = Numbers.Softmax(Numbers.Linear(layer.Weight("ConstantMix", 0), twice));
        double[] constant = Numbers.Sum(8, [(shares[0], twice), (shares[1], layer.Weight("ConstantVector", 0))]);
        Numbers.Near(Numbers.Sum(8, [(copied, twice), (1 - copied, constant)]), layer.Run(input).Rows[0], 1e-12);
    }

    [Fact]
    public void MoePlusPlus_TwoLayers_CarryTheFullSumOfLogits()
    {
        // g₁ = W₂ tanh(W₁ x); g₂ = W₂' tanh(W₁' x₂) + G g₁, of which a softmax chooses two
        SystemLayer layer = new SystemLayer("MoePlusPlusReleased");
        double[][] input = layer.Tokens(5);
        double[][] second = layer.Run(input).Rows;
        LayerAnswer answer = layer.Run(input, layers: 3);
        double[][] rows = layer.Run(input, layers: 2).Rows;
        for (int token = 0; token < input.Length; token++)
        {
            double[] first = Own(input[token], 0);
            double[] sum = [.. Own(second[token], 1).Zip(Numbers.Linear(layer.Weight("RouterResidual", layer: 1), first), (own, kept) => own + kept)];
            double[] third = [.. Own(rows[token], 2).Zip(Numbers.Linear(layer.Weight("RouterResidual", layer: 2), sum), (own, kept) => own + kept)];
            Numbers.Near(sum, answer.Trace.Decisions[(1, token)].Logits, 1e-9);
            Numbers.Near(third, answer.Trace.Decisions[(2, token)].Logits, 1e-9);
            Assert.Equal(Numbers.Best(third, 2).Order(), answer.Experts(token, 2));
        }

        double[] Own(double[] x, int depth) => Numbers.Linear(
            layer.Weight("Router", layer: depth), [.. Numbers.Linear(layer.Weight("RouterUp", layer: depth), x).Select(Math.Tanh)]);
    }

    [Fact]
    public void MoePlusPlus_ZeroCopyAndConstant_HaveNoMatrixProductsOfExperts()
    {
        // Products of experts are those of the feed-forward group, experts 0 to 3; constants add a 2-row mix.
        SystemLayer layer = new("MoePlusPlusLinear");
        ExpertLinear[] products = [.. layer.Graph.Blocks.Single().Ops.OfType<ExpertLinear>()];
        Assert.NotEmpty(products);
        Assert.All(products, product => Assert.Equal((0, 4), (product.First, product.Weight.Experts)));
        // The cheapest two experts of a token multiply nothing: router 8 × 8 and its residual 8 × 8 are left.
        Assert.Equal(2 * ((8 * 8) + (8 * 8)), layer.Constant("MinFlopsPerToken"));
    }

    [Theory]
    [InlineData("MoePlusPlusCapacity", 422, 563)]
    [InlineData("MoePlusPlusCapacityTenth", 160, 1609)]
    public void MoePlusPlus_Capacities_AreTheNumbersOfTheFile(string name, int feedForward, int zeroCost)
    {
        // 8192 assignments: half of the tokens want expert 3, the others the zero expert 19; 422.4, 563.2, 160.914, 1609.143.
        const int Tokens = 8192;
        SystemLayer layer = new(name);
        double[] router = new double[20 * 8];
        router[3 * 8] = 5;
        router[(19 * 8) + 1] = 5;
        using IMoeLayer emitted = layer.Set("Router", router).Load();
        var rows = new float[Tokens * 8];
        for (int token = 0; token < Tokens; token++)
            rows[(token * 8) + (token % 2)] = 1;
        var recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, Tokens)]);
        var observer = new RecordingObserver(recording);
        emitted.Forward(rows, rows, default, ref observer);

        int[] kept = [.. recording.Chosen.Values.Select(slots => slots[0])];
        Assert.Equal(feedForward, kept.Count(expert => expert == 3));
        Assert.Equal(zeroCost, kept.Count(expert => expert == 19));
        Assert.Equal(Tokens - feedForward - zeroCost, recording.Dropped.Count);
    }

    [Fact]
    public void DuoLlm_SkippedTokens_LeaveTheLayerBitForBit()
    {
        SystemLayer layer = new("DuoLlm");
        double[][] input = layer.Tokens(9);
        LayerAnswer answer = layer.Run(input, routing: Only(2));
        for (int token = 0; token < input.Length; token++)
            Assert.Equal(input[token].Select(element => (float)element), answer.Emitted[token]);
    }

    [Fact]
    public void DuoLlm_BigAndSmall_AreTheirNetworks()
    {
        SystemLayer layer = new("DuoLlm");
        double[][] input = layer.Tokens(4);
        foreach ((int expert, string name) in new[] { (0, "BigExpert"), (1, "SmallExpert") })
        {
            LayerAnswer answer = layer.Run(input, routing: Only(expert));
            for (int token = 0; token < input.Length; token++)
            {
                double[] normed = Numbers.RootMeanSquareNorm(input[token], layer.Weight("FeedForwardNorm"));
                double[] expected = Numbers.Sum(8, [(1, input[token]), (1, Numbers.Gated(layer, name, 0, normed))]);
                Numbers.Near(expected, answer.Rows[token], 1e-12);
            }
        }
    }

    [Fact]
    public void DuoLlm_OperationsOfAPattern_AreThoseOfTheChosenWidths()
    {
        // Three projections of 8 × width, two operations each; the router of three experts is there in every pattern.
        const long Router = 2 * 3 * 8;
        Assert.Equal(Router + (2 * 3 * 8 * 32), new SystemLayer("DuoLlm").Constant("FlopsPerToken"));
        Assert.Equal(Router, new SystemLayer("DuoLlm").Constant("MinFlopsPerToken"));
        const long OneExpertRouter = 2 * 8;
        Assert.Equal(OneExpertRouter + (2 * 3 * 8 * 32), new SystemLayer("DuoBigAlone").Constant("FlopsPerToken"));
        Assert.Equal(OneExpertRouter + (2 * 3 * 8 * 2), new SystemLayer("DuoSmallAlone").Constant("FlopsPerToken"));
    }

    [Fact]
    public void DuoLlm_AllPatternsOfTwelveLayers_RunOnOneCompiledLayer()
    {
        // A walk over the tree of patterns: 2 + 4 + … + 4096 calls, one compiled class, twelve sets of weights.
        const int Depth = 12;
        SystemLayer declared = new("DuoLlm");
        IMoeLayer[] layers = [.. Enumerable.Range(0, Depth).Select(depth => declared.Load(depth))];
        RoutingOptions[] choices = [Only(0), Only(1)];
        var found = new HashSet<string>();
        float[] start = [.. declared.Tokens(1)[0].Select(element => (float)element)];
        Walk(0, start);
        foreach (IMoeLayer layer in layers)
            layer.Dispose();
        Assert.Equal(4096, found.Count);

        void Walk(int depth, float[] row)
        {
            if (depth == Depth)
            {
                found.Add(string.Join(' ', row.Select(BitConverter.SingleToInt32Bits)));
                return;
            }

            foreach (RoutingOptions choice in choices)
            {
                var next = new float[row.Length];
                layers[depth].Forward(row, next, new LayerCall { Routing = choice });
                Walk(depth + 1, next);
            }
        }
    }

    private static RoutingOptions Only(int expert) => new()
    {
        Bias = [.. Enumerable.Range(0, 3).Select(other => other == expert ? 0 : float.NegativeInfinity)],
    };
}
