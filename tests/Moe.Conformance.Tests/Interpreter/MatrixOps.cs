using System;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Products with learned matrices, for one token.</summary>
internal static class MatrixOps
{
    /// <summary>output[row] = Σ matrix[row, column] · input[column] (+ bias[row]).</summary>
    public static double[] Multiply(double[] matrix, ReadOnlySpan<double> input, double[]? bias)
    {
        int columns = input.Length;
        var output = new double[matrix.Length / columns];
        for (int row = 0; row < output.Length; row++)
        {
            double sum = 0;
            for (int column = 0; column < columns; column++)
                sum += matrix[(row * columns) + column] * input[column];
            output[row] = bias is null ? sum : sum + bias[row];
        }

        return output;
    }

    /// <summary>For each slot its expert's product; the input has one row, or one a slot.</summary>
    public static double[] MultiplyByExpert(ExpertLinear op, double[] input, int[] chosen, Func<Weight, int, double[]> weights)
    {
        var output = new double[op.Output.ElementsPerToken];
        for (int slot = 0; slot < chosen.Length; slot++)
        {
            int expert = chosen[slot] - op.First;
            if (chosen[slot] < 0 || expert < 0 || expert >= op.Weight.Experts)
                continue;
            int from = op.Input.Slots == 1 ? 0 : slot * op.Input.Width;
            double[] row = Multiply(
                weights(op.Weight, expert),
                input.AsSpan(from, op.Input.Width),
                op.Bias is null ? null : weights(op.Bias, expert));
            row.CopyTo(output, slot * op.Output.Width);
        }

        return output;
    }
}
