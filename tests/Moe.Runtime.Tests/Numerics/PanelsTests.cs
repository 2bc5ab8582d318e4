using System;
using System.Runtime.Intrinsics;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class PanelsTests
{
    private static readonly int[] Columns = [1, 2, 3, 7, 8, 63, 64, 65, 172, 1029];

    private static readonly int[] Tokens = [1, 2, 3, 4, 5, 6, 7, 11, 13];

    /// <summary>More than one block of tokens, and every remainder of a tile of twelve.</summary>
    private static readonly int[] MoreTokens = [1, 4, 12, 24, 49];

    [Theory]
    [InlineData(WeightFormat.F32, 128)]
    [InlineData(WeightFormat.F32, 256)]
    [InlineData(WeightFormat.F32, 512)]
    [InlineData(WeightFormat.BF16, 128)]
    [InlineData(WeightFormat.BF16, 256)]
    [InlineData(WeightFormat.BF16, 512)]
    public void Multiply_AnySizeAndWidth_IsOneChainOfMultiplyAdds(WeightFormat format, int bits)
    {
        Random random = new(7);
        foreach (int columns in Columns)
        {
            foreach (int panels in new[] { 1, 2, 3, 4, 5 })
            {
                using PackedMatrix matrix = RandomMatrix(random, panels * 16 - 3, columns, format);
                foreach (int tokens in columns is 3 or 1029 ? MoreTokens : Tokens)
                {
                    using NativeFloats input = NativeFloats.Random(random, tokens * columns);
                    using NativeFloats output = new(tokens * panels * 16, float.NaN);
                    Multiply(bits, matrix, input.Pointer, columns, null, tokens, output.Pointer, panels * 16, resume: false);
                    AssertChains(bits, matrix, input, tokens, output, panels);
                }
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.F32)]
    [InlineData(WeightFormat.BF16)]
    public void Multiply_AgainstDoubles_IsWithinRounding(WeightFormat format)
    {
        Random random = new(8);
        const int Panels = 3, Count = 7, Columns = 172;
        using PackedMatrix matrix = RandomMatrix(random, Panels * 16, Columns, format);
        using NativeFloats input = NativeFloats.Random(random, Count * Columns);
        using NativeFloats output = new(Count * Panels * 16);
        Moe.Runtime.Numerics.Panels.Multiply<F32, D1>(matrix.Panel(0), 0, input.Pointer, 0, 0, output.Pointer, 0);
        if (format == WeightFormat.F32)
            Moe.Runtime.Numerics.Panels.Multiply<F32, D172>(matrix.Panel(0), Panels, input.Pointer, Columns, Count, output.Pointer, Panels * 16);
        else
            Moe.Runtime.Numerics.Panels.Multiply<BF16, D172>(matrix.Panel(0), Panels, input.Pointer, Columns, Count, output.Pointer, Panels * 16);
        float[] row = new float[Columns];
        for (int r = 0; r < Panels * 16; r++)
        {
            matrix.ReadRow(0, r, row);
            for (int t = 0; t < Count; t++)
            {
                double sum = 0, size = 0;
                for (int k = 0; k < Columns; k++)
                {
                    sum += (double)row[k] * input.Span[t * Columns + k];
                    size += Math.Abs((double)row[k] * input.Span[t * Columns + k]);
                }

                // A chain of n roundings of partial sums no larger than the sum of sizes; 2^-24 is half a unit.
                Assert.InRange(output.Span[t * Panels * 16 + r], sum - size * Columns * 6e-8, sum + size * Columns * 6e-8);
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.F32, 128)]
    [InlineData(WeightFormat.F32, 256)]
    [InlineData(WeightFormat.F32, 512)]
    [InlineData(WeightFormat.BF16, 128)]
    [InlineData(WeightFormat.BF16, 256)]
    [InlineData(WeightFormat.BF16, 512)]
    public void Multiply_GatheredAndStrided_GivesTheBitsOfContiguousRows(WeightFormat format, int bits)
    {
        Random random = new(9);
        int* rows = stackalloc int[14];
        foreach (int columns in new[] { 1, 5, 64, 300 })
        {
            foreach (int tokens in new[] { 1, 2, 4, 8, 14 })
            {
                const int Panels = 3, Stride = 320, OutputStride = 55;
                using PackedMatrix matrix = RandomMatrix(random, Panels * 16, columns, format);
                using NativeFloats input = NativeFloats.Random(random, 20 * Stride);
                using NativeFloats copy = new(tokens * columns);
                for (int t = 0; t < tokens; t++)
                {
                    rows[t] = random.Next(20);
                    input.Span.Slice(rows[t] * Stride, columns).CopyTo(copy.Span[(t * columns)..]);
                }

                using NativeFloats gathered = new(tokens * OutputStride);
                using NativeFloats contiguous = new(tokens * OutputStride);
                Multiply(bits, matrix, input.Pointer, Stride, rows, tokens, gathered.Pointer, OutputStride, resume: false);
                Multiply(bits, matrix, copy.Pointer, columns, null, tokens, contiguous.Pointer, OutputStride, resume: false);
                Assert.True(gathered.Span.SequenceEqual(contiguous.Span));
            }
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void Multiply_ResumedInTwoParts_GivesTheBitsOfTheWhole(int bits)
    {
        Random random = new(10);
        const int Panels = 3, Columns = 172;
        foreach (int tokens in new[] { 1, 2, 3, 5, 13 })
        {
            using PackedMatrix matrix = RandomMatrix(random, Panels * 16, Columns, WeightFormat.F32);
            using NativeFloats input = NativeFloats.Random(random, tokens * Columns);
            using NativeFloats whole = new(tokens * Panels * 16);
            using NativeFloats parts = new(tokens * Panels * 16);
            Multiply(bits, matrix, input.Pointer, Columns, null, tokens, whole.Pointer, Panels * 16, resume: false);
            Multiply(bits, matrix, input.Pointer, Columns, null, tokens, parts.Pointer, Panels * 16, resume: false, 0, 100);
            Multiply(bits, matrix, input.Pointer, Columns, null, tokens, parts.Pointer, Panels * 16, resume: true, 100, 72);
            Assert.True(parts.Span.SequenceEqual(whole.Span));
        }
    }

    [Fact]
    public void Multiply_NaNInOneToken_StaysWithThatToken()
    {
        using PackedMatrix matrix = RandomMatrix(new Random(11), 32, 8, WeightFormat.F32);
        using NativeFloats input = NativeFloats.Random(new Random(12), 9 * 8);
        using NativeFloats output = new(9 * 32);
        input.Span[4 * 8 + 3] = float.NaN;
        Moe.Runtime.Numerics.Panels.Multiply<F32, D8>(matrix.Panel(0), 2, input.Pointer, 8, 9, output.Pointer, 32);
        for (int i = 0; i < output.Length; i++)
            Assert.Equal(i / 32 == 4, float.IsNaN(output.Span[i]));
    }

    private static void Multiply(
        int bits, PackedMatrix matrix, float* input, nint inputStride, int* rows, int tokens, float* output, nint outputStride,
        bool resume, int firstColumn = 0, int columns = 0)
    {
        columns = columns == 0 ? matrix.Columns : columns;
        nint panelBytes = (nint)matrix.BytesPerPanel;
        byte* weights = matrix.Panel(0) + firstColumn * 64;
        input += firstColumn;
        switch (bits, matrix.Format)
        {
            case (128, WeightFormat.F32):
                TileProduct.Multiply<Register128, Vector128<float>, F32>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
            case (256, WeightFormat.F32):
                TileProduct.Multiply<Register256, Vector256<float>, F32>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
            case (512, WeightFormat.F32):
                TileProduct.Multiply<Register512, Vector512<float>, F32>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
            case (128, WeightFormat.BF16):
                TileProduct.Multiply<Register128, Vector128<float>, BF16>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
            case (256, WeightFormat.BF16):
                TileProduct.Multiply<Register256, Vector256<float>, BF16>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
            default:
                TileProduct.Multiply<Register512, Vector512<float>, BF16>(weights, panelBytes, matrix.Panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, 0);
                break;
        }
    }

    /// <summary>Rounded once where the processor can; at 512 bits always, for a processor that has them can, but for the last of odd panels, at 256.</summary>
    private static void AssertChains(int bits, PackedMatrix matrix, NativeFloats input, int tokens, NativeFloats output, int panels)
    {
        float[] row = new float[matrix.Columns];
        for (int r = 0; r < panels * 16; r++)
        {
            if (r < matrix.Rows)
                matrix.ReadRow(0, r, row);
            else
                Array.Clear(row);
            for (int t = 0; t < tokens; t++)
            {
                float sum = 0f;
                bool isFused = CpuInstructions.HasFusedMultiplyAdd || (bits == 512 && r / 32 < panels / 2);
                for (int k = 0; k < row.Length; k++)
                    sum = isFused
                        ? MathF.FusedMultiplyAdd(input.Span[t * row.Length + k], row[k], sum)
                        : input.Span[t * row.Length + k] * row[k] + sum;
                if (output.Span[t * panels * 16 + r] != sum)
                    Assert.Fail($"{matrix.Format}, {row.Length} columns, {panels} panels, {tokens} tokens: row {r} of token {t} is {output.Span[t * panels * 16 + r]}, not {sum}");
            }
        }
    }

    private static PackedMatrix RandomMatrix(Random random, int rows, int columns, WeightFormat format)
    {
        PackedMatrix matrix = new(rows, columns, format);
        float[] row = new float[columns];
        for (int r = 0; r < rows; r++)
        {
            foreach (ref float value in row.AsSpan())
                value = random.NextSingle() * 2f - 1f;
            matrix.WriteRow(0, r, row);
        }

        return matrix;
    }
}
