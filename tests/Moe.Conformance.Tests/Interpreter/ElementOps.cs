using System;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Norms and activations, for one token.</summary>
internal static class ElementOps
{
    /// <summary>Every run of <paramref name="size"/> elements is normalised by itself.</summary>
    public static double[] Normalise(double[] input, NormKind kind, int size, double epsilon, double[]? scale, double[]? shift)
    {
        var output = new double[input.Length];
        for (int start = 0; start < input.Length; start += size)
        {
            double mean = 0;
            if (kind == NormKind.Layer)
            {
                for (int i = 0; i < size; i++)
                    mean += input[start + i] / size;
            }

            double square = 0;
            for (int i = 0; i < size; i++)
                square += (input[start + i] - mean) * (input[start + i] - mean) / size;

            double root = Math.Sqrt(square + epsilon);
            for (int i = 0; i < size; i++)
                output[start + i] = ((input[start + i] - mean) / root * (scale is null ? 1 : scale[i])) + (shift is null ? 0 : shift[i]);
        }

        return output;
    }

    /// <summary>The nonlinearity of one element.</summary>
    public static double Activate(double x, Activation activation) => activation switch
    {
        Activation.SiLU => x / (1 + Math.Exp(-x)),
        Activation.Gelu => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.ReLU => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Identity => x,
        Activation.ReLUSquared => Math.Max(x, 0) * Math.Max(x, 0),
        Activation.QuickGelu => x / (1 + Math.Exp(-1.702 * x)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "The interpreter does not know this activation."),
    };

    /// <summary>
    /// erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): every term is positive, so nothing cancels; beyond 6 it
    /// is ±1 in double precision.
    /// </summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
            return Math.Sign(x);

        double term = x;
        double sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
