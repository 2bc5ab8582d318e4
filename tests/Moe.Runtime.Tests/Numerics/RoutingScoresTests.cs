using System;
using System.Linq;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RoutingScoresTests
{
    [Fact]
    public void Sparsemax_RandomRows_IsTheProjectionFoundByBisection() => Sizes.Each(new Projections(isEntmax: false));

    [Fact]
    public void Entmax15_RandomRows_IsTheProjectionFoundByBisection() => Sizes.Each(new Projections(isEntmax: true));

    [Fact]
    public void Sparsemax_LargeAdvantage_IsAllOfTheBest()
    {
        using NativeFloats row = NativeFloats.Of(0f, 9f, 1f, 1f);
        RoutingScores.Sparsemax<D4>(row.Pointer);
        Assert.Equal([0f, 1f, 0f, 0f], row.Span.ToArray());
        using NativeFloats other = NativeFloats.Of(0f, 9f, 1f, 1f);
        RoutingScores.Entmax15<D4>(other.Pointer);
        Assert.Equal([0f, 1f, 0f, 0f], other.Span.ToArray());
    }

    [Fact]
    public void Projections_NaNAndInfinity_NeverThrowAndStayVisible()
    {
        foreach (float wrong in new[] { float.NaN, float.PositiveInfinity })
        {
            using NativeFloats row = NativeFloats.Of(0.5f, wrong, -0.5f);
            RoutingScores.Sparsemax<D3>(row.Pointer);
            Assert.Contains(row.Span.ToArray(), float.IsNaN);
            using NativeFloats other = NativeFloats.Of(0.5f, wrong, -0.5f);
            RoutingScores.Entmax15<D3>(other.Pointer);
            Assert.Contains(other.Span.ToArray(), float.IsNaN);
        }

        using NativeFloats single = NativeFloats.Of(-3f);
        RoutingScores.Sparsemax<D1>(single.Pointer);
        Assert.Equal(1f, single.Span[0]);
        single.Span[0] = -3f;
        RoutingScores.Entmax15<D1>(single.Pointer);
        Assert.Equal(1f, single.Span[0]);
    }

    [Theory]
    [InlineData(0f, 0.5f)]
    [InlineData(0.25f, 0.84375f)]
    [InlineData(-0.25f, 0.15625f)]
    [InlineData(0.1f, 0.648f)]
    [InlineData(0.5f, 1f)]
    [InlineData(-0.5f, 0f)]
    [InlineData(99f, 1f)]
    [InlineData(float.NegativeInfinity, 0f)]
    public void SmoothStep_WidthOne_IsTheKnownNumber(float t, float expected) => Assert.Equal(expected, RoutingScores.SmoothStep(t, 1f), 6);

    [Fact]
    public void Selectors_TwoBits_AreTheKnownProducts()
    {
        using NativeFloats codes = NativeFloats.Of(0.25f, -0.25f);
        using NativeFloats mix = NativeFloats.Of(3f);
        using NativeFloats scores = new(4);
        RoutingScores.Selectors<D4, D1>(codes.Pointer, mix.Pointer, 1f, scores.Pointer);
        // S(0.25) = 0.84375 for bit 0, S(-0.25) = 0.15625 for bit 1.
        double[] expected = [0.1318, 0.7119, 0.0244, 0.1318];
        for (int expert = 0; expert < 4; expert++)
            Assert.Equal(expected[expert], scores.Span[expert], 4);
        Assert.Equal(1.0, scores.Span.ToArray().Sum(), 6);
    }

    [Fact]
    public void Selectors_RandomCodes_AgreeWithTheDefinition()
    {
        Random random = new(3);
        for (int round = 0; round < 50; round++)
        {
            using NativeFloats codes = NativeFloats.Random(random, 3 * 3);
            using NativeFloats mix = NativeFloats.Random(random, 3, 2f);
            using NativeFloats scores = new(5);
            RoutingScores.Selectors<D5, D3>(codes.Pointer, mix.Pointer, 1.3f, scores.Pointer);
            double total = mix.Span.ToArray().Sum(m => Math.Exp(m));
            for (int expert = 0; expert < 5; expert++)
            {
                double expected = 0;
                for (int selector = 0; selector < 3; selector++)
                {
                    double product = Math.Exp(mix.Span[selector]) / total;
                    for (int bit = 0; bit < 3; bit++)
                    {
                        double s = Step(codes.Span[(selector * 3) + bit], 1.3f);
                        product *= (expert & (1 << bit)) != 0 ? s : 1 - s;
                    }

                    expected += product;
                }

                Assert.Equal(expected, scores.Span[expert], 1e-5);
            }
        }
    }

    [Fact]
    public void Tree_RandomNodes_AgreesWithWalkingFromEachLeafToTheRoot()
    {
        Random random = new(5);
        for (int round = 0; round < 50; round++)
        {
            using NativeFloats nodes = NativeFloats.Random(random, 2 * 6);
            using NativeFloats leaves = NativeFloats.Random(random, 2 * 7, 3f);
            using NativeFloats scores = new(7);
            int[] permutation = [3, 1, 0, 2, 6, 5, 4, 0, 6, 5, 1, 2, 3, 4];
            fixed (int* expertOfLeaf = permutation)
                RoutingScores.Tree<D7, D2>(nodes.Pointer, leaves.Pointer, 1f, round % 2 == 0 ? expertOfLeaf : null, scores.Pointer);

            var shares = new double[7];
            double total = 0;
            for (int leaf = 0; leaf < 14; leaf++)
            {
                double path = 1;
                for (int node = 6 + (leaf % 7); node > 0; node = (node - 1) / 2)
                {
                    double left = Step(nodes.Span[(leaf / 7 * 6) + ((node - 1) / 2)], 1f);
                    path *= node % 2 == 1 ? left : 1 - left;
                }

                double share = path > 0 ? Math.Exp(leaves.Span[leaf]) * (path + 1e-8) : 0;
                shares[round % 2 == 0 ? permutation[leaf] : leaf % 7] += share;
                total += share;
            }

            for (int expert = 0; expert < 7; expert++)
                Assert.Equal(shares[expert] / total, scores.Span[expert], 1e-5);
        }
    }

    [Fact]
    public void Tree_Saturated_LeavesExactlyOneExpertATree()
    {
        using NativeFloats nodes = NativeFloats.Of(9f, -9f, 9f, /* second tree */ -9f, 9f, 9f);
        using NativeFloats leaves = NativeFloats.Of(1f, 2f, 3f, 4f, 1f, 2f, 3f, 4f);
        using NativeFloats scores = new(4);
        RoutingScores.Tree<D4, D2>(nodes.Pointer, leaves.Pointer, 1f, null, scores.Pointer);
        // Tree 0: left, then right: leaf 1. Tree 1: right, then left: leaf 2.
        Assert.Equal(0f, scores.Span[0]);
        Assert.Equal(0f, scores.Span[3]);
        Assert.Equal(1 / (1 + Math.E), scores.Span[1], 5);
        Assert.Equal(1.0, scores.Span[1] + scores.Span[2], 6);
    }

    [Fact]
    public void Standardise_RandomRows_HaveTheDeviationAsked()
    {
        Random random = new(7);
        using NativeFloats row = NativeFloats.Random(random, 17, 5f);
        double[] before = Array.ConvertAll(row.Span.ToArray(), x => (double)x);
        RoutingScores.Standardise<D17>(row.Pointer, 1.5f);
        double deviation = Deviation(before);
        for (int i = 0; i < 17; i++)
            Assert.Equal(before[i] * 1.5 / deviation, row.Span[i], 1e-5);
        Assert.Equal(1.5, Deviation(Array.ConvertAll(row.Span.ToArray(), x => (double)x)), 5);
    }

    private static double Deviation(double[] row) => Math.Sqrt(row.Sum(x => Math.Pow(x - row.Average(), 2)) / (row.Length - 1));

    private static double Step(double t, double gamma) => t <= -gamma / 2 ? 0 : t >= gamma / 2 ? 1
        : (-2 * Math.Pow(t / gamma, 3)) + (1.5 * t / gamma) + 0.5;

    private sealed class Projections(bool isEntmax) : ISizedTest
    {
        public void Run<TSize>()
            where TSize : IDimension
        {
            Random random = new(TSize.Size);
            for (int round = 0; round < 20; round++)
            {
                using NativeFloats row = NativeFloats.Random(random, TSize.Size, round % 2 == 0 ? 1f : 6f);
                if (round == 7)
                    row.Span.Fill(0.25f);
                double[] z = Array.ConvertAll(row.Span.ToArray(), x => (double)x);
                if (isEntmax)
                    RoutingScores.Entmax15<TSize>(row.Pointer);
                else
                    RoutingScores.Sparsemax<TSize>(row.Pointer);
                double low = -100, high = 100;
                for (int i = 0; i < 200; i++)
                {
                    double middle = (low + high) / 2;
                    if (z.Sum(x => Share(x, middle)) > 1)
                        low = middle;
                    else
                        high = middle;
                }

                // Sums of up to 576 numbers in float32, and a root in entmax.
                for (int i = 0; i < TSize.Size; i++)
                    Assert.Equal(Share(z[i], low), row.Span[i], 2e-5);
            }
        }

        private double Share(double z, double threshold) => isEntmax
            ? Math.Pow(Math.Max((z / 2) - threshold, 0), 2)
            : Math.Max(z - threshold, 0);
    }
}
