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
    public int[] Draw(SelectRandom select, int layer, TokenPlace token, int step)
    {
        uint stream = select.Scope == RandomScope.Call ? (uint)step : (uint)Seeds.GetValueOrDefault(token.Sequence);
        uint position = select.Scope == RandomScope.Token ? (uint)token.Position : 0;
        List<int> left = [.. Enumerable.Range(0, select.Experts)];
        var drawn = new int[select.Chosen.Width];
        for (int slot = 0; slot < drawn.Length; slot++)
        {
            // Fisher and Yates: what stands first takes the place of what is drawn.
            int at = RoutingRandom.Index(RoutingRandom.Draw((uint)select.Seed, (uint)layer, stream, position, (uint)slot), left.Count);
            drawn[slot] = left[at];
            left[at] = left[0];
            left.RemoveAt(0);
        }

        return drawn;
    }

    /// <summary>The rank of a token under a random priority.</summary>
    public static uint Priority(int seed, int layer, TokenPlace token) =>
        RoutingRandom.Draw((uint)seed, (uint)layer, 0, (uint)token.Position, 0);
}
