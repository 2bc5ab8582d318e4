using System;
using System.Linq;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RoutingWeightsTests
{
    [Fact]
    public void Weights_EmptySlots_AreZeroAndTakeNoPart()
    {
        int[] choice = [4, -1, 0, 2];
        fixed (int* chosen = choice)
        {
            using NativeFloats scores = NativeFloats.Of(1f, 20f, 3f, 40f, 5f);
            using NativeFloats weights = new(4);
            Routing.Gather<D4>(scores.Pointer, chosen, weights.Pointer);
            Assert.Equal([5f, 0f, 1f, 3f], weights.Span.ToArray());

            RoutingWeights.Softmax<D4>(chosen, weights.Pointer);
            double sum = Math.Exp(5) + Math.Exp(1) + Math.Exp(3);
            Assert.Equal(Math.Exp(5) / sum, weights.Span[0], 1e-6);
            Assert.Equal(0f, weights.Span[1]);
            Assert.Equal(Math.Exp(3) / sum, weights.Span[3], 1e-6);

            weights.Span.Fill(0.5f);
            RoutingWeights.Sigmoid<D4>(chosen, weights.Pointer);
            Assert.Equal(1 / (1 + Math.Exp(-0.5)), weights.Span[0], 1e-6);
            Assert.Equal(0f, weights.Span[1]);

            RoutingWeights.One<D4>(chosen, weights.Pointer);
            Assert.Equal([1f, 0f, 1f, 1f], weights.Span.ToArray());
            RoutingWeights.ZeroOut<D4>(chosen, weights.Pointer, 2, 2);
            Assert.Equal([1f, 0f, 1f, 0f], weights.Span.ToArray());
            Assert.Equal(2f, RoutingWeights.Sum<D4>(chosen, weights.Pointer, 0, 5));
            Assert.Equal(1f, RoutingWeights.Sum<D4>(chosen, weights.Pointer, 3, 2));
            Assert.Equal(0f, RoutingWeights.Sum<D4>(chosen, weights.Pointer, 5, 2));
        }
    }

    [Fact]
    public void Weights_NothingChosen_AreZeroNotNaN()
    {
        int[] choice = [-1, -1];
        fixed (int* chosen = choice)
        {
            using NativeFloats weights = NativeFloats.Of(7f, 8f);
            RoutingWeights.Softmax<D2>(chosen, weights.Pointer);
            Assert.Equal([0f, 0f], weights.Span.ToArray());
            Routing.Renormalise<D2>(weights.Pointer, 0f);
            Assert.Equal([0f, 0f], weights.Span.ToArray());
        }
    }

    [Fact]
    public void Renormalise_SmallSums_DivideByTheMinimum()
    {
        using NativeFloats weights = NativeFloats.Of(0.1f, 0.3f);
        Routing.Renormalise<D2>(weights.Pointer, 0f, minimumSum: 2f);
        Assert.Equal([0.05f, 0.15f], weights.Span.ToArray());
        using NativeFloats large = NativeFloats.Of(1f, 3f);
        Routing.Renormalise<D2>(large.Pointer, 0f, minimumSum: 2f);
        Assert.Equal([0.25f, 0.75f], large.Span.ToArray());
        // A zero expert beside another: after zeroing, the other one has all.
        using NativeFloats zeroed = NativeFloats.Of(0f, 0.3f);
        Routing.Renormalise<D2>(zeroed.Pointer, 0f);
        Assert.Equal([0f, 1f], zeroed.Span.ToArray());
    }

    [Fact]
    public void ConstantExpert_RandomRows_AgreesWithTheDefinition()
    {
        Random random = new(17);
        using NativeFloats x = NativeFloats.Random(random, 31);
        using NativeFloats mix0 = NativeFloats.Random(random, 31);
        using NativeFloats mix1 = NativeFloats.Random(random, 31);
        using NativeFloats constant = NativeFloats.Random(random, 31);
        using NativeFloats output = NativeFloats.Random(random, 31);
        float[] before = output.Span.ToArray();
        ConstantExpert.AddTo<D31>(x.Pointer, mix0.Pointer, mix1.Pointer, constant.Pointer, 0.7f, output.Pointer);
        double first = Math.Exp(Dot(mix0, x)), second = Math.Exp(Dot(mix1, x));
        for (int i = 0; i < 31; i++)
        {
            double expected = before[i] + (0.7 * ((first / (first + second) * x.Span[i]) + (second / (first + second) * constant.Span[i])));
            Assert.Equal(expected, output.Span[i], 1e-5);
        }
    }

    [Fact]
    public void Gru_RandomRows_AgreesWithTheDefinitionAtOddSizes() => Sizes.Each(new GruTest());

    [Fact]
    public void Similarities_RandomVectors_AgreeWithTheDefinition() => Sizes.Each(new SimilarityTest());

    private static double Dot(NativeFloats left, NativeFloats right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
            sum += (double)left.Span[i] * right.Span[i];
        return sum;
    }

    private sealed class GruTest : ISizedTest
    {
        public void Run<TSize>()
            where TSize : IDimension
        {
            int n = TSize.Size;
            Random random = new(n);
            using NativeFloats input = NativeFloats.Random(random, 3 * n, 3f);
            using NativeFloats hidden = NativeFloats.Random(random, 3 * n, 3f);
            using NativeFloats state = NativeFloats.Random(random, n);
            double[] before = Array.ConvertAll(state.Span.ToArray(), x => (double)x);
            RecurrentCell.Gru<TSize>(input.Pointer, hidden.Pointer, state.Pointer, state.Pointer);
            for (int i = 0; i < n; i++)
            {
                double r = 1 / (1 + Math.Exp(-(input.Span[i] + hidden.Span[i])));
                double c = 1 / (1 + Math.Exp(-(input.Span[n + i] + hidden.Span[n + i])));
                double fresh = Math.Tanh(input.Span[(2 * n) + i] + (r * hidden.Span[(2 * n) + i]));
                Assert.Equal(((1 - c) * fresh) + (c * before[i]), state.Span[i], 1e-6);
            }
        }
    }

    private sealed class SimilarityTest : ISizedTest
    {
        public void Run<TSize>()
            where TSize : IDimension
        {
            int n = TSize.Size;
            int stride = (n + 15) / 16 * 16;
            Random random = new(n);
            using NativeFloats x = NativeFloats.Random(random, n);
            using NativeFloats vectors = NativeFloats.Random(random, 3 * stride);
            using NativeFloats logits = new(3);
            double[] input = Array.ConvertAll(x.Span.ToArray(), v => (double)v);
            double[][] rows = [.. Enumerable.Range(0, 3).Select(e => Array.ConvertAll(vectors.Span.Slice(e * stride, n).ToArray(), v => (double)v))];

            RoutingSimilarity.Cosine<TSize, D3>(x.Pointer, vectors.Pointer, stride, 0.5f, logits.Pointer);
            Check(logits, e => Product(input, rows[e]) / Math.Sqrt(Product(input, input) * Product(rows[e], rows[e])) * Math.Exp(0.5));
            RoutingSimilarity.Cosine<TSize, D3>(x.Pointer, vectors.Pointer, stride, 50f, logits.Pointer);
            Check(logits, e => Product(input, rows[e]) / Math.Sqrt(Product(input, input) * Product(rows[e], rows[e])) * 100, 1e-3);
            RoutingSimilarity.Distance<TSize, D3>(x.Pointer, vectors.Pointer, stride, -1f, logits.Pointer);
            Check(logits, e => -Math.Sqrt(input.Zip(rows[e], (a, b) => (a - b) * (a - b)).Sum()));
            RoutingSimilarity.ScaledDot<TSize, D3>(x.Pointer, vectors.Pointer, stride, logits.Pointer);
            Check(logits, e => Product(Normed(input), Normed(rows[e])) / Math.Sqrt(n));
        }

        // Sums of up to 576 products in float32.
        private static void Check(NativeFloats logits, Func<int, double> expected, double tolerance = 2e-5)
        {
            for (int expert = 0; expert < 3; expert++)
                Assert.Equal(expected(expert), logits.Span[expert], tolerance * Math.Max(1, Math.Abs(expected(expert))));
        }

        private static double Product(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

        private static double[] Normed(double[] row)
        {
            double mean = row.Average();
            double deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + 1e-5);
            return Array.ConvertAll(row, v => (v - mean) / deviation);
        }
    }
}
