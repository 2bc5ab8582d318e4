using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Conformance.Tests.Systems;

/// <summary>Plain loops that tests compare layers with; they share nothing with interpreter or runtime.</summary>
internal static class Numbers
{
    /// <summary>Requires that two rows agree, relative to the largest number or 1. Written so that NaN fails.</summary>
    public static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, string what = "row")
    {
        Assert.Equal(expected.Count, actual.Count);
        double limit = tolerance * Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{what}, element {i}: expected {expected[i]:R}, found {actual[i]:R}, more than {limit:0.0e0} apart");
    }

    /// <inheritdoc cref="Near(IReadOnlyList{double}, IReadOnlyList{double}, double, string)"/>
    public static void Near(IReadOnlyList<double> expected, float[] actual, double tolerance, string what = "row") =>
        Near(expected, Array.ConvertAll(actual, element => (double)element), tolerance, what);

    /// <summary>W x + b, W row after row.</summary>
    public static double[] Linear(double[] matrix, double[] x, double[]? bias = null)
    {
        var y = new double[matrix.Length / x.Length];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = bias?[row] ?? 0;
            for (int column = 0; column < x.Length; column++)
                y[row] += matrix[(row * x.Length) + column] * x[column];
        }

        return y;
    }

    /// <summary>exp(zᵢ) / Σ exp(zⱼ).</summary>
    public static double[] Softmax(IReadOnlyList<double> logits)
    {
        double max = logits.Max();
        double sum = logits.Sum(z => Math.Exp(z - max));
        return [.. logits.Select(z => Math.Exp(z - max) / sum)];
    }

    /// <summary>1 / (1 + exp(−x)).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>x · σ(x).</summary>
    public static double SiLU(double x) => x * Sigmoid(x);

    /// <summary>The k largest, best first, ties to the lowest index.</summary>
    public static int[] Best(IReadOnlyList<double> keys, int k) => [.. Enumerable.Range(0, keys.Count).OrderByDescending(i => keys[i]).Take(k)];

    /// <summary>down(act(gate x) · up x) with the weights of a layer; roles begin with a prefix such as "Expert" or "Shared".</summary>
    public static double[] Gated(SystemLayer layer, string prefix, int expert, double[] x, int depth = 0)
    {
        double[] gate = Linear(layer.Weight(prefix + "Gate", expert, depth), x);
        double[] up = Linear(layer.Weight(prefix + "Up", expert, depth), x);
        return Linear(layer.Weight(prefix + "Down", expert, depth), [.. gate.Zip(up, (g, u) => SiLU(g) * u)]);
    }

    /// <summary>down(relu(up x)).</summary>
    public static double[] Plain(SystemLayer layer, string prefix, int expert, double[] x) =>
        Linear(layer.Weight(prefix + "Down", expert), [.. Linear(layer.Weight(prefix + "Up", expert), x).Select(u => Math.Max(0, u))]);

    /// <summary>Σ wᵢ yᵢ.</summary>
    public static double[] Sum(int width, IEnumerable<(double Weight, double[] Row)> terms)
    {
        var sum = new double[width];
        foreach ((double weight, double[] row) in terms)
        {
            for (int i = 0; i < width; i++)
                sum[i] += weight * row[i];
        }

        return sum;
    }

    /// <summary>x / sqrt(mean(x²) + ε) · w.</summary>
    public static double[] RootMeanSquareNorm(double[] x, double[] weight, double epsilon = 1e-6)
    {
        double root = Math.Sqrt(x.Average(element => element * element) + epsilon);
        return [.. x.Select((element, i) => element / root * weight[i])];
    }

    /// <summary>A row times a number.</summary>
    public static double[] Times(double factor, double[] row) => Array.ConvertAll(row, element => factor * element);

    /// <summary>The unit matrix, row after row.</summary>
    public static double[] Identity(int size) => [.. Enumerable.Range(0, size * size).Select(i => i / size == i % size ? 1.0 : 0.0)];
}
