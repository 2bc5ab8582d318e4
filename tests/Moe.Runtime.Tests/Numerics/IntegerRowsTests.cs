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
        IntegerRows.Write(memory.Pointer, columns, InputIntegers.Bits16 | InputIntegers.Bits8, integers);

        int groups = Groups.Of(columns);
        float* wordScales = (float*)(integers + (groups * 64));
        sbyte* bytes = (sbyte*)(integers + (groups * 68));
        float* byteScales = (float*)(bytes + (groups * 32));
        short* halves = (short*)(byteScales + (2 * groups));
        for (int group = 0; group < groups; group++)
        {
            int lower = 0, upper = 0;
            float largest = 0f;
            for (int i = 0; i < 32; i++)
            {
                // Of every four columns the second and the third change places.
                short word = ((short*)integers)[(group * 32) + (i / 4 * 4) + (i % 4 == 1 ? 2 : i % 4 == 2 ? 1 : i % 4)];
                sbyte number = bytes[(group * 32) + i];
                float value = (group * 32) + i < columns ? memory.Span[(group * 32) + i] : 0f;
                Assert.InRange(word * (double)wordScales[group], value - (wordScales[group] * 0.502), value + (wordScales[group] * 0.502));
                Assert.InRange(number * (double)byteScales[group], value - (byteScales[group] * 0.50002), value + (byteScales[group] * 0.50002));
                Assert.InRange(number, -127, 127);
                if (i % 4 < 2)
                    lower += number;
                else
                    upper += number;
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            Assert.Equal(largest / 32767f, wordScales[group]);
            Assert.Equal(largest / 127f, byteScales[group]);
            Assert.Equal(byteScales[group] * (lower + upper), byteScales[groups + group]);
            Assert.Equal(((short)lower, (short)upper), (halves[2 * group], halves[(2 * group) + 1]));
        }
    }

    [Fact]
    public void Write_OneKind_LeavesTheOtherAlone()
    {
        using NativeFloats memory = new(48 + IntegerRows.Floats(40), 1f);
        foreach ((InputIntegers kind, int first, int end) in new[] { (InputIntegers.None, 0, 0), (InputIntegers.Bits16, 0, 2 * 17), (InputIntegers.Bits8, 2 * 17, 2 * 28) })
        {
            memory.Span[48..].Fill(float.NaN);
            IntegerRows.Write(memory.Pointer, 40, kind, (byte*)(memory.Pointer + 48));
            for (int i = 0; i < IntegerRows.Floats(40); i++)
                Assert.True(i >= first && i < end || float.IsNaN(memory.Span[48 + i]), $"{kind} wrote float {i}");
        }
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(1e-38f, 0f)]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.NegativeInfinity, float.NaN)]
    public void Write_GroupWithoutFiniteStep_HasTheScaleThatSaysSo(float value, float scale)
    {
        using NativeFloats memory = new(32 + IntegerRows.Floats(32));
        memory.Span[7] = value;
        IntegerRows.Write(memory.Pointer, 32, InputIntegers.Bits16 | InputIntegers.Bits8, (byte*)(memory.Pointer + 32));
        Assert.Equal(scale, memory.Span[32 + 16]);
        Assert.Equal(scale, memory.Span[32 + 17 + 8]);
    }
}
