using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A26 DeepSpeed-MoE and A36 OpenMoE: experts that are full.</summary>
public class CapacityTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, CapacityFactor = 1.25)]
        [RoutedExperts(8, IntermediateSize = 2)]
        public partial class DeepSpeedOne;

        [Router(TopK = 2)]
        [MoeLayer] public partial class DeepSpeedTwo : DeepSpeedOne;

        [Router(CapacityFactor = 1)]
        [MoeLayer] public partial class DeepSpeedTwoEven : DeepSpeedTwo;

        [Router(CapacityRounding = CapacityRounding.Tutel)]
        [MoeLayer] public partial class TutelTwo : DeepSpeedTwo;

        [Router(CapacityRounding = CapacityRounding.Tutel)]
        [MoeLayer] public partial class TutelTwoEven : DeepSpeedTwoEven;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Capacity = 3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 4)]
        public partial class SecondChoices;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, CapacityFactor = 1.25, CapacityPriority = CapacityPriority.Position)]
        [RoutedExperts(4, IntermediateSize = 2)]
        public partial class OpenMoeTraining;

        [Router(CapacityPriority = CapacityPriority.Random, Seed = 5)]
        [MoeLayer] public partial class OpenMoeRandom : OpenMoeTraining;

        [Router(CapacityPriority = CapacityPriority.BatchPriority)]
        [MoeLayer] public partial class OpenMoeBatch : OpenMoeTraining;

        [Router(CapacityPriority = CapacityPriority.Probability)]
        [MoeLayer] public partial class OpenMoeProbability : OpenMoeTraining;
        """;

    [Theory]
    [InlineData("DeepSpeedOne", 16)]
    [InlineData("DeepSpeedTwo", 32)]
    [InlineData("DeepSpeedTwoEven", 25)]
    [InlineData("TutelTwo", 32)]
    [InlineData("TutelTwoEven", 26)]
    public void Capacities_OfAHundredTokensAndEightExperts_AreTheNumbersOfTheFile(string name, int capacity)
    {
        // All 100 tokens want expert 2 first and expert 5 second.
        SystemLayer layer = new SystemLayer(name).Logits(0, 0, 5, 0, 0, 4, 0, 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit(100));
        int[] used = [.. Enumerable.Range(0, 100).SelectMany(token => answer.Experts(token))];
        Assert.Equal(capacity, used.Count(expert => expert == 2));
        Assert.Equal(name == "DeepSpeedOne" ? 0 : capacity, used.Count(expert => expert == 5));
        // Earlier tokens keep their place.
        Assert.All(Enumerable.Range(0, 100), token => Assert.Equal(token < capacity, answer.Experts(token).Contains(2)));
    }

    [Fact]
    public void SecondChoices_InAFullExpert_AreDroppedBeforeAnyFirstChoice()
    {
        // Three tokens want 0 then 1, three later ones 1 then 0; each expert has three places.
        SystemLayer layer = new("SecondChoices");
        double[] router = new double[4 * 8];
        (router[0], router[8]) = (4, 2);
        (router[1], router[9]) = (2, 4);
        layer.Set("Router", router);
        double[][] input = [.. Enumerable.Range(0, 6).Select(token => Enumerable.Range(0, 8).Select(i => i == token / 3 ? 1.0 : 0).ToArray())];
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < 6; token++)
        {
            // What survived is renormalised: one expert with weight 1.
            Assert.Equal([(token / 3, 1.0)], answer.Choice(token));
            Assert.True(answer.Recording.Dropped.ContainsKey((0, token, 1)));
            Numbers.Near(Numbers.Gated(layer, "Expert", token / 3, input[token]), answer.Rows[token], 1e-12);
        }

        Assert.Equal(6, answer.Recording.Dropped.Count);
    }

    [Fact]
    public void SecondChoices_OfATokenThatLosesBothExperts_GiveZero()
    {
        SystemLayer layer = new SystemLayer("SecondChoices").Logits(4, 3, 0, 0);
        LayerAnswer answer = layer.Run(layer.FirstUnit(5));
        Assert.Equal([2, 2, 2, 0, 0], Enumerable.Range(0, 5).Select(token => answer.Choice(token).Length));
        Assert.All(answer.Emitted[4], element => Assert.Equal(0f, element));
    }

    [Theory]
    [InlineData("OpenMoeTraining")]
    [InlineData("OpenMoeRandom")]
    [InlineData("OpenMoeBatch")]
    [InlineData("OpenMoeProbability")]
    public void Capacity_UnderEveryPriority_IsNeverExceeded(string name)
    {
        // 61 tokens of 4 experts: ⌈61 / 4 · 1.25 · 2⌉ = 39 places.
        SystemLayer layer = Skewed(name);
        LayerAnswer answer = layer.Run(Rows(layer, 61));
        int[] loads = [.. Enumerable.Range(0, 4).Select(expert => Enumerable.Range(0, 61).Count(token => answer.Experts(token).Contains(expert)))];
        Assert.Equal(39, loads.Max());
        Assert.Equal(122, loads.Sum() + answer.Recording.Dropped.Count);
    }

    [Fact]
    public void Priorities_Score_KeepTheHighestProbabilities()
    {
        SystemLayer layer = Skewed("OpenMoeProbability");
        double[][] input = Rows(layer, 61);
        LayerAnswer answer = layer.Run(input);
        (double Score, bool IsKept)[] claims = [.. Enumerable.Range(0, 61)
            .Where(token => answer.Trace.Decisions[(0, token)].Selected.Contains(0))
            .Select(token => (Numbers.Softmax(Numbers.Linear(layer.Weight("Router"), input[token]))[0], answer.Experts(token).Contains(0)))];
        Assert.Contains(claims, claim => !claim.IsKept);
        Assert.True(claims.Where(claim => claim.IsKept).Min(claim => claim.Score) > claims.Where(claim => !claim.IsKept).Max(claim => claim.Score));
    }

    [Fact]
    public void OpenMoe_DropsByPosition_RiseUnlessThePriorityIsRandomOrByBatch()
    {
        // Share of the drops that fall into the later half of 2,000 tokens.
        double byPosition = LateShare("OpenMoeTraining");
        Assert.True(byPosition > 0.95, $"by position {byPosition}");
        foreach (string name in new[] { "OpenMoeRandom", "OpenMoeBatch" })
        {
            // Some 700 drops of tokens in no order: the deviation of the share is 0.02.
            double share = LateShare(name);
            Assert.InRange(share, 0.42, 0.58);
        }
    }

    [Fact]
    public void OpenMoe_RandomPriorityOfOneSeed_IsTheSameEachTime()
    {
        using IMoeLayer layer = Skewed("OpenMoeRandom").Load();
        Assert.Equal(Drops(layer, 200), Drops(layer, 200));
    }

    private static double LateShare(string name)
    {
        using IMoeLayer layer = Skewed(name).Load();
        (int Token, int Expert)[] drops = Drops(layer, 2000);
        Assert.True(drops.Length > 300, $"{drops.Length} drops");
        return drops.Count(drop => drop.Token >= 1000) / (double)drops.Length;
    }

    private static (int Token, int Expert)[] Drops(IMoeLayer layer, int tokens)
    {
        var random = new Random(8);
        float[] rows = [.. Enumerable.Range(0, tokens * 8).Select(i => i % 8 == 0 ? 1 : (float)((random.NextDouble() * 2) - 1))];
        var recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, tokens)]);
        var observer = new RecordingObserver(recording);
        layer.Forward(rows, rows, default, ref observer);
        return [.. recording.Dropped.Select(drop => (drop.Key.Token, drop.Value)).Order()];
    }

    private static double[][] Rows(SystemLayer layer, int tokens)
    {
        double[][] rows = layer.Tokens(tokens);
        foreach (double[] row in rows)
            row[0] = 1;
        return rows;
    }

    // Expert 0 is wanted by nearly everybody: more than its share of 1.25 · 2 / 4.
    private static SystemLayer Skewed(string name)
    {
        SystemLayer layer = new(name);
        double[] router = layer.Weight("Router");
        router[0] += 3;
        return layer.Set("Router", router);
    }
}
