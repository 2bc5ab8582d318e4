using System;
using System.Linq;
using Moe.Runtime.Generation;

namespace Moe.Runtime.Tests.Generation;

public sealed class SamplerTests
{
    [Fact]
    public void Sample_RandomOptions_DrawsFromTheReferenceDistribution()
    {
        var random = new Random(11);
        for (int round = 0; round < 60; round++)
        {
            float[] logits = Logits(random, random.Next(1, 40));
            int[] tokens = Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(logits.Length)).ToArray();
            var options = new SamplingOptions
            {
                Temperature = 0.2f + 2 * random.NextSingle(),
                TopK = random.Next(3) * random.Next(12),
                TopP = random.Next(2) == 0 ? 1 : random.NextSingle(),
                MinP = random.Next(2) == 0 ? 0 : random.NextSingle() * 0.3f,
                RepetitionPenalty = random.Next(2) == 0 ? 1 : 0.6f + random.NextSingle(),
            };
            const int Draws = 4000;
            var counts = new int[logits.Length];
            for (int draw = 0; draw < Draws; draw++)
                counts[new Sampler(options with { Seed = (ulong)(round * Draws + draw) }, logits.Length).Sample(logits, tokens)]++;

            AssertDistributed(ReferenceSampling.Distribution(logits, tokens, options), counts, $"round {round}: {options}");
        }
    }

    [Fact]
    public void Sample_AtManyPositionsWithOneSeed_DrawsFromTheDistribution()
    {
        float[] logits = Logits(new Random(12), 30);
        var sampler = new Sampler(new SamplingOptions { Seed = 3, TopP = 0.9f }, 30);
        var counts = new int[30];
        for (int length = 1; length <= 20_000; length++)
            counts[sampler.Sample(logits, new int[length])]++;

        AssertDistributed(ReferenceSampling.Distribution(logits, [0], new SamplingOptions { TopP = 0.9f }), counts, "positions");
    }

    [Fact]
    public void Sample_NeighbouringSeedsAndPositions_AreIndependent()
    {
        // Two tokens of equal probability: agreement with a neighbour must be a coin toss. 5 sigma of 10,000 tosses is 250.
        float[] logits = [0, 0];
        int[] Drawn(ulong seed, int shift) => Enumerable.Range(1, 10_000)
            .Select(position => new Sampler(new SamplingOptions { Seed = seed }, 2).Sample(logits, new int[position % 100 * 3 + shift + 1]))
            .ToArray();

        int[] Seeds(int position) => Enumerable.Range(0, 10_000)
            .Select(seed => new Sampler(new SamplingOptions { Seed = (ulong)seed }, 2).Sample(logits, new int[position]))
            .ToArray();

        int[] here = Seeds(5);
        Assert.InRange(here.Zip(Seeds(6)).Count(pair => pair.First == pair.Second), 4750, 5250);
        Assert.InRange(here.Skip(1).Zip(here).Count(pair => pair.First == pair.Second), 4750, 5250);
        Assert.InRange(here.Skip(1).Zip(Seeds(6)).Count(pair => pair.First == pair.Second), 4750, 5250);
        Assert.Equal(Drawn(7, 0), Drawn(7, 0));
        Assert.NotEqual(Drawn(7, 0), Drawn(8, 0));
    }

    [Fact]
    public void Sample_Greedy_TakesTheBestAndTheLowestIdAmongEquals()
    {
        var sampler = new Sampler(new SamplingOptions { Temperature = 0 }, 5);
        Assert.Equal(1, sampler.Sample([1, 4, 4, 3, 4], [0]));
        Assert.Equal(0, sampler.Sample([-0f, 0f, 0f, -1, -1], [0]));
        Assert.Equal(2, sampler.Sample([float.NegativeInfinity, -9, -8, float.NegativeInfinity, -9], [0]));
    }

    [Fact]
    public void Sample_TopKWithEquals_KeepsTheLowestIds()
    {
        float[] logits = [0, 5, 5, 5, 5, 1];
        for (ulong seed = 0; seed < 500; seed++)
            Assert.InRange(new Sampler(new SamplingOptions { TopK = 2, Seed = seed }, 6).Sample(logits, [0]), 1, 2);
    }

    [Fact]
    public void Sample_TopPBelowTheBest_KeepsTheBestAlone()
    {
        float[] logits = [0, 2, 2, 1];
        for (ulong seed = 0; seed < 500; seed++)
        {
            Assert.Equal(1, new Sampler(new SamplingOptions { TopP = 0, Seed = seed }, 4).Sample(logits, [0]));
            Assert.Equal(1, new Sampler(new SamplingOptions { TopP = 0.1f, Seed = seed }, 4).Sample(logits, [0]));
            Assert.InRange(new Sampler(new SamplingOptions { MinP = 1, Seed = seed }, 4).Sample(logits, [0]), 1, 2);
        }
    }

    [Fact]
    public void Sample_ExtremeTemperaturesAndLogits_StaysWithinWhatIsPossible()
    {
        float[] logits = [float.MinValue, 3e38f, float.NegativeInfinity, -3e38f];
        for (ulong seed = 0; seed < 200; seed++)
        {
            Assert.Equal(1, new Sampler(new SamplingOptions { Temperature = float.Epsilon, Seed = seed }, 4).Sample(logits, [0]));
            Assert.NotEqual(2, new Sampler(new SamplingOptions { Temperature = float.MaxValue, Seed = seed }, 4).Sample(logits, [0]));
            Assert.NotEqual(2, new Sampler(new SamplingOptions { Temperature = float.MaxValue, TopK = 4, TopP = 0.99f, Seed = seed }, 4).Sample(logits, [0]));
            Assert.InRange(new Sampler(new SamplingOptions { RepetitionPenalty = 1e-30f, Seed = seed }, 4).Sample(logits, [0, 1]), 0, 3);
        }
    }

    [Theory]
    [InlineData(2f, 1f, 0.9f, -1f, 1)]
    [InlineData(1.2f, 1f, 0.8f, -1f, 0)]
    [InlineData(2f, -1f, -1.5f, -3f, 1)]
    [InlineData(1.2f, -1f, -1.5f, -3f, 0)]
    [InlineData(0.5f, 1f, 1.9f, -3f, 0)]
    public void Sample_RepetitionPenalty_DividesPositiveAndMultipliesNegative(float penalty, float first, float second, float third, int expected)
    {
        // Token 0 occurs, three times: it is penalised once.
        var sampler = new Sampler(new SamplingOptions { Temperature = 0, RepetitionPenalty = penalty }, 3);
        Assert.Equal(expected, sampler.Sample([first, second, third], [0, 0, 0]));
    }

    [Fact]
    public void Sample_NothingToDrawFrom_IsRefused()
    {
        foreach (float temperature in new[] { 0f, 1f })
        {
            var sampler = new Sampler(new SamplingOptions { Temperature = temperature }, 3);
            Assert.Contains("NaN", Assert.Throws<NotFiniteNumberException>(() => sampler.Sample([1, float.NaN, 2], [0])).Message);
            Assert.Throws<NotFiniteNumberException>(() => sampler.Sample([1, float.PositiveInfinity, 2], [0]));
            float none = float.NegativeInfinity;
            Assert.Contains("no token can follow", Assert.Throws<NotFiniteNumberException>(() => sampler.Sample([none, none, none], [0])).Message);
            Assert.Throws<ArgumentException>(() => sampler.Sample([1, 2], [0]));
        }
    }

    [Theory]
    [InlineData("Temperature", -0.1f, 0, 1f, 0f, 1f)]
    [InlineData("Temperature", float.NaN, 0, 1f, 0f, 1f)]
    [InlineData("Temperature", float.PositiveInfinity, 0, 1f, 0f, 1f)]
    [InlineData("TopK", 1f, -1, 1f, 0f, 1f)]
    [InlineData("TopP", 1f, 0, 1.1f, 0f, 1f)]
    [InlineData("TopP", 1f, 0, float.NaN, 0f, 1f)]
    [InlineData("MinP", 1f, 0, 1f, -0.1f, 1f)]
    [InlineData("RepetitionPenalty", 1f, 0, 1f, 0f, 0f)]
    [InlineData("RepetitionPenalty", 1f, 0, 1f, 0f, float.PositiveInfinity)]
    public void Sampler_OptionOutOfRange_NamesTheOption(string option, float temperature, int topK, float topP, float minP, float penalty)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP, RepetitionPenalty = penalty };
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(options, 10));
        Assert.Equal(option, exception.ParamName);
        Assert.StartsWith($"{option} is ", exception.Message);
    }

    [Fact]
    public void Sample_AnyOptions_AllocatesNothing()
    {
        float[] logits = Logits(new Random(13), 500);
        int[] tokens = [1, 2, 3];
        foreach (SamplingOptions options in new SamplingOptions[]
        {
            new(),
            new() { Temperature = 0, RepetitionPenalty = 1.1f },
            new() { TopK = 40, TopP = 0.9f, MinP = 0.01f, RepetitionPenalty = 1.1f },
            new() { TopP = 0.9f },
        })
        {
            var sampler = new Sampler(options, 500);
            sampler.Sample(logits, tokens);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                sampler.Sample(logits, tokens);

            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private static float[] Logits(Random random, int vocabulary) =>
        // Rounded, so that equal logits are frequent.
        Enumerable.Range(0, vocabulary).Select(_ => MathF.Round(random.NextSingle() * 8 - 4, 1)).ToArray();

    private static void AssertDistributed(double[] expected, int[] counts, string what)
    {
        int draws = counts.Sum();
        double chiSquare = 0;
        int cells = 0;
        double restExpected = 0;
        int restCount = 0;
        for (int token = 0; token < counts.Length; token++)
        {
            Assert.True(expected[token] > 0 || counts[token] == 0, $"{what}: token {token} cannot be drawn and was, {counts[token]} times");
            if (expected[token] * draws < 5)
            {
                restExpected += expected[token] * draws;
                restCount += counts[token];
                continue;
            }

            cells++;
            chiSquare += Math.Pow(counts[token] - expected[token] * draws, 2) / (expected[token] * draws);
        }

        if (restExpected >= 5)
        {
            cells++;
            chiSquare += Math.Pow(restCount - restExpected, 2) / restExpected;
        }

        // Mean cells - 1, variance 2 (cells - 1): five sigma and a little for the long tail of few cells.
        double freedom = Math.Max(cells - 1, 0);
        Assert.True(chiSquare <= freedom + 5 * Math.Sqrt(2 * freedom) + 8, $"{what}: chi square {chiSquare} of {freedom} degrees of freedom");
    }
}
