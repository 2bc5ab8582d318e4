using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Conformance.Tests.Families;

/// <summary>Plain mathematics on rows of doubles, for references that share nothing with the compiler.</summary>
internal static class ReferenceMath
{
    /// <summary>W x + b, W row after row.</summary>
    public static double[] Linear(double[] x, ReadOnlySpan<double> weight, double[]? bias = null)
    {
        int rows = weight.Length / x.Length;
        var y = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < x.Length; column++)
                y[row] += weight[(row * x.Length) + column] * x[column];
            y[row] += bias?[row] ?? 0;
        }

        return y;
    }

    /// <summary>x W, W [inputs, outputs] row after row.</summary>
    public static double[] LinearTransposed(double[] x, ReadOnlySpan<double> weight, double[]? bias = null)
    {
        int outputs = weight.Length / x.Length;
        var y = new double[outputs];
        for (int column = 0; column < outputs; column++)
        {
            for (int row = 0; row < x.Length; row++)
                y[column] += x[row] * weight[(row * outputs) + column];
            y[column] += bias?[column] ?? 0;
        }

        return y;
    }

    /// <summary>x / sqrt(mean x² + ε) · weight.</summary>
    public static double[] RmsNorm(double[] x, double[]? weight, double epsilon)
    {
        double root = Math.Sqrt(x.Average(value => value * value) + epsilon);
        return x.Select((value, i) => value / root * (weight?[i] ?? 1)).ToArray();
    }

    /// <summary>(x − mean) / sqrt(variance + ε) · weight + bias.</summary>
    public static double[] LayerNorm(double[] x, double[] weight, double[]? bias, double epsilon)
    {
        double mean = x.Average();
        double root = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + epsilon);
        return x.Select((value, i) => ((value - mean) / root * weight[i]) + (bias?[i] ?? 0)).ToArray();
    }

    /// <summary>Softmax.</summary>
    public static double[] Softmax(IReadOnlyCollection<double> z)
    {
        double most = z.Max();
        double[] e = z.Select(value => Math.Exp(value - most)).ToArray();
        double sum = e.Sum();
        return e.Select(value => value / sum).ToArray();
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Silu(double x) => x * Sigmoid(x);

    /// <summary>The indices of the k largest, largest first; the lowest index at ties.</summary>
    public static int[] TopK(double[] values, int k) => Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).ThenBy(i => i).Take(k).ToArray();

    public static double[] Add(double[] a, double[] b) => a.Zip(b, (x, y) => x + y).ToArray();

    public static double[] Scale(double[] a, double factor) => a.Select(x => x * factor).ToArray();

    /// <summary>silu(W_gate x) · W_up x through W_down.</summary>
    public static double[] SwiGlu(double[] x, ReadOnlySpan<double> gate, ReadOnlySpan<double> up, ReadOnlySpan<double> down, double[]? gateBias = null, double[]? upBias = null, double[]? downBias = null, Func<double, double>? activation = null)
    {
        double[] g = Linear(x, gate, gateBias);
        double[] u = Linear(x, up, upBias);
        return Linear(g.Zip(u, (a, b) => (activation ?? Silu)(a) * b).ToArray(), down, downBias);
    }

    /// <summary>Rotates pairs (i, i + n/2).</summary>
    public static double[] RotateHalves(double[] head, double[] frequencies, int position, double factor = 1)
    {
        var turned = (double[])head.Clone();
        int half = frequencies.Length;
        for (int i = 0; i < half; i++)
        {
            (double cos, double sin) = (Math.Cos(position * frequencies[i]) * factor, Math.Sin(position * frequencies[i]) * factor);
            turned[i] = (head[i] * cos) - (head[i + half] * sin);
            turned[i + half] = (head[i + half] * cos) + (head[i] * sin);
        }

        return turned;
    }

    /// <summary>Rotates pairs (2i, 2i + 1).</summary>
    public static double[] RotatePairs(double[] head, double[] frequencies, int position, double factor = 1)
    {
        var turned = (double[])head.Clone();
        for (int i = 0; i < frequencies.Length; i++)
        {
            (double cos, double sin) = (Math.Cos(position * frequencies[i]) * factor, Math.Sin(position * frequencies[i]) * factor);
            turned[2 * i] = (head[2 * i] * cos) - (head[(2 * i) + 1] * sin);
            turned[(2 * i) + 1] = (head[2 * i] * sin) + (head[(2 * i) + 1] * cos);
        }

        return turned;
    }

    /// <summary>base^(−2i/n).</summary>
    public static double[] Frequencies(double rotaryBase, int size) =>
        Enumerable.Range(0, size / 2).Select(i => Math.Pow(rotaryBase, -2.0 * i / size)).ToArray();
}
