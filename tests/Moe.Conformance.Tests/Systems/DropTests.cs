using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Architecture;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A26 DeepSpeed-MoE, A29 MoE-LLaVA, A36 OpenMoE: who loses a place, and the counters that tell.</summary>
public class DropTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, CapacityFactor = 1, Weights = RouterWeights.Renormalised, MinimumSum = 1.1920929e-7)]
        [RoutedExperts(8, IntermediateSize = 2)]
        public partial class DeepSpeedTopTwo;

        [Router(CapacityPriority = CapacityPriority.Position)]
        [MoeLayer] public partial class DeepSpeedByArrival : DeepSpeedTopTwo;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, CapacityFactor = 1.25, CapacityPriority = CapacityPriority.Random, Seed = 3)]
        [RoutedExperts(8, IntermediateSize = 2)]
        public partial class RandomTokenSelection;

        [Router(Seed = 4)]
        [MoeLayer] public partial class RandomTokenSelectionReseeded : RandomTokenSelection;

        [Router(CapacityPriority = CapacityPriority.BatchPriority)]
        [MoeLayer] public partial class BatchPrioritised : RandomTokenSelection;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, CapacityFactor = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 12)]
        public partial class LlavaEvaluated;

        [Router(CapacityFactor = 1)]
        [MoeLayer] public partial class LlavaTrained : LlavaEvaluated;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 6)]
        public class OpenMoeDense;

        [Router(TopK = 2, CapacityFactor = 1.25, MayLookAhead = true, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(32, IntermediateSize = 6)]
        public class OpenMoeExperts : OpenMoeDense;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 256)]
        [Layers(24, typeof(OpenMoeDense))]
        [Layers(typeof(OpenMoeExperts), Every = 6)]
        public partial class OpenMoe;
        """;

    [Fact]
    public void DeepSpeedTopTwo_OnThreeKindsOfTokens_ServesAllFirstChoicesBeforeAnySecond()
    {
        // Kinds 0, 1, 2 in turn want experts (0, 1), (1, 0), (0, 2); 100 tokens, 25 places. First choices fill 0 and 1.
        LayerAnswer answer = Kinds("DeepSpeedTopTwo");
        for (int token = 0; token < 100; token++)
        {
            int kind = token % 3;
            int[] expected = kind switch
            {
                0 => Before(token, 0, 2) < 25 ? [0] : [],
                1 => Before(token, 1) < 25 ? [1] : [],
                _ => [.. Before(token, 0, 2) < 25 ? [0] : Array.Empty<int>(), .. Before(token, 2) < 25 ? [2] : Array.Empty<int>()],
            };
            Assert.Equal(expected, answer.Experts(token));
            if (expected.Length > 0)
                Assert.Equal(1, answer.Choice(token).Sum(slot => slot.Weight), 1e-9);
            else
                Assert.All(answer.Emitted[token], element => Assert.Equal(0f, element));
        }
    }

    [Fact]
    public void DeepSpeedByArrival_OnThreeKindsOfTokens_ServesWhoComesFirst()
    {
        // Everybody wants expert 0, first or second; kinds 0 and 1 want expert 1.
        LayerAnswer answer = Kinds("DeepSpeedByArrival");
        for (int token = 0; token < 100; token++)
        {
            var expected = new List<int>();
            if (token < 25)
                expected.Add(0);
            if (token % 3 < 2 && Before(token, 0, 1) < 25)
                expected.Add(1);
            if (token % 3 == 2 && Before(token, 2) < 25)
                expected.Add(2);
            Assert.Equal(expected, answer.Experts(token));
        }
    }

    [Fact]
    public void RandomTokenSelection_OfAHundredEqualTokens_KeepsSixteenThatTheSeedSays()
    {
        int[] kept = Kept("RandomTokenSelection");
        Assert.Equal(16, kept.Length);
        Assert.Equal(kept, Kept("RandomTokenSelection"));
        Assert.NotEqual(kept, Kept("RandomTokenSelectionReseeded"));
        // By position all would be below 16; sixteen even draws of 100 have a mean of 49.5 ± 6.6.
        Assert.InRange(kept.Average(), 23, 76);

        static int[] Kept(string name)
        {
            SystemLayer layer = new SystemLayer(name).Logits(0, 0, 0, 5, 0, 0, 0, 0);
            LayerAnswer answer = layer.Run(layer.FirstUnit(100));
            return [.. Enumerable.Range(0, 100).Where(token => answer.Experts(token).Length > 0)];
        }
    }

    [Fact]
    public void BatchPrioritised_LaterTokensOfHigherScore_TakeThePlacesOfEarlierOnes()
    {
        // The length of row t grows with t, and with it the score of expert 3.
        SystemLayer layer = new SystemLayer("BatchPrioritised").Logits(0, 0, 0, 5, 0, 0, 0, 0);
        double[][] input = [.. Enumerable.Range(0, 100).Select(token => Numbers.Times(0.1 + (token / 128.0), layer.FirstUnit()[0]))];
        LayerAnswer answer = layer.Run(input);
        Assert.Equal(Enumerable.Range(84, 16), Enumerable.Range(0, 100).Where(token => answer.Experts(token).Length > 0));
    }

    [Fact]
    public void RandomTokenSelection_OfFewTokens_HasTheLeastCapacity()
    {
        // ⌈6 / 8 · 1.25⌉ = 1, and the least is 4.
        SystemLayer layer = new SystemLayer("RandomTokenSelection").Logits(0, 0, 0, 5, 0, 0, 0, 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit(6));
        Assert.Equal(2, answer.Recording.Dropped.Count);
    }

    [Fact]
    public void LlavaEvaluated_WhateverTheRouterSays_DropsNothing()
    {
        // Factor 2 of four experts and two choices: ⌈n / 4 · 2 · 2⌉ = n places.
        SystemLayer layer = new SystemLayer("LlavaEvaluated").Logits(3, 2, 0, 0);
        Assert.Empty(layer.Run(layer.FirstUnit(37)).Recording.Dropped);
    }

    [Fact]
    public void LlavaTrained_CopiesOfOneNetwork_EqualItWhereAnyExpertIsLeft()
    {
        SystemLayer layer = new("LlavaTrained");
        foreach (string role in new[] { "ExpertGate", "ExpertUp", "ExpertDown" })
            layer.Set(role, layer.Weight(role, 0));
        double[] router = layer.Weight("Router");
        router[0] += 4;
        router[8] += 3;
        layer.Set("Router", router);
        double[][] input = [.. layer.Tokens(60).Select(row => (double[])[1, .. row[1..]])];
        LayerAnswer answer = layer.Run(input);
        int[] left = [.. Enumerable.Range(0, 60).Select(token => answer.Experts(token).Length)];
        Assert.Equal([0, 1, 2], left.Distinct().Order());
        for (int token = 0; token < input.Length; token++)
            Numbers.Near(left[token] == 0 ? new double[8] : Numbers.Gated(layer, "Expert", 0, input[token]), answer.Emitted[token], 1e-5);
    }

    [Fact]
    public void OpenMoe_ExpertsLieInEverySixthLayer()
    {
        SystemModel model = new("OpenMoe");
        int[] layers = [.. Enumerable.Range(0, 24).Where(layer => model.Architecture.Blocks[model.Architecture.Layers.Single(
            range => layer >= range.First && layer < range.First + range.Count).Block].FeedForward is ExpertFeedForward)];
        Assert.Equal([5, 11, 17, 23], layers);
    }

    [Fact]
    public void OpenMoe_CountersOfASequence_AreTheDropsThatAnObserverSeesAndRiseWithThePosition()
    {
        int[][] sequences = [[.. Enumerable.Range(0, 200).Select(i => i * i % 20)], [.. Enumerable.Range(0, 96).Select(i => i * 7 % 20)]];
        using ICompiledModel model = SystemAssembly.Model("OpenMoe").CreateRandom(42);
        SequenceCache[] caches = [.. sequences.Select(_ => model.NewCache())];
        var batch = new StepBatch();
        for (int sequence = 0; sequence < 2; sequence++)
            batch.Add(caches[sequence], sequences[sequence], LogitPositions.Last);
        var recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, 296)]);
        model.Step(batch, recording);
        int[] tokens = [.. recording.Dropped.Keys.Select(drop => drop.Token)];
        Assert.Equal(tokens.Count(token => token < 200), batch.Dropped(0));
        Assert.Equal(tokens.Count(token => token >= 200), batch.Dropped(1));

        // ⌈200 / 32 · 1.25 · 2⌉ = 16 places an expert and layer; of equal rank the earlier token keeps its place.
        int early = tokens.Count(token => token < 100);
        int late = tokens.Count(token => token is >= 100 and < 200);
        Assert.True(late > early && early > 0, $"{early} drops in the first half, {late} in the second");
        (int Layer, int Token, int Slot, int Expert)[] claims = [.. recording.OwnChoice.Where(choice => choice.Key.Token < 200)
            .SelectMany(choice => choice.Value.Select((expert, slot) => (choice.Key.Layer, choice.Key.Token, slot, expert)))];
        Assert.Equal(4 * 200 * 2, claims.Length);
        foreach (var rank in claims.GroupBy(claim => (claim.Layer, claim.Slot, claim.Expert)))
        {
            var kept = rank.Where(claim => !IsDropped(claim)).Select(claim => claim.Token).ToArray();
            var dropped = rank.Where(IsDropped).Select(claim => claim.Token).ToArray();
            Assert.True(kept.DefaultIfEmpty(-1).Max() < dropped.DefaultIfEmpty(200).Min());
        }

        foreach (var place in claims.Where(claim => !IsDropped(claim)).GroupBy(claim => (claim.Layer, claim.Expert)))
            Assert.InRange(place.Count(), 1, 16);
        foreach (SequenceCache cache in caches)
            cache.Dispose();

        bool IsDropped((int Layer, int Token, int Slot, int Expert) claim) => recording.Dropped.ContainsKey((claim.Layer, claim.Token, claim.Slot));
    }

    private static LayerAnswer Kinds(string name)
    {
        double[] router = new double[8 * 8];
        (router[0], router[8]) = (4, 2);
        (router[1], router[9]) = (2, 4);
        (router[2], router[18]) = (4, 2);
        SystemLayer layer = new SystemLayer(name).Set("Router", router);
        return layer.Run([.. Enumerable.Range(0, 100).Select(token => Enumerable.Range(0, 8).Select(i => i == token % 3 ? 1.0 : 0).ToArray())]);
    }

    // Tokens of some kinds before a token.
    private static int Before(int token, params int[] kinds) => Enumerable.Range(0, token).Count(other => kinds.Contains(other % 3));
}
