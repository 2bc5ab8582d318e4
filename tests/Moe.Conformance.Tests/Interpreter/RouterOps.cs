using System;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>From what a router looks at to logits and scores, for one token.</summary>
internal static class RouterOps
{
    /// <summary>torch.nn.GRUCell from its two halves.</summary>
    public static double[] Gru(double[] fromInput, double[] fromState, double[] state)
    {
        int size = state.Length;
        var output = new double[size];
        for (int i = 0; i < size; i++)
        {
            double reset = Sigmoid(fromInput[i] + fromState[i]);
            double keep = Sigmoid(fromInput[size + i] + fromState[size + i]);
            double fresh = Math.Tanh(fromInput[(2 * size) + i] + (reset * fromState[(2 * size) + i]));
            output[i] = ((1 - keep) * fresh) + (keep * state[i]);
        }

        return output;
    }

    /// <summary>The input against each row of vectors.</summary>
    public static double[] Similarity(double[] input, double[] vectors, SimilarityKind kind, double? temperature)
    {
        int size = input.Length;
        return [.. Enumerable.Range(0, vectors.Length / size).Select(expert =>
        {
            double[] vector = vectors[(expert * size)..((expert + 1) * size)];
            switch (kind)
            {
                case SimilarityKind.Cosine:
                    double factor = Math.Min(Math.Exp(temperature!.Value), 100);
                    return Dot(input, vector) / (Math.Max(Norm(input), 1e-12) * Math.Max(Norm(vector), 1e-12)) * factor;
                case SimilarityKind.ScaledDot:
                    return Dot(LayerNorm(input), LayerNorm(vector)) / Math.Sqrt(size);
                default:
                    double distance = Math.Sqrt(input.Zip(vector, (x, v) => (x - v) * (x - v)).Sum());
                    return kind == SimilarityKind.Distance ? distance : -distance;
            }
        })];
    }

    /// <summary>−Φ(μ/σ) of each expert, μ and σ from the mean and variance of its up projection's rows.</summary>
    public static double[] Sparsity(double[] input, double[][] ups) => [.. ups.Select(up =>
    {
        int rows = up.Length / input.Length;
        double mean = 0;
        double variance = 0;
        for (int column = 0; column < input.Length; column++)
        {
            double[] entries = [.. Enumerable.Range(0, rows).Select(row => up[(row * input.Length) + column])];
            double average = entries.Average();
            mean += average * input[column];
            variance += entries.Average(entry => (entry - average) * (entry - average)) * input[column] * input[column];
        }

        double ratio = variance == 0 ? (mean > 0 ? 10 : mean < 0 ? -10 : 0) : mean / Math.Sqrt(variance);
        return -0.5 * (1 + ElementOps.Erf(ratio / Math.Sqrt(2)));
    })];

    /// <summary>z · target / std(z), n − 1.</summary>
    public static double[] Standardise(double[] logits, double target)
    {
        double mean = logits.Average();
        double deviation = Math.Sqrt(logits.Sum(z => (z - mean) * (z - mean)) / (logits.Length - 1));
        return Array.ConvertAll(logits, z => z * target / deviation);
    }

    /// <summary>COMET's smooth step of width gamma.</summary>
    public static double SmoothStep(double t, double gamma) => t <= -gamma / 2 ? 0 : t >= gamma / 2 ? 1
        : (-2 / (gamma * gamma * gamma) * t * t * t) + (3 / (2 * gamma) * t) + 0.5;

    /// <summary>COMET's trees, walked from every leaf to its root.</summary>
    public static double[] Tree(double[] nodes, double[] leaves, TreeScore op, double[]? permutation)
    {
        int experts = op.Output.Width;
        var paths = new double[op.Trees * experts];
        for (int leaf = 0; leaf < paths.Length; leaf++)
        {
            double path = 1;
            int tree = leaf / experts;
            for (int node = experts - 1 + (leaf % experts); node > 0; node = (node - 1) / 2)
            {
                double left = SmoothStep(nodes[(tree * (experts - 1)) + ((node - 1) / 2)], op.Gamma);
                path *= node % 2 == 1 ? left : 1 - left;
            }

            paths[leaf] = path;
        }

        double[] shares = [.. leaves.Select((score, leaf) => paths[leaf] > 0 ? score + Math.Log(paths[leaf] + 1e-8) : double.NegativeInfinity)];
        AttentionOps.Softmax(shares);
        var output = new double[experts];
        for (int leaf = 0; leaf < shares.Length; leaf++)
            output[permutation is null ? leaf % experts : (int)permutation[leaf]] += shares[leaf];
        double sum = output.Sum();
        return Array.ConvertAll(output, share => share / sum);
    }

    /// <summary>DSelect-k's selectors.</summary>
    public static double[] Selectors(double[] codes, double[] mix, SelectorScore op)
    {
        int bits = codes.Length / op.Selectors;
        var shares = (double[])mix.Clone();
        AttentionOps.Softmax(shares);
        var output = new double[op.Output.Width];
        for (int selector = 0; selector < op.Selectors; selector++)
        {
            for (int expert = 0; expert < output.Length; expert++)
            {
                double weight = 1;
                for (int bit = 0; bit < bits; bit++)
                {
                    double s = SmoothStep(codes[(selector * bits) + bit], op.Gamma);
                    weight *= (expert >> bit & 1) == 1 ? s : 1 - s;
                }

                output[expert] += shares[selector] * weight;
            }
        }

        return output;
    }

    private static double[] LayerNorm(double[] row)
    {
        double mean = row.Average();
        double deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + 1e-5);
        return Array.ConvertAll(row, x => (x - mean) / deviation);
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, (l, r) => l * r).Sum();

    private static double Norm(double[] row) => Math.Sqrt(Dot(row, row));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
