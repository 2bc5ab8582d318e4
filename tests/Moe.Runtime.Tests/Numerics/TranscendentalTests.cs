using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class TranscendentalTests
{
    [Fact]
    public void Exp_OverAllFloats_IsWithinOneUnitInTheLastPlace() =>
        Assert.InRange(WorstUlp(Transcendental.Exp, Math.Exp, float.MinValue, float.MaxValue), 0.5, 1.0);

    [Fact]
    public void Sigmoid_OverAllFloats_IsWithinTwoAndAHalfUnitsInTheLastPlace() =>
        Assert.InRange(WorstUlp(Transcendental.Sigmoid, x => 1 / (1 + Math.Exp(-x)), -87f, float.MaxValue), 0.5, 2.5);

    [Fact]
    public void Tanh_OverAllFloats_IsWithinOneAndAHalfUnitsInTheLastPlace() =>
        Assert.InRange(WorstUlp(Transcendental.Tanh, Math.Tanh, float.MinValue, float.MaxValue), 0.5, 1.5);

    [Fact]
    public void Normal_OverItsRange_IsWithinItsStatedError()
    {
        double worst = 0;
        for (float x = -9f; x <= 9f; x += 0.00037f)
            worst = Math.Max(worst, Math.Abs(Transcendental.Normal(x) - NormalDistribution(x)));
        Assert.InRange(worst, 0, 2.5e-7);
        Assert.Equal(0f, Transcendental.Normal(float.NegativeInfinity));
        Assert.Equal(1f, Transcendental.Normal(float.PositiveInfinity));
    }

    [Fact]
    public void Normal_InTheLeftTail_KeepsItsRelativeError()
    {
        for (float x = -9f; x < 0f; x += 0.01f)
        {
            // x²/2 is rounded before it becomes an exponent: up to 40·2^-24.
            double exact = NormalDistribution(x);
            Assert.InRange(Transcendental.Normal(x) / exact, 1 - 5e-6, 1 + 5e-6);
        }
    }

    [Fact]
    public void Exp_AtItsEdges_IsExact()
    {
        Assert.Equal(1f, Transcendental.Exp(0f));
        Assert.Equal(1f, Transcendental.Exp(-0f));
        Assert.Equal(0f, Transcendental.Exp(float.NegativeInfinity));
        Assert.Equal(0f, Transcendental.Exp(-104f));
        Assert.Equal(float.PositiveInfinity, Transcendental.Exp(float.PositiveInfinity));
        Assert.Equal(float.PositiveInfinity, Transcendental.Exp(88.73f));
        Assert.True(float.IsFinite(Transcendental.Exp(88.72f)));
        Assert.Equal(float.Epsilon, Transcendental.Exp(-103.2f));
        Assert.True(float.IsNaN(Transcendental.Exp(float.NaN)));
    }

    [Fact]
    public void Sigmoid_AtItsEdges_NeitherOverflowsNorLosesNaN()
    {
        Assert.Equal(0.5f, Transcendental.Sigmoid(0f));
        Assert.Equal(0f, Transcendental.Sigmoid(float.NegativeInfinity));
        Assert.Equal(1f, Transcendental.Sigmoid(float.PositiveInfinity));
        Assert.True(Transcendental.Sigmoid(-100f) > 0f);
        Assert.True(float.IsNaN(Transcendental.Sigmoid(float.NaN)));
        Assert.Equal(1f, Transcendental.Tanh(float.PositiveInfinity));
        Assert.Equal(-1f, Transcendental.Tanh(float.NegativeInfinity));
        Assert.True(float.IsNaN(Transcendental.Tanh(float.NaN)));
        Assert.True(float.IsNaN(Transcendental.Normal(float.NaN)));
    }

    [Fact]
    public void Activations_AgainstDoubles_AreWithinRounding()
    {
        for (float x = -30f; x < 30f; x += 0.0113f)
        {
            AssertClose(x / (1 + Math.Exp(-x)), Activations.Apply<SiLU>(x));
            AssertClose(x * NormalDistribution(x), Activations.Apply<Gelu>(x));
            double u = Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
            AssertClose(0.5 * x * (1 + Math.Tanh(u)), Activations.Apply<GeluTanh>(x));
            AssertClose(Math.Max(x, 0), Activations.Apply<ReLU>(x));
            AssertClose(1 / (1 + Math.Exp(-x)), Activations.Apply<Sigmoid>(x));
            AssertClose(Math.Tanh(x), Activations.Apply<Tanh>(x));
            Assert.Equal(x, Activations.Apply<Identity>(x));
        }

        Assert.True(float.IsNaN(Activations.Apply<ReLU>(float.NaN)));
        Assert.True(float.IsNaN(Activations.Apply<SiLU>(float.NaN)));
        Assert.Equal(0.8413447460685429f, Activations.Apply<Gelu>(1f), 1e-7f);
        Assert.Equal(0.8411919906082768f, Activations.Apply<GeluTanh>(1f), 1e-7f);
    }

    [Fact]
    public void Activations_AtEveryWidth_GiveTheSameBits()
    {
        SameBits<SiLU>();
        SameBits<Gelu>();
        SameBits<GeluTanh>();
        SameBits<ReLU>();
        SameBits<Sigmoid>();
        SameBits<Tanh>();
        SameBits<Exponential>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(64)]
    public void Gated_InterleavedTiles_GivesActivatedGateTimesUp(int units)
    {
        Random random = new(units);
        using NativeFloats gates = NativeFloats.Random(random, units, 8f);
        using NativeFloats ups = NativeFloats.Random(random, units);
        using NativeFloats tiles = new((units + 7) / 8 * 16, float.NaN);
        for (int j = 0; j < units; j++)
        {
            tiles.Span[j / 8 * 16 + j % 8] = gates.Span[j];
            tiles.Span[j / 8 * 16 + 8 + j % 8] = ups.Span[j];
        }

        using NativeFloats output = new(units);
        Activations.Gated<SiLU>(tiles.Pointer, units, output.Pointer);
        for (int j = 0; j < units; j++)
            Assert.Equal(Activations.Apply<SiLU>(gates.Span[j]) * ups.Span[j], output.Span[j]);
        output.AssertGuarded();
        Activations.Gated<SiLU>(tiles.Pointer, units, tiles.Pointer);
        Assert.True(tiles.Span[..units].SequenceEqual(output.Span));
    }

    private static void AssertClose(double expected, float actual)
    {
        // A few roundings of the result, and of the exponent in the tails: absolute, as the sums that follow see it.
        double tolerance = 4e-7 * Math.Max(1e-1, Math.Abs(expected));
        Assert.InRange(actual, expected - tolerance, expected + tolerance);
    }

    private static void SameBits<TActivation>() where TActivation : IActivation
    {
        const int Count = 1 << 14;
        using NativeFloats x = new(Count);
        Random random = new(5);
        for (int i = 0; i < Count; i++)
            x.Span[i] = i % 2 == 0 ? random.NextSingle() * 40f - 20f : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        using NativeFloats one = new(Count), four = new(Count), eight = new(Count), sixteen = new(Count);
        Apply<Lanes1, TActivation>(x, one);
        Apply<Lanes4, TActivation>(x, four);
        Apply<Lanes8, TActivation>(x, eight);
        Apply<Lanes16, TActivation>(x, sixteen);
        for (int i = 0; i < Count; i++)
        {
            if (float.IsNaN(one.Span[i]))
            {
                Assert.True(float.IsNaN(four.Span[i]) && float.IsNaN(eight.Span[i]) && float.IsNaN(sixteen.Span[i]));
                continue;
            }

            int bits = BitConverter.SingleToInt32Bits(one.Span[i]);
            Assert.Equal(bits, BitConverter.SingleToInt32Bits(four.Span[i]));
            Assert.Equal(bits, BitConverter.SingleToInt32Bits(eight.Span[i]));
            Assert.Equal(bits, BitConverter.SingleToInt32Bits(sixteen.Span[i]));
        }
    }

    private static void Apply<T, TActivation>(NativeFloats x, NativeFloats y)
        where T : struct, ILanes<T> where TActivation : IActivation
    {
        for (int i = 0; i < x.Length; i += T.Count)
            T.Store(TActivation.Apply(T.Load(x.Pointer + i)), y.Pointer + i);
    }

    /// <summary>The largest error, in units in the last place of the exact result, over every 3001st float and its neighbours.</summary>
    private static double WorstUlp(Func<float, float> function, Func<double, double> exact, float lowest, float highest)
    {
        double worst = 0;
        for (long bits = int.MinValue; bits <= int.MaxValue; bits += 3001)
        {
            float x = BitConverter.Int32BitsToSingle((int)bits);
            if (float.IsNaN(x) || x < lowest || x > highest)
                continue;
            worst = Math.Max(worst, Ulp(function(x), exact(x)));
        }

        // Where most results are neither 0, 1 nor infinite, every few numbers.
        for (float x = Math.Max(lowest, -104f); x < Math.Min(highest, 89f); x += 0.00013f)
            worst = Math.Max(worst, Ulp(function(x), exact(x)));
        return worst;
    }

    private static double Ulp(float actual, double exact)
    {
        if (double.IsNaN(exact) || Math.Abs(exact) > float.MaxValue)
            return actual == (float)exact || float.IsInfinity(actual) ? 0 : double.PositiveInfinity;
        double unit = exact == 0 ? float.Epsilon : Math.Max(float.Epsilon, Math.ScaleB(1, Math.ILogB(exact) - 23));
        return Math.Abs(actual - exact) / unit;
    }

    /// <summary>Φ by its series about 0, and by the continued fraction of erfc in the tails.</summary>
    private static double NormalDistribution(double x)
    {
        double y = Math.Abs(x);
        double density = Math.Exp(-0.5 * y * y) / Math.Sqrt(2 * Math.PI);
        if (y < 4)
        {
            double term = y, sum = 0;
            for (int n = 1; n < 200; n++)
            {
                sum += term;
                term *= y * y / (2 * n + 1);
            }

            return x < 0 ? 0.5 - density * sum : 0.5 + density * sum;
        }

        double fraction = 0;
        for (int k = 100; k > 0; k--)
            fraction = k / (y + fraction);
        double tail = density / (y + fraction);
        return x < 0 ? tail : 1 - tail;
    }

    private readonly struct Exponential : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Exp(x);
    }
}
