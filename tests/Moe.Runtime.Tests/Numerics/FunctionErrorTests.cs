using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>Logarithm, erf, sine and cosine over the whole float range, and how they treat what is not a number.</summary>
public unsafe class FunctionErrorTests
{
    // A prime, so that every exponent and all parts of the significand are met: 2^32 / 997 is 4.3 million numbers.
    private const uint Step = 997;

    [Fact]
    public void Log_OverAllFloats_IsWithinOneUnitInTheLastPlace() =>
        Assert.InRange(Worst(Transcendental.Log, Math.Log, float.Epsilon, float.MaxValue), 0.5, 1.0);

    [Fact]
    public void Erf_OverAllFloats_IsWithinOneAndAHalfUnitsInTheLastPlace() =>
        Assert.InRange(Worst(Transcendental.Erf, Erf, -10f, 10f), 0.5, 1.5);

    [Theory]
    [InlineData(8192f, 1.5)]
    [InlineData(float.MaxValue, 3.0)]
    public void Sin_UpToASize_IsWithinItsStatedUnitsInTheLastPlace(float size, double units) =>
        Assert.InRange(Worst(Transcendental.Sin, Math.Sin, -size, size), 0.5, units);

    [Theory]
    [InlineData(8192f, 1.5)]
    [InlineData(float.MaxValue, 3.0)]
    public void Cos_UpToASize_IsWithinItsStatedUnitsInTheLastPlace(float size, double units) =>
        Assert.InRange(Worst(Transcendental.Cos, Math.Cos, -size, size), 0.5, units);

    [Fact]
    public void Sin_NearMultiplesOfPi_KeepsItsRelativeError()
    {
        for (int n = 1; n < 200_000; n++)
        {
            float x = (float)(n * Math.PI);
            foreach (float near in new[] { MathF.BitDecrement(x), x, MathF.BitIncrement(x) })
                Assert.True(Ulps(Transcendental.Sin(near), Math.Sin(near)) <= 3.0, $"sin({near:R})");
        }
    }

    [Fact]
    public void Functions_OfEdges_AreThoseOfCSharp()
    {
        foreach (float x in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, -1f, 1f })
        {
            Same(MathF.Log(x), Transcendental.Log(x));
            Same(MathF.Sin(x), Transcendental.Sin(x), 1e-7f);
            Same(MathF.Cos(x), Transcendental.Cos(x), 1e-7f);
            Same(MathF.Exp(x), Transcendental.Exp(x), 1e-6f);
            Same(MathF.Tanh(x), Transcendental.Tanh(x), 1e-6f);
        }

        Assert.Equal(1f, Transcendental.Erf(float.PositiveInfinity));
        Assert.Equal(-1f, Transcendental.Erf(float.NegativeInfinity));
        Assert.True(float.IsNaN(Transcendental.Erf(float.NaN)));
        Assert.True(float.IsNegative(Transcendental.Sin(-0f)) && float.IsNegative(Transcendental.Erf(-0f)));
        Assert.Equal(MathF.Log(float.Epsilon), Transcendental.Log(float.Epsilon), 1e-5f);
        Assert.Equal(0f, Transcendental.Log(1f));
    }

    [Fact]
    public void Functions_AtEveryWidth_GiveTheSameBits()
    {
        SameBits<Logarithm>();
        SameBits<ErrorFunction>();
        SameBits<Sine>();
        SameBits<Cosine>();
        SameBits<Extremes>();
        SameBits<Selections>();
        SameBits<Roots>();
        SameBits<ReLUSquared>();
        SameBits<QuickGelu>();
    }

    private static double Worst(Func<float, float> function, Func<double, double> exact, float from, float to)
    {
        double worst = 0;
        for (uint bits = 0; bits <= uint.MaxValue - Step; bits += Step)
        {
            float x = BitConverter.UInt32BitsToSingle(bits);
            if (x >= from && x <= to)
                worst = Math.Max(worst, Ulps(function(x), exact(x)));
        }

        return worst;
    }

    private static double Ulps(float found, double exact)
    {
        float nearest = (float)exact;
        double unit = Math.Max((double)MathF.BitIncrement(MathF.Abs(nearest)) - MathF.Abs(nearest), float.Epsilon);
        return Math.Abs(found - exact) / unit;
    }

    private static void Same(float expected, float actual, float relative = 0f)
    {
        bool same = expected.Equals(actual) || MathF.Abs(expected - actual) <= relative * MathF.Abs(expected);
        Assert.True(same, $"expected {expected:R}, found {actual:R}");
    }

    /// <summary>erf from its series for small x and the continued fraction of erfc beyond, in double precision.</summary>
    private static double Erf(double x)
    {
        double size = Math.Abs(x);
        if (size < 2.5)
        {
            double term = x, sum = x;
            for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }

        double fraction = size;
        for (int n = 80; n > 0; n--)
            fraction = size + (n / 2.0 / fraction);
        return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction)));
    }

    private static void SameBits<TActivation>() where TActivation : IActivation
    {
        const int Count = 1 << 14;
        using NativeFloats x = new(Count);
        Random random = new(5);
        for (int i = 0; i < Count; i++)
            x.Span[i] = i % 2 == 0 ? (random.NextSingle() * 40f) - 20f : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        using NativeFloats one = new(Count), other = new(Count);
        Apply<Lanes1, TActivation>(x, one);
        Check<Lanes4>();
        Check<Lanes8>();
        Check<Lanes16>();

        void Check<T>() where T : struct, ILanes<T>
        {
            Apply<T, TActivation>(x, other);
            for (int i = 0; i < Count; i++)
            {
                bool same = BitConverter.SingleToInt32Bits(one.Span[i]) == BitConverter.SingleToInt32Bits(other.Span[i])
                    || (float.IsNaN(one.Span[i]) && float.IsNaN(other.Span[i]));
                Assert.True(same, $"{typeof(TActivation).Name} of {x.Span[i]:R} at {T.Count} lanes: {one.Span[i]:R} and {other.Span[i]:R}");
            }
        }
    }

    private static void Apply<T, TActivation>(NativeFloats x, NativeFloats y) where T : struct, ILanes<T> where TActivation : IActivation
    {
        for (int i = 0; i < x.Span.Length; i += T.Count)
            T.Store(TActivation.Apply(T.Load(x.Pointer + i)), y.Pointer + i);
    }

    private readonly struct Logarithm : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Log(x);
    }

    private readonly struct ErrorFunction : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Erf(x);
    }

    private readonly struct Sine : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Sin(x);
    }

    private readonly struct Cosine : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Cos(x);
    }

    private readonly struct Extremes : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> =>
            T.Minimum(x, T.Broadcast(-0f)) / T.Maximum(-x, T.Broadcast(0f));
    }

    private readonly struct Selections : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => T.SelectLessOrEqual(
            x, T.Broadcast(-1f), T.Floor(x), T.SelectEqual(T.Floor(x), x, -x, T.Absolute(x) - T.Broadcast(0.5f)));
    }

    private readonly struct Roots : IActivation
    {
        public static T Apply<T>(T x) where T : struct, ILanes<T> => T.SquareRoot(x);
    }
}
