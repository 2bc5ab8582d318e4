using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>A run of single operations with weights written out.</summary>
internal static class OneOp
{
    /// <summary>A run over tokens of one sequence, outside the layers.</summary>
    public static GraphRun Start(IReadOnlyList<(Weight Weight, int Expert, double[] Elements)> weights, int tokens = 1) =>
        Start(weights, Enumerable.Range(0, tokens).Select(position => new TokenPlace(0, position)).ToArray(), new Trace());

    /// <summary>A run over the given tokens.</summary>
    public static GraphRun Start(IReadOnlyList<(Weight Weight, int Expert, double[] Elements)> weights, TokenPlace[] tokens, Trace trace) =>
        new(tokens, -1, (_, weight, expert) => weights.Single(row => row.Weight == weight && row.Expert == expert).Elements, trace);

    /// <summary>A value of real numbers, one row a token.</summary>
    public static Value Real(string name, int width) => new(name, width);

    /// <summary>Equal but for the rounding of double precision.</summary>
    public static void Same(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-12, $"element {i}: expected {expected[i]:R}, found {actual[i]:R}");
    }
}
