using System;
using System.Threading.Tasks;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RotaryTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(80)]
    public void Layouts_AtAnyPosition_TurnPairsByTheirAngle(int size) => Sizes.At(size, new Turns());

    [Fact]
    public void Table_Frequencies_AreThoseOfPyTorch()
    {
        // 1.0 / (10000.0 ** (torch.arange(0, 8, 2).float() / 8))
        using RotaryTable table = new(8, 10_000);
        Assert.Equal([1f, 0.1f, 0.01f, 0.001f], table.Frequencies.ToArray());
    }

    [Fact]
    public void Table_AskedFromManyThreads_HoldsTheSameRows()
    {
        using RotaryTable table = new(16, 500_000);
        using RotaryTable alone = new(16, 500_000);
        alone.Reserve(3000);
        Parallel.For(0, 3000, position =>
        {
            for (int i = 0; i < 8; i++)
            {
                Assert.Equal(alone.Cos(2999 - position)[i], table.Cos(2999 - position)[i]);
                Assert.Equal((float)Math.Sin(position * table.Frequencies[i]), table.Sin(position)[i]);
            }
        });
    }

    [Fact]
    public void Table_OfGivenFrequencies_TurnsByThem_TimesTheFactor()
    {
        using RotaryTable table = new([1f, 0.125f], 1.5f);
        for (int position = 0; position < 300; position += 7)
        {
            Assert.Equal((float)Math.Cos(position * 0.125f) * 1.5f, table.Cos(position)[1]);
            Assert.Equal((float)Math.Sin((float)position) * 1.5f, table.Sin(position)[0]);
        }
    }

    [Fact]
    public void Table_WithLongFrequencies_TakesThemFromTheirPositionOn()
    {
        using RotaryTable table = new(300, [1f, 0.5f], 1f, [0.25f, 0.125f], 2f);
        using RotaryTable before = new([1f, 0.5f], 1f);
        using RotaryTable after = new([0.25f, 0.125f], 2f);
        foreach (int position in new[] { 0, 299, 300, 700 })
        {
            RotaryTable expected = position < 300 ? before : after;
            for (int i = 0; i < 4; i++)
                Assert.Equal(expected.Cos(position)[i], table.Cos(position)[i]);
        }

        Assert.Throws<ArgumentException>(() => new RotaryTable(4, [1f], 1f, [1f, 2f], 1f));
        Assert.Throws<ArgumentException>(() => new RotaryTable([], 1f));
    }

    [Fact]
    public void Table_OfAGrowingBase_IsThatOfEachPositionsOwnLength()
    {
        using RotaryTable table = new(8, 10_000, factor: 2, originalLength: 64);
        using RotaryTable plain = new(8, 10_000);
        foreach (int position in new[] { 1, 63, 64, 95, 500 })
        {
            double growth = position < 64 ? 1 : (2 * (position + 1) / 64.0) - 1;
            using RotaryTable grown = new(8, 10_000 * Math.Pow(growth, 8 / 6.0));
            for (int i = 0; i < 8; i++)
                Assert.Equal(grown.Cos(position)[i], table.Cos(position)[i]);
        }

        Assert.Equal(plain.Frequencies.ToArray(), table.Frequencies.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryTable(2, 10_000, 2, 64));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryTable(4, 10_000, 0, 64));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryTable(4, 10_000, 2, 0));
    }

    [Theory]
    [InlineData(0, 8192, 0.1f, 1.0)]
    [InlineData(8190, 8192, 0.1f, 1.0)]
    [InlineData(8191, 8192, 0.1f, 1.0693147180559945)]
    [InlineData(int.MaxValue, 1, 0.5f, 11.744)]
    public void Temperature_GrowsWithTheLogarithm(int position, int floor, float factor, double expected) =>
        Assert.Equal(expected, Temperature.At(position, floor, factor), 3);

    [Theory]
    [InlineData(3, 10_000)]
    [InlineData(0, 10_000)]
    [InlineData(8, 0)]
    [InlineData(8, double.NaN)]
    [InlineData(8, double.PositiveInfinity)]
    public void Table_ImpossibleSizes_AreRefused(int size, double theta) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RotaryTable(size, theta));

    [Fact]
    public void Table_NegativePositionOrDisposed_IsRefused()
    {
        RotaryTable table = new(8, 10_000);
        Assert.Throws<ArgumentOutOfRangeException>(() => { table.Cos(-1); });
        table.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { table.Cos(0); });
    }

    private readonly struct Turns : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            using RotaryTable table = new(TSize.Size, 10_000);
            Random random = new(TSize.Size);
            foreach (int position in new[] { 0, 1, 77, 255, 256, 1000 })
            {
                using NativeFloats halves = NativeFloats.Random(random, TSize.Size);
                using NativeFloats pairs = new(TSize.Size);
                int half = TSize.Size / 2;
                for (int i = 0; i < half; i++)
                {
                    pairs.Span[2 * i] = halves.Span[i];
                    pairs.Span[2 * i + 1] = halves.Span[half + i];
                }

                float[] before = halves.Span.ToArray();
                Rotary.HalfSplit<TSize>(halves.Pointer, table.Cos(position), table.Sin(position));
                Rotary.Interleaved<TSize>(pairs.Pointer, table.Cos(position), table.Sin(position));
                for (int i = 0; i < half; i++)
                {
                    // The angle is a float32: half a unit in the last place of it, up to 1000·2^-24, and roundings of the turn.
                    double angle = position * Math.Pow(10_000, -2.0 * i / TSize.Size);
                    double tolerance = 1e-6 + angle * 2e-7;
                    Assert.Equal(before[i] * Math.Cos(angle) - before[half + i] * Math.Sin(angle), halves.Span[i], tolerance);
                    Assert.Equal(before[half + i] * Math.Cos(angle) + before[i] * Math.Sin(angle), halves.Span[half + i], tolerance);
                    Assert.Equal(halves.Span[i], pairs.Span[2 * i]);
                    Assert.Equal(halves.Span[half + i], pairs.Span[2 * i + 1]);
                }
            }
        }
    }
}
