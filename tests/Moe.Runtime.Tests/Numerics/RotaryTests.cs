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
