using System;
using System.Runtime.Intrinsics;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class IntegerPanelsTests
{
    // Among the widths in bits: what the machine takes, which is machine code on some.
    private const int OfTheMachine = 0;

    private static readonly int[] Columns = [1, 5, 31, 32, 33, 64, 100, 192, 1029];

    public static TheoryData<WeightFormat, int> FormatsAndWidths { get; } = Cross();

    [Theory]
    [MemberData(nameof(FormatsAndWidths))]
    public void Multiply_AnySizeAndWidth_IsTheSumOverGroupsOfExactIntegers(WeightFormat format, int bits)
    {
        Random random = new(17);
        foreach (int columns in Columns)
        {
            foreach (int panels in new[] { 1, 2, 3, 5, 7 })
            {
                using PackedMatrix matrix = RandomMatrix(random, (panels * 16) - 3, columns, format);
                foreach (int tokens in columns is 33 or 192 ? new[] { 1, 2, 3, 4, 6, 7, 12, 13 } : [1, 5])
                {
                    using IntegerInput input = new(random, tokens, columns);
                    using NativeFloats output = new(tokens * panels * 16, float.NaN);
                    Multiply(bits, matrix, input, null, tokens, output.Pointer, panels * 16);
                    for (int row = 0; row < matrix.Rows; row++)
                    {
                        for (int token = 0; token < tokens; token++)
                            Assert.Equal(Expected(bits, matrix, row, input, token), output.Span[(token * panels * 16) + row]);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.MXFP4)]
    public void Multiply_AgainstDoublesOfTheSameWeights_IsWithinTheErrorOfTheInputsIntegers(WeightFormat format)
    {
        Random random = new(18);
        const int Size = 300, Tokens = 7;
        using PackedMatrix matrix = RandomMatrix(random, 48, Size, format);
        using IntegerInput input = new(random, Tokens, Size);
        using NativeFloats output = new(Tokens * 48);
        Multiply(OfTheMachine, matrix, input, null, Tokens, output.Pointer, 48);
        var weights = new float[Size];
        for (int row = 0; row < 48; row++)
        {
            matrix.ReadRow(0, row, weights);
            for (int token = 0; token < Tokens; token++)
            {
                double sum = 0, bound = 0;
                for (int first = 0; first < Size; first += 32)
                {
                    double largest = 0, pair = 0, weight = 0;
                    for (int k = first; k < Math.Min(Size, first + 32); k++)
                    {
                        sum += (double)weights[k] * input.Span(token)[k];
                        weight += Math.Abs(weights[k]);
                        largest = Math.Max(largest, Math.Abs(input.Span(token)[k]));
                        if (k % 2 == 1)
                            pair = Math.Max(pair, Math.Abs(input.Span(token)[k - 1] + input.Span(token)[k]));
                    }

                    // Half a step of the input's integers for each weight (the step is rounded), and the roundings of float32 on what adds up: of
                    // Int4 a group's integers and its minimum may cancel, so that their sizes count and not their sum.
                    bound += weight * ((0.50002 * Math.Max(largest / 127, pair / 128)) + (largest * Groups.Of(Size) * 3 * 6e-8));
                    if (format == WeightFormat.Int4)
                        bound += 32 * largest * 2 * 6e-8 * Groups.Of(Size) * 3;
                }

                Assert.InRange(output.Span[(token * 48) + row], sum - bound, sum + bound);
            }
        }
    }

    [Theory]
    [MemberData(nameof(FormatsAndWidths))]
    public void Multiply_Gathered_GivesTheBitsOfRowsInOrder(WeightFormat format, int bits)
    {
        Random random = new(19);
        int* rows = stackalloc int[14];
        foreach (int tokens in new[] { 1, 3, 8, 14 })
        {
            using PackedMatrix matrix = RandomMatrix(random, 48, 96, format);
            using IntegerInput input = new(random, 20, 96);
            using NativeFloats gathered = new(tokens * 55);
            using NativeFloats single = new(48);
            for (int token = 0; token < tokens; token++)
                rows[token] = random.Next(20);
            Multiply(bits, matrix, input, rows, tokens, gathered.Pointer, 55);
            for (int token = 0; token < tokens; token++)
            {
                Multiply(bits, matrix, input, rows + token, 1, single.Pointer, 48);
                Assert.True(single.Span.SequenceEqual(gathered.Span.Slice(token * 55, 48)));
            }
        }
    }

    /// <summary>
    /// Sums in 16 bits reach 30,480 of 32,767 in a group of 4-bit weights, and 32,766 in two products of 8-bit weights: the largest that can come must
    /// still be right.
    /// </summary>
    [Theory]
    [MemberData(nameof(FormatsAndWidths))]
    public void Multiply_LargestIntegersOfBothSigns_AddUpExactly(WeightFormat format, int bits)
    {
        const int Size = 96;
        using PackedMatrix matrix = new(48, Size, format);
        var values = new float[Size];
        for (int row = 0; row < 48; row++)
        {
            // Groups of one sign, of the other, and of both; a minimum of 0 where a group has one. The first of every 32 is 0.
            for (int k = 0; k < Size; k++)
                values[k] = k % 32 == 0 ? 0f : row % 3 == 0 || (row % 3 == 2 && k % 2 == 0) ? 6f : format == WeightFormat.Int4 ? 0f : -6f;
            matrix.WriteRow(0, row, values);
        }

        const int Tokens = 9;
        Random random = new(23);
        using IntegerInput input = new(random, Tokens, Size);
        for (int token = 0; token < Tokens; token++)
        {
            for (int k = 0; k < Size; k++)
                input.Span(token)[k] = token == 0 || (token == 2 && k % 2 == 0) || (token == 3 && k % 4 < 2) ? 2f : -2f;

            // Two side by side, of one sign, that share 128 steps in any way: 63.5 and 64.5 round to 128 or 129.
            for (int k = 0; k < Size && token > 3; k += 2)
            {
                float part = random.Next(2, 255) / 2f, sign = token == 4 || (token > 5 && random.Next(2) == 0) ? 1f : -1f;
                (input.Span(token)[k], input.Span(token)[k + 1]) = (sign * part, sign * (128f - part));
            }

            IntegerRows.Write(input.Row(token), Size, (byte*)(input.Row(token) + IntegerRows.Offset(Size)));
        }

        using NativeFloats output = new(Tokens * 48, float.NaN);
        Multiply(bits, matrix, input, null, Tokens, output.Pointer, 48);
        for (int token = 0; token < Tokens; token++)
        {
            for (int row = 0; row < 48; row++)
                Assert.Equal(Expected(bits, matrix, row, input, token), output.Span[(token * 48) + row]);
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.MXFP4)]
    public void MultiplyPart_WithoutIntegersBehindTheRows_GivesTheSameBits(WeightFormat format)
    {
        Random random = new(20);
        const int Tokens = 15;
        using PackedMatrix matrix = RandomMatrix(random, 32, 100, format);
        using IntegerInput input = new(random, Tokens, 100);
        using NativeFloats with = new(Tokens * 32), without = new(Tokens * 32), gathered = new(Tokens * 32);
        matrix.Multiply<D100>(0, 0, 2, input.Row(0), input.Stride, Tokens, with.Pointer, 32);
        matrix.MultiplyPart<D100>(0, 0, 2, input.Row(0), input.Stride, Tokens, without.Pointer, 32);
        int* rows = stackalloc int[Tokens];
        for (int token = 0; token < Tokens; token++)
            rows[token] = token;
        matrix.MultiplyPart<D100>(0, 0, 2, input.Row(0), input.Stride, rows, Tokens, gathered.Pointer, 32);
        Assert.True(with.Span.SequenceEqual(without.Span));
        Assert.True(with.Span.SequenceEqual(gathered.Span));
    }

    [Theory]
    [InlineData(WeightFormat.Int8, float.NaN)]
    [InlineData(WeightFormat.Int8, float.PositiveInfinity)]
    [InlineData(WeightFormat.Int4, float.NaN)]
    [InlineData(WeightFormat.Int4, float.NegativeInfinity)]
    [InlineData(WeightFormat.MXFP4, float.NaN)]
    [InlineData(WeightFormat.MXFP4, float.NegativeInfinity)]
    public void Multiply_NonFiniteInput_GivesNaNInItsTokenAlone(WeightFormat format, float value)
    {
        using PackedMatrix matrix = RandomMatrix(new Random(21), 16, 100, format);
        using IntegerInput input = new(new Random(22), 3, 100);
        input.Span(1)[99] = value;
        IntegerRows.Write<D100>(input.Row(1), areTaken: true);
        using NativeFloats output = new(3 * 16);
        matrix.Multiply<D100>(0, 0, 1, input.Row(0), input.Stride, 3, output.Pointer, 16);
        for (int row = 0; row < 16; row++)
        {
            Assert.True(float.IsFinite(output.Span[row]));
            Assert.True(float.IsNaN(output.Span[16 + row]));
            Assert.True(float.IsFinite(output.Span[32 + row]));
        }
    }

    /// <summary>The documented formula with one number after the other.</summary>
    private static float Expected(int bits, PackedMatrix matrix, int row, IntegerInput input, int token)
    {
        int columns = matrix.Columns;
        int groups = Groups.Of(columns);
        byte* integers = (byte*)(input.Row(token) + IntegerRows.Offset(columns));
        sbyte* bytes = (sbyte*)integers;
        float* inputScales = (float*)(bytes + (groups * 32));
        var weights = new float[columns];
        matrix.ReadRow(0, row, weights);
        byte* panel = matrix.Panel(row / 16);
        float sum = 0f;
        for (int group = 0; group < groups; group++)
        {
            (float scale, float minimum) = matrix.Format switch
            {
                WeightFormat.Int8 => (BF16.Widen(((ushort*)panel)[(group * 16) + (row % 16)]), 0f),
                WeightFormat.Int4 => (BF16.Widen(((ushort*)panel)[(group * 32) + (row % 16)]), BF16.Widen(((ushort*)panel)[(group * 32) + 16 + (row % 16)])),
                _ => (MathF.ScaleB(1f, panel[(group * 16) + (row % 16)] - 128), 0f),
            };
            long dot = 0;
            for (int i = 0; i < 32 && (group * 32) + i < columns; i++)
            {
                long weight = scale == 0f ? 0 : (long)MathF.Round((weights[(group * 32) + i] - minimum) / scale);
                dot += weight * bytes[(group * 32) + i];
            }

            sum = MultiplyAdd(bits, (float)(int)dot * inputScales[group], scale, sum);
            if (matrix.Format == WeightFormat.Int4)
                sum = MultiplyAdd(bits, inputScales[groups + group], minimum, sum);
        }

        return sum;
    }

    /// <summary>Rounded once where the processor can; at 512 bits always, for a processor that has them can.</summary>
    private static float MultiplyAdd(int bits, float a, float b, float c) =>
        bits == 512 || CpuInstructions.HasFusedMultiplyAdd ? MathF.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    private static void Multiply(int bits, PackedMatrix matrix, IntegerInput input, int* rows, int tokens, float* output, int outputStride)
    {
        switch (matrix.Format)
        {
            case WeightFormat.Int8:
                Multiply<Int8>(bits, matrix, input, rows, tokens, output, outputStride);
                break;
            case WeightFormat.Int4:
                Multiply<Int4>(bits, matrix, input, rows, tokens, output, outputStride);
                break;
            default:
                Multiply<MXFP4>(bits, matrix, input, rows, tokens, output, outputStride);
                break;
        }
    }

    private static void Multiply<TFormat>(int bits, PackedMatrix matrix, IntegerInput input, int* rows, int tokens, float* output, int outputStride)
        where TFormat : IGroupFormat
    {
        byte* integers = (byte*)(input.Row(0) + IntegerRows.Offset(matrix.Columns));
        nint stride = input.Stride * sizeof(float);
        if (bits == OfTheMachine)
            IntegerPanels.Multiply<TFormat>(matrix.Panel(0), matrix.Panels, matrix.Columns, integers, stride, rows, tokens, output, outputStride);
        else if (bits == 128)
            IntegerPanels.Multiply<Register128, Vector128<float>, TFormat>(matrix.Panel(0), matrix.Panels, matrix.Columns, integers, stride, rows, tokens, output, outputStride);
        else if (bits == 256)
            IntegerPanels.Multiply<Register256, Vector256<float>, TFormat>(matrix.Panel(0), matrix.Panels, matrix.Columns, integers, stride, rows, tokens, output, outputStride);
        else
            IntegerPanels.Multiply<Register512, Vector512<float>, TFormat>(matrix.Panel(0), matrix.Panels, matrix.Columns, integers, stride, rows, tokens, output, outputStride);
    }

    private static PackedMatrix RandomMatrix(Random random, int rows, int columns, WeightFormat format)
    {
        PackedMatrix matrix = new(rows, columns, format);
        var values = new float[columns];
        for (int row = 0; row < rows; row++)
        {
            float size = MathF.Pow(2f, random.Next(-6, 3));
            for (int k = 0; k < columns; k++)
                values[k] = (random.NextSingle() - 0.5f) * size;
            matrix.WriteRow(0, row, values);
        }

        return matrix;
    }

    private static TheoryData<WeightFormat, int> Cross()
    {
        var data = new TheoryData<WeightFormat, int>();
        foreach (WeightFormat format in new[] { WeightFormat.Int8, WeightFormat.Int4, WeightFormat.MXFP4 })
        {
            foreach (int bits in new[] { 128, 256, 512, OfTheMachine })
                data.Add(format, bits);
        }

        return data;
    }

    private readonly struct D100 : IDimension
    {
        public static int Size => 100;
    }
}
