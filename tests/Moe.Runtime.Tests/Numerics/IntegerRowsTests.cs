using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class IntegerRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(77)]
    public void Write_RandomRow_IsWithinHalfAStepAndKnowsItsSums(int columns)
    {
        Random random = new(columns);
        using NativeFloats memory = new(IntegerRows.Offset(columns) + IntegerRows.Floats(columns), float.NaN);
        for (int i = 0; i < columns; i++)
            memory.Span[i] = (random.NextSingle() - 0.5f) * MathF.Pow(10f, random.Next(-3, 4));
        byte* integers = (byte*)(memory.Pointer + IntegerRows.Offset(columns));
        IntegerRows.Write(memory.Pointer, columns, integers);

        int groups = Groups.Of(columns);
        sbyte* bytes = (sbyte*)integers;
        float* steps = (float*)(bytes + (groups * 32));
        short* halves = (short*)(steps + (2 * groups));
        for (int group = 0; group < groups; group++)
        {
            int lower = 0, upper = 0;
            float expected = 0f, before = 0f;
            for (int i = 0; i < 32; i++)
            {
                sbyte number = bytes[(group * 32) + i];
                float value = (group * 32) + i < columns ? memory.Span[(group * 32) + i] : 0f;
                Assert.InRange(number * (double)steps[group], value - (steps[group] * 0.50002), value + (steps[group] * 0.50002));
                if (i % 4 < 2)
                    lower += number;
                else
                    upper += number;
                expected = MathF.Max(expected, MathF.Abs(value) * (1f / 127f));
                if (i % 2 == 1)
                    expected = MathF.Max(expected, MathF.Abs((before / 128f) + (value / 128f)));
                before = value;
            }

            Assert.Equal(expected, steps[group]);
            Assert.Equal(steps[group] * (lower + upper), steps[groups + group]);
            Assert.Equal(((short)lower, (short)upper), (halves[2 * group], halves[(2 * group) + 1]));
        }
    }

    /// <summary>What lets two products with weights up to 254 add up in 16 bits: 254 · 129 = 32,766.</summary>
    [Fact]
    public void Write_AnyTwoSideBySide_ExceedNeitherAByteNorHalfOfItTogether()
    {
        Random random = new(5);
        using NativeFloats memory = new(32 + IntegerRows.Floats(32));
        sbyte* bytes = (sbyte*)(memory.Pointer + 32);
        int most = 0;
        for (int round = 0; round < 100_000; round++)
        {
            // Pairs that add up to nearly as much as the largest pair, of all proportions.
            float size = MathF.Pow(2f, random.Next(-60, 60)) * (1f + random.NextSingle());
            for (int i = 0; i < 32; i += 2)
            {
                float part = random.NextSingle() * size * (random.Next(2) == 0 ? 1f : -1f);
                (memory.Span[i], memory.Span[i + 1]) = (part, MathF.CopySign(size, part) - part);
            }

            IntegerRows.Write(memory.Pointer, 32, (byte*)bytes);
            for (int i = 0; i < 32; i += 2)
            {
                Assert.InRange(bytes[i], -127, 127);
                Assert.InRange(bytes[i + 1], -127, 127);
                most = Math.Max(most, Math.Abs(bytes[i] + bytes[i + 1]));
            }
        }

        Assert.InRange(most, 128, 129);
    }

    /// <summary>Tiles of gate and up, 100 columns of output, the last group of which is not full: as integers, and as floats turned into integers after.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(13)]
    public void GatedTiles_AsIntegers_AreTheIntegersOfTheirFloats(int perTile)
    {
        const int Rows = 7, Size = 100, Panels = 13;
        Random random = new(perTile);
        int stride = IntegerRows.Offset(Size) + IntegerRows.Floats(Size);
        using NativeFloats integers = new(Rows * stride, 3f), floats = new(Rows * stride, 3f), tile = new(Rows * Panels * 16);
        for (int first = 0; first < Panels; first += perTile)
        {
            int panels = Math.Min(perTile, Panels - first);
            var numbers = new float[Rows * panels * 16];
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = i == 70 ? float.NaN : (random.NextSingle() - 0.5f) * MathF.Pow(2f, random.Next(-5, 6));
            numbers.CopyTo(tile.Span);
            TileMath.Gated<SiLU, D100>(tile.Pointer, Rows, panels, integers.Pointer, stride, first * 8, asIntegers: true);
            numbers.CopyTo(tile.Span);
            TileMath.Gated<SiLU, D100>(tile.Pointer, Rows, panels, floats.Pointer, stride, first * 8, asIntegers: false);
        }

        for (int row = 0; row < Rows; row++)
        {
            float* expected = floats.Pointer + (row * stride), actual = integers.Pointer + (row * stride);
            IntegerRows.Write<D100>(expected, areTaken: true);
            int offset = IntegerRows.Offset(Size);
            Assert.True(new ReadOnlySpan<int>(expected + offset, IntegerRows.Floats(Size)).SequenceEqual(new(actual + offset, IntegerRows.Floats(Size))));

            // Floats are not written at all.
            Assert.True(new Span<float>(actual, Size).IndexOfAnyExcept(3f) < 0);
        }
    }

    [Fact]
    public void Write_NotTaken_LeavesWhatIsBehindTheRow()
    {
        using NativeFloats memory = new(48 + IntegerRows.Floats(40), float.NaN);
        memory.Span[..40].Fill(1f);
        IntegerRows.Write<D40>(memory.Pointer, areTaken: false);
        Assert.DoesNotContain(memory.Span[48..].ToArray(), value => !float.IsNaN(value));
        IntegerRows.Write<D40>(memory.Pointer, areTaken: true);
        Assert.Equal(1f / 64f, memory.Span[48 + 16]);
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(1e-38f, 0f)]
    [InlineData(float.MaxValue, float.MaxValue * (1f / 127f))]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.NegativeInfinity, float.NaN)]
    public void Write_GroupOfOneNumber_HasTheStepThatSaysWhetherItIsFinite(float value, float step)
    {
        using NativeFloats memory = new(32 + IntegerRows.Floats(32));
        memory.Span[7] = value;
        IntegerRows.Write(memory.Pointer, 32, (byte*)(memory.Pointer + 32));
        Assert.Equal(step, memory.Span[32 + 8]);
    }

    private readonly struct D40 : IDimension
    {
        public static int Size => 40;
    }

    private readonly struct D100 : IDimension
    {
        public static int Size => 100;
    }
}
