using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;
using Moe.Runtime.Numerics;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>What requests bring to their routers, by sequence.</summary>
internal sealed class RequestSettings
{
    /// <summary>Nothing: the declared ranks, no bias, routing seed 0.</summary>
    public static readonly RequestSettings None = new();

    /// <summary>A bias for each expert.</summary>
    public Dictionary<int, double[]> Bias { get; } = [];

    /// <summary>Other ranks than the declared ones; −1 and 0 stand for the declared first rank and number.</summary>
    public Dictionary<int, (int First, int Count)> Ranks { get; } = [];

    /// <summary>Routing seeds.</summary>
    public Dictionary<int, int> Seeds { get; } = [];

    /// <summary>Tags.</summary>
    public Dictionary<int, int> Tags { get; } = [];

    public double[]? BiasOf(int sequence) => Bias.GetValueOrDefault(sequence);

    public (int First, int Count) RanksOf(int sequence, SelectTopK select) =>
        !select.IsFixed && Ranks.TryGetValue(sequence, out (int First, int Count) ranks)
            ? (ranks.First < 0 ? select.First : ranks.First, ranks.Count == 0 ? select.Count : ranks.Count)
            : (select.First, select.Count);

    /// <summary>The experts of a random choice: the first of a Fisher-Yates shuffle of all.</summary>
    public int[] Draw(SelectRandom select, int layer, TokenPlace token, int step)
    {
        uint stream = select.Scope == RandomScope.Call ? (uint)step : (uint)Seeds.GetValueOrDefault(token.Sequence);
        uint position = select.Scope == RandomScope.Token ? (uint)token.Position : 0;
        int[] order = [.. Enumerable.Range(0, select.Experts)];
        for (int slot = 0; slot < select.Chosen.Width; slot++)
        {
            uint draw = RoutingRandom.Draw((uint)select.Seed, (uint)layer, stream, position, (uint)slot);
            int other = slot + RoutingRandom.Index(draw, select.Experts - slot);
            (order[slot], order[other]) = (order[other], order[slot]);
        }

        return order[..select.Chosen.Width];
    }

    /// <summary>The rank of a token under a random priority.</summary>
    public static uint Priority(int seed, int layer, TokenPlace token) =>
        RoutingRandom.Draw((uint)seed, (uint)layer, 0, (uint)token.Position, 0);
}
