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
        float* scales = (float*)(integers + (groups * 64));
        for (int group = 0; group < groups; group++)
        {
            long sum = 0;
            float largest = 0f;
            for (int i = 0; i < 32; i++)
            {
                // Of every four columns the second and the third change places.
                short integer = ((short*)integers)[(group * 32) + (i / 4 * 4) + (i % 4 == 1 ? 2 : i % 4 == 2 ? 1 : i % 4)];
                float value = (group * 32) + i < columns ? memory.Span[(group * 32) + i] : 0f;
                Assert.InRange(integer * (double)scales[group], value - (scales[group] * 0.502), value + (scales[group] * 0.502));
                sum += integer;
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            Assert.Equal(largest / 32767f, scales[group]);
            Assert.Equal(scales[group] * sum, scales[groups + group]);
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
        IntegerRows.Write(memory.Pointer, 32, (byte*)(memory.Pointer + 32));
        Assert.Equal(scale, memory.Span[32 + 16]);
    }
}
