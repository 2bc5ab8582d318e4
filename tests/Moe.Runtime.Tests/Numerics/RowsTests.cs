using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RowsTests
{
    /// <summary>Of results near one: roundings of sums of some hundred numbers in 16 partial sums.</summary>
    private const double Tolerance = 4e-6;

    [Fact]
    public void RmsNorm_AnySize_AgreesWithDoubles() => Sizes.Each(new RmsNorm());

    [Fact]
    public void LayerNorm_AnySize_AgreesWithDoubles() => Sizes.Each(new LayerNorm());

    [Fact]
    public void Softmax_AnySize_AgreesWithDoubles() => Sizes.Each(new Softmax());

    [Fact]
    public void Elementwise_AnySize_IsExact() => Sizes.Each(new Elementwise());

    [Fact]
    public void Sums_AtEveryWidth_GiveTheSameBits()
    {
        Random random = new(3);
        foreach (int size in Sizes.All)
        {
            using NativeFloats x = NativeFloats.Random(random, size);
            using NativeFloats y = NativeFloats.Random(random, size);
            float expected = ScalarDot(x.Span, y.Span);
            Assert.Equal(expected, RowLoops.Sum<Lanes4, Rows.Products>(x.Pointer, y.Pointer, 0f, size));
            Assert.Equal(expected, RowLoops.Sum<Lanes8, Rows.Products>(x.Pointer, y.Pointer, 0f, size));

            // At 512 bits multiply-adds are always fused, for a processor that has them can: elsewhere their bits are others.
            if (CpuInstructions.HasFusedMultiplyAdd)
                Assert.Equal(expected, RowLoops.Sum<Lanes16, Rows.Products>(x.Pointer, y.Pointer, 0f, size));
            float maximum = float.NegativeInfinity;
            foreach (float value in x.Span)
                maximum = Math.Max(maximum, value);
            Assert.Equal(maximum, RowLoops.Maximum<Lanes4>(x.Pointer, size));
            Assert.Equal(maximum, RowLoops.Maximum<Lanes8>(x.Pointer, size));
            Assert.Equal(maximum, RowLoops.Maximum<Lanes16>(x.Pointer, size));
        }
    }

    [Fact]
    public void RmsNorm_WithoutWeight_IsThatOfOnes()
    {
        using NativeFloats x = NativeFloats.Random(new Random(5), 17, 3f);
        using NativeFloats ones = new(17, 1f);
        using NativeFloats plain = new(17);
        using NativeFloats weighted = new(17);
        Rows.RmsNorm<D17>(x.Pointer, 1e-5f, plain.Pointer);
        Rows.RmsNorm<D17>(x.Pointer, ones.Pointer, 1e-5f, weighted.Pointer);
        Assert.Equal(weighted.Span.ToArray(), plain.Span.ToArray());
    }

    [Fact]
    public void ClipAndMix_OfAnOddSize_AreTheScalarLoops()
    {
        using NativeFloats x = NativeFloats.Random(new Random(6), 17, 3f);
        using NativeFloats y = NativeFloats.Random(new Random(7), 17, 3f);
        x.Span[3] = float.NaN;
        x.Span[16] = float.PositiveInfinity;
        float[] before = x.Span.ToArray();
        using NativeFloats mixed = new(17);
        Rows.Mix<D17>(0.5f, x.Pointer, -2f, y.Pointer, mixed.Pointer);
        Rows.Clip<D17>(1.25f, x.Pointer);
        for (int i = 0; i < 17; i++)
        {
            Assert.Equal(float.IsNaN(before[i]) ? float.NaN : Math.Clamp(before[i], -1.25f, 1.25f), x.Span[i]);
            Assert.Equal(CpuInstructions.HasFusedMultiplyAdd ? MathF.FusedMultiplyAdd(-2f, y.Span[i], 0.5f * before[i]) : (0.5f * before[i]) + (-2f * y.Span[i]), mixed.Span[i]);
        }
    }

    [Fact]
    public void Softmax_OneNaN_MakesTheRowNaN()
    {
        foreach (int at in new[] { 0, 5, 16 })
        {
            using NativeFloats x = NativeFloats.Random(new Random(at), 17);
            x.Span[at] = float.NaN;
            Rows.Softmax<D17>(x.Pointer);
            foreach (float value in x.Span)
                Assert.True(float.IsNaN(value));
        }
    }

    [Fact]
    public void Softmax_LargeLogits_DoesNotOverflow()
    {
        using NativeFloats x = NativeFloats.Of(1000f, 999f, float.NegativeInfinity);
        Rows.Softmax<D3>(x.Pointer);
        Assert.Equal(0.7310586f, x.Span[0], 1e-6f);
        Assert.Equal(0.2689414f, x.Span[1], 1e-6f);
        Assert.Equal(0f, x.Span[2]);
    }

    [Fact]
    public void RmsNorm_Zeros_AreZeroAndNotNaN()
    {
        using NativeFloats x = new(8);
        using NativeFloats weight = new(8, 3f);
        Rows.RmsNorm<D8>(x.Pointer, weight.Pointer, 1e-6f, x.Pointer);
        foreach (float value in x.Span)
            Assert.Equal(0f, value);
    }

    private static float ScalarDot(Span<float> x, Span<float> y)
    {
        float[] partial = new float[16];
        for (int i = 0; i < x.Length; i++)
            partial[i % 16] = CpuInstructions.HasFusedMultiplyAdd
                ? MathF.FusedMultiplyAdd(x[i], y[i], partial[i % 16]) : x[i] * y[i] + partial[i % 16];
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                partial[i] += partial[i + half];
        }

        return partial[0];
    }

    private readonly struct RmsNorm : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            Random random = new(TSize.Size);
            using NativeFloats x = NativeFloats.Random(random, TSize.Size, 3f);
            using NativeFloats weight = NativeFloats.Random(random, TSize.Size);
            using NativeFloats y = new(TSize.Size);
            Rows.RmsNorm<TSize>(x.Pointer, weight.Pointer, 1e-5f, y.Pointer);
            double squares = 0;
            foreach (float value in x.Span)
                squares += (double)value * value;
            for (int i = 0; i < TSize.Size; i++)
            {
                double expected = weight.Span[i] * (x.Span[i] / Math.Sqrt(squares / TSize.Size + 1e-5));
                Assert.InRange(y.Span[i], expected - Tolerance, expected + Tolerance);
            }

            Rows.RmsNorm<TSize>(x.Pointer, weight.Pointer, 1e-5f, x.Pointer);
            Assert.True(x.Span.SequenceEqual(y.Span));
        }
    }

    private readonly struct LayerNorm : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            Random random = new(TSize.Size);
            using NativeFloats x = NativeFloats.Random(random, TSize.Size, 3f);
            using NativeFloats weight = NativeFloats.Random(random, TSize.Size);
            using NativeFloats bias = NativeFloats.Random(random, TSize.Size);
            using NativeFloats y = new(TSize.Size);
            double mean = 0, variance = 0;
            foreach (float value in x.Span)
                mean += (double)value / TSize.Size;
            foreach (float value in x.Span)
                variance += (value - mean) * (value - mean) / TSize.Size;
            foreach (bool biased in new[] { false, true })
            {
                Rows.LayerNorm<TSize>(x.Pointer, weight.Pointer, biased ? bias.Pointer : null, 1e-3f, y.Pointer);
                for (int i = 0; i < TSize.Size; i++)
                {
                    double expected = weight.Span[i] * ((x.Span[i] - mean) / Math.Sqrt(variance + 1e-3)) + (biased ? bias.Span[i] : 0);
                    Assert.InRange(y.Span[i], expected - Tolerance, expected + Tolerance);
                }
            }

            Rows.LayerNorm<TSize>(x.Pointer, weight.Pointer, bias.Pointer, 1e-3f, x.Pointer);
            Assert.True(x.Span.SequenceEqual(y.Span));
        }
    }

    private readonly struct Softmax : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            using NativeFloats x = NativeFloats.Random(new Random(TSize.Size), TSize.Size, 9f);
            double[] expected = new double[TSize.Size];
            double sum = 0;
            for (int i = 0; i < TSize.Size; i++)
                sum += expected[i] = Math.Exp(x.Span[i]);
            Rows.Softmax<TSize>(x.Pointer);
            for (int i = 0; i < TSize.Size; i++)
                Assert.InRange(x.Span[i], expected[i] / sum * (1 - Tolerance), expected[i] / sum * (1 + Tolerance));
        }
    }

    private readonly struct Elementwise : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            Random random = new(TSize.Size);
            using NativeFloats x = NativeFloats.Random(random, TSize.Size);
            using NativeFloats before = NativeFloats.Random(random, TSize.Size);
            using NativeFloats y = NativeFloats.Of(before.Span);
            Rows.Add<TSize>(x.Pointer, y.Pointer);
            for (int i = 0; i < TSize.Size; i++)
                Assert.Equal(before.Span[i] + x.Span[i], y.Span[i]);
            before.Span.CopyTo(y.Span);
            Rows.AddScaled<TSize>(0.3f, x.Pointer, y.Pointer);
            for (int i = 0; i < TSize.Size; i++)
                Assert.Equal((double)before.Span[i] + (double)0.3f * x.Span[i], y.Span[i], 2e-7);
            before.Span.CopyTo(y.Span);
            Rows.Scale<TSize>(0.7f, y.Pointer);
            for (int i = 0; i < TSize.Size; i++)
                Assert.Equal(before.Span[i] * 0.7f, y.Span[i]);
            before.Span.CopyTo(y.Span);
            Activations.Apply<SiLU, TSize>(y.Pointer);
            for (int i = 0; i < TSize.Size; i++)
                Assert.Equal(Activations.Apply<SiLU>(before.Span[i]), y.Span[i]);
            double dot = 0, total = 0;
            for (int i = 0; i < TSize.Size; i++)
            {
                dot += (double)x.Span[i] * before.Span[i];
                total += x.Span[i];
            }

            Assert.Equal(dot, Rows.Dot<TSize>(x.Pointer, before.Pointer), Tolerance * 4);
            Assert.Equal(total, Rows.Total<TSize>(x.Pointer), Tolerance * 4);
        }
    }
}
