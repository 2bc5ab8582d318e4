using System;
using System.Linq;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RoutingChoiceTests
{
    private const float NaN = float.NaN;

    [Fact]
    public void FirstExceeding_KnownProbabilities_KeepTheKnownNumber()
    {
        Assert.Equal([0, 1, -1, -1, -1], FirstExceeding(0.4f, 0, .35f, .25f, .20f, .10f, .10f));
        Assert.Equal([0, -1, -1, -1, -1], FirstExceeding(0.4f, 0, .45f, .25f, .10f, .10f, .10f));
        Assert.Equal([0, 1, 2, 3, 4], FirstExceeding(1f, 0, .35f, .25f, .20f, .10f, .10f));
        Assert.Equal([0, 1, 2, -1, -1], FirstExceeding(0.4f, 3, .35f, .25f, .20f, .10f, .10f));
    }

    [Fact]
    public void SumAtMost_KnownProbabilities_DiffersFromFirstExceedingByOne()
    {
        Assert.Equal([0, 1, -1, -1], SumAtMost(0.75f, 2, .5f, .25f, .15f, .1f));
        Assert.Equal([0, 1, -1, -1], SumAtMost(0.1f, 2, .5f, .25f, .15f, .1f));
        Assert.Equal([-1, -1, -1, -1], SumAtMost(0.1f, 0, .5f, .25f, .15f, .1f));
        Assert.Equal([0, 1, 2, 3], SumAtMost(2f, 0, .5f, .25f, .15f, .1f));
        Assert.Equal([0, -1, -1, -1], SumAtMost(0.3f, 1, .7f, -.5f, -.6f, -.7f));
    }

    [Fact]
    public void Prefixes_NaN_RankLastAndEndNothing()
    {
        Assert.Equal([1, 2, 0, 3, 4], FirstExceeding(0.9f, 0, NaN, .5f, .25f, NaN, NaN));
        Assert.Equal([1, 2, -1, -1], SumAtMost(0.9f, 0, NaN, .5f, .25f, NaN));
        Assert.Equal([0, 1, 2, 3], FirstExceeding4(NaN, NaN, NaN, NaN));
        Assert.Equal([1, -1, -1, -1], Above(0.4f, 0, NaN, .5f, .25f, .1f));
    }

    [Fact]
    public void Above_Threshold_IsStrictAndKeepsTheMinimum()
    {
        Assert.Equal([2, 0, -1, -1], Above(0.2f, 0, .3f, .2f, .5f, 0f));
        Assert.Equal([-1, -1, -1, -1], Above(1f, 0, .3f, .2f, .5f, 0f));
        Assert.Equal([2, 0, -1, -1], Above(1f, 2, .3f, .2f, .5f, 0f));
        Assert.Equal([0, 1, -1, -1], Above(0f, 0, .3f, .3f, 0f, 0f));
    }

    [Fact]
    public void Ranks_Windows_AreRowsOfTheWholeOrder()
    {
        Random random = new(11);
        int* chosen = stackalloc int[5];
        for (int round = 0; round < 200; round++)
        {
            using NativeFloats keys = NativeFloats.Random(random, 7);
            keys.Span[random.Next(7)] = NaN;
            keys.Span[random.Next(7)] = keys.Span[random.Next(7)];
            int first = random.Next(8), count = random.Next(6);
            RoutingChoice.Ranks<D7, D5>(keys.Pointer, chosen, first, count);
            int[] order = Enumerable.Range(0, 7).OrderBy(i => float.IsNaN(keys.Span[i])).ThenByDescending(i => keys.Span[i]).ToArray();
            int[] expected = order.Skip(first).Take(Math.Min(count, 5)).ToArray();
            Assert.Equal(expected.Concat(Enumerable.Repeat(-1, 5 - expected.Length)), new Span<int>(chosen, 5).ToArray());
        }
    }

    [Fact]
    public void Entropy_KnownRows_AreTheKnownNumbers()
    {
        // Order 1.1 divides a difference of float32 numbers near 1 by 0.1.
        using NativeFloats uniform = new(8, 0.125f);
        Assert.Equal(1.877476, RoutingChoice.Entropy<D8>(uniform.Pointer, 1.1f, 0f), 1e-5);
        using NativeFloats row = NativeFloats.Of(.5f, .25f, .15f, .1f);
        float entropy = RoutingChoice.Entropy<D4>(row.Pointer, 1.1f, 0f);
        Assert.Equal(1.123334, entropy, 1e-5);
        Assert.Equal(0.867779, entropy / RoutingChoice.GreatestEntropy(4, 1.1f), 1e-5);
        Assert.Equal(-row.Span.ToArray().Sum(p => p * Math.Log(p)), RoutingChoice.Entropy<D4>(row.Pointer, 1f, 0f), 1e-5);
        Assert.Equal(Math.Log(4), RoutingChoice.GreatestEntropy(4, 1f), 1e-5);
    }

    [Fact]
    public void Entropy_ZerosAndEpsilon_AgreeWithTheDefinition()
    {
        using NativeFloats row = NativeFloats.Of(1f, 0f, 0f);
        Assert.Equal(0.0, RoutingChoice.Entropy<D3>(row.Pointer, 1.4f, 0f), 1e-5);
        Assert.Equal(0.0, RoutingChoice.Entropy<D3>(row.Pointer, 1f, 0f), 1e-5);
        double expected = (1 - Math.Pow(1.00001, 1.4) - (2 * Math.Pow(1e-5, 1.4))) / 0.4;
        Assert.Equal(expected, RoutingChoice.Entropy<D3>(row.Pointer, 1.4f, 1e-5f), 1e-5);
    }

    [Fact]
    public void SparseMixer_RandomLogits_AgreesWithTheDefinition()
    {
        Random random = new(13);
        int* chosen = stackalloc int[2];
        float* weights = stackalloc float[2];
        for (int round = 0; round < 100; round++)
        {
            using NativeFloats logits = NativeFloats.Random(random, 8, 2f);
            if (round % 3 == 0)
                logits.Span[3] = logits.Span[5] * 1.005f;
            SparseMixer.Choose<D8>(logits.Pointer, 0.01f, chosen, weights);

            float[] z = logits.Span.ToArray();
            int taken = -1;
            for (int turn = 0; turn < 2; turn++)
            {
                int best = Enumerable.Range(0, 8).Where(i => i != taken).MaxBy(i => z[i]);
                double most = z[best];
                double sum = Enumerable.Range(0, 8)
                    .Where(i => i != taken && !((most - z[i]) / Math.Max(Math.Abs(z[i]), most) > 0.02))
                    .Sum(i => Math.Exp(z[i] - most));
                Assert.Equal(best, chosen[turn]);
                Assert.Equal(1 / sum, weights[turn], 1e-5);
                taken = best;
            }
        }
    }

    [Fact]
    public void SparseMixer_DegenerateRows_ChooseWithoutFailing()
    {
        int* chosen = stackalloc int[2];
        float* weights = stackalloc float[2];
        using NativeFloats single = NativeFloats.Of(0f);
        SparseMixer.Choose<D1>(single.Pointer, 0.01f, chosen, weights);
        Assert.Equal((0, -1, 1f, 0f), (chosen[0], chosen[1], weights[0], weights[1]));
        using NativeFloats nothing = NativeFloats.Of(NaN, NaN, NaN);
        SparseMixer.Choose<D3>(nothing.Pointer, 0.01f, chosen, weights);
        Assert.Equal((0, 1), (chosen[0], chosen[1]));
    }

    private static int[] FirstExceeding(float p, int minimum, float a, float b, float c, float d, float e)
    {
        using NativeFloats keys = NativeFloats.Of(a, b, c, d, e);
        int* chosen = stackalloc int[5];
        RoutingChoice.FirstExceeding<D5, D5>(keys.Pointer, chosen, p, minimum);
        return new Span<int>(chosen, 5).ToArray();
    }

    private static int[] FirstExceeding4(float a, float b, float c, float d)
    {
        using NativeFloats keys = NativeFloats.Of(a, b, c, d);
        int* chosen = stackalloc int[4];
        RoutingChoice.FirstExceeding<D4, D4>(keys.Pointer, chosen, 0.5f, 0);
        return new Span<int>(chosen, 4).ToArray();
    }

    private static int[] SumAtMost(float p, int minimum, float a, float b, float c, float d)
    {
        using NativeFloats keys = NativeFloats.Of(a, b, c, d);
        int* chosen = stackalloc int[4];
        RoutingChoice.SumAtMost<D4, D4>(keys.Pointer, chosen, p, minimum);
        return new Span<int>(chosen, 4).ToArray();
    }

    private static int[] Above(float threshold, int minimum, float a, float b, float c, float d)
    {
        using NativeFloats keys = NativeFloats.Of(a, b, c, d);
        int* chosen = stackalloc int[4];
        RoutingChoice.Above<D4, D4>(keys.Pointer, chosen, threshold, minimum);
        return new Span<int>(chosen, 4).ToArray();
    }
}
