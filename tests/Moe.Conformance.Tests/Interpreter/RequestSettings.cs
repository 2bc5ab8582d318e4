using System;
using System.Collections.Generic;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>What requests bring to their routers, by sequence.</summary>
internal sealed class RequestSettings
{
    /// <summary>Nothing: the declared ranks, no bias, routing seed 0.</summary>
    public static readonly RequestSettings None = new();

    /// <summary>A bias for each expert.</summary>
    public Dictionary<int, double[]> Bias { get; } = [];

    /// <summary>Other ranks than the declared ones.</summary>
    public Dictionary<int, (int First, int Count)> Ranks { get; } = [];

    /// <summary>Routing seeds.</summary>
    public Dictionary<int, int> Seeds { get; } = [];

    /// <summary>Tags.</summary>
    public Dictionary<int, int> Tags { get; } = [];

    public double[]? BiasOf(int sequence) => Bias.GetValueOrDefault(sequence);

    public (int First, int Count) RanksOf(int sequence, SelectTopK select) =>
        !select.IsFixed && Ranks.TryGetValue(sequence, out (int, int) ranks) ? ranks : (select.First, select.Count);

    /// <summary>The experts of a random choice.</summary>
    public int[] Draw(SelectRandom select, int layer, TokenPlace token, int step) => throw new NotSupportedException();

    /// <summary>The rank of a token under a random priority.</summary>
    public static uint Priority(int seed, int layer, TokenPlace token) => throw new NotSupportedException();
}
