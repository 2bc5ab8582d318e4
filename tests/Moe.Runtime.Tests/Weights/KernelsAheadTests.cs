using System;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Weights;

public sealed unsafe class KernelsAheadTests
{
    private const int Outputs = 5 * 16;
    private const int Stride = 2 * Columns.Length;

    public static TheoryData<WeightFormat> Formats => new(Enum.GetValues<WeightFormat>());

    [Fact]
    public void CallRows_CannotFailAndLeavesResultsAsTheyAre()
    {
        KernelsAhead.CallRows();
        float[] row = Numbers(Columns.Length, 1);
        double squares = 0;
        foreach (float number in row)
            squares += (double)number * number;
        float[] expected = Array.ConvertAll(row, number => (float)(number / Math.Sqrt(squares / Columns.Length)));

        var result = new float[Columns.Length];
        float[] ones = new float[Columns.Length];
        Array.Fill(ones, 1f);
        fixed (float* x = row, weight = ones, y = result)
            Rows.RmsNorm<Columns>(x, weight, 0f, y);

        for (int i = 0; i < result.Length; i++)
            Assert.Equal(expected[i], result[i], 1e-6f);
    }

    /// <summary>Against plain sums over what the matrix holds. Whole numbers up to 127 lose nothing as 8-bit integers and next to nothing as 16-bit ones.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void CallProducts_CannotFailAndLeavesResultsAsTheyAre(WeightFormat format)
    {
        bool isOver = false;
        KernelsAhead.CallProducts(format, ref isOver);
        using var weights = new PackedMatrix(Outputs, Columns.Length, format);
        float[] matrix = Numbers(Outputs * Columns.Length, 2);
        for (int output = 0; output < Outputs; output++)
        {
            // The largest of a group, which decides its scale.
            matrix[output * Columns.Length] = 6f;
            weights.WriteRow(0, output, matrix.AsSpan(output * Columns.Length, Columns.Length));
            weights.ReadRow(0, output, matrix.AsSpan(output * Columns.Length, Columns.Length));
        }

        for (int rows = 1; rows <= 7; rows++)
        {
            float[] input = new float[rows * Stride];
            float[] values = Numbers(rows * Columns.Length, 3);
            var result = new float[rows * Outputs];
            fixed (float* x = input, y = result)
            {
                for (int row = 0; row < rows; row++)
                {
                    for (int k = 0; k < Columns.Length; k++)
                        values[(row * Columns.Length) + k] *= 21f;

                    // The step of every group is 1: its largest is 127, and no two side by side exceed 128 together.
                    for (int k = 0; k < Columns.Length; k += 32)
                        (values[(row * Columns.Length) + k], values[(row * Columns.Length) + k + 1]) = (127f, 0f);
                    values.AsSpan(row * Columns.Length, Columns.Length).CopyTo(input.AsSpan(row * Stride));
                    IntegerRows.Write<Columns>(x + (row * Stride), weights.TakesIntegers);
                }

                weights.Multiply<Columns>(0, 0, weights.Panels, x, Stride, rows, y, Outputs);
            }

            for (int row = 0; row < rows; row++)
            {
                for (int output = 0; output < Outputs; output++)
                {
                    double sum = 0;
                    for (int k = 0; k < Columns.Length; k++)
                        sum += (double)values[(row * Columns.Length) + k] * matrix[(output * Columns.Length) + k];
                    Assert.Equal(sum, result[(row * Outputs) + output], 0.005 * Columns.Length);
                }
            }
        }
    }

    // Whole numbers from -3 to 3.
    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = random.Next(-3, 4);
        return numbers;
    }

    private readonly struct Columns : IDimension
    {
        public const int Length = 64;

        public static int Size => Length;
    }
}
