using System;
using System.Linq;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RoutingRandomTests
{
    // First words of the known answers of Random123's philox4x32-10.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u)]
    public void Philox_KnownCounters_GiveTheKnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint first) =>
        Assert.Equal(first, RoutingRandom.Philox(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Random_ManyPositions_GiveEachExpertItsShare()
    {
        const int Draws = 100_000;
        var first = new int[8];
        var any = new int[8];
        int* chosen = stackalloc int[3];
        for (int position = 0; position < Draws; position++)
        {
            RoutingChoice.Random<D8, D3>(seed: 7, layer: 2, stream: 5, position, chosen);
            first[chosen[0]]++;
            for (int slot = 0; slot < 3; slot++)
                any[chosen[slot]]++;
            Assert.True(chosen[0] != chosen[1] && chosen[0] != chosen[2] && chosen[1] != chosen[2]);
        }

        // Within 1 % of all draws; one standard deviation is 0.1 % for an eighth.
        Assert.All(first, count => Assert.InRange((double)count / Draws, 0.125 - 0.01, 0.125 + 0.01));
        Assert.All(any, count => Assert.InRange((double)count / Draws, 0.375 - 0.01, 0.375 + 0.01));
    }

    [Fact]
    public void Random_EveryArgument_ChangesTheChoice()
    {
        int[] baseline = Draws(1, 1, 1, 1);
        Assert.Equal(baseline, Draws(1, 1, 1, 1));
        Assert.NotEqual(baseline, Draws(2, 1, 1, 1));
        Assert.NotEqual(baseline, Draws(1, 2, 1, 1));
        Assert.NotEqual(baseline, Draws(1, 1, 2, 1));
        Assert.NotEqual(baseline, Draws(1, 1, 1, 2));
    }

    [Fact]
    public void Index_ExtremeDraws_StayInRange()
    {
        foreach (int count in new[] { 1, 2, 7, 64, int.MaxValue })
        {
            Assert.Equal(0, RoutingRandom.Index(0, count));
            Assert.Equal(count - 1, RoutingRandom.Index(uint.MaxValue, count));
        }
    }

    private static int[] Draws(uint seed, int layer, uint stream, int position)
    {
        int* chosen = stackalloc int[31];
        RoutingChoice.Random<D31, D31>(seed, layer, stream, position, chosen);
        int[] order = new Span<int>(chosen, 31).ToArray();
        Assert.Equal(Enumerable.Range(0, 31), order.Order());
        return order;
    }
}
