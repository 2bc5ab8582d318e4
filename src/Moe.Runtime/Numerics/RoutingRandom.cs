namespace Moe.Runtime.Numerics;

/// <summary>
/// The random numbers of routers: a function of what they are drawn for and of nothing else, in 32-bit integer arithmetic,
/// so that every target and every order of evaluation draws the same. Philox4x32 with 10 rounds (Salmon, Moraes, Dror,
/// Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011).
/// </summary>
/// <remarks>
/// What a random choice draws for: by token: stream = routing seed of the request, position = the token's; by sequence:
/// stream = routing seed of the request, position = 0; by call: stream = number of the step, position = 0. A random
/// priority: stream = 0, position = the token's, counter = 0.
/// </remarks>
public static class RoutingRandom
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;

    /// <summary>A number uniform over all of 32 bits.</summary>
    /// <param name="seed">Seed that the declaration names.</param>
    /// <param name="layer">Layer.</param>
    /// <param name="stream">Seed of the request, or number of the step.</param>
    /// <param name="position">Position of the token in its sequence.</param>
    /// <param name="counter">Which draw for that token, from 0.</param>
    /// <returns>The first word of Philox with counter (counter, position, stream, layer) and key (seed, 0).</returns>
    public static uint Draw(uint seed, uint layer, uint stream, uint position, uint counter) =>
        Philox(counter, position, stream, layer, seed, 0);

    /// <summary>An index from 0 to <paramref name="count"/> − 1: the upper half of draw · count.</summary>
    public static int Index(uint draw, int count) => (int)(((ulong)draw * (uint)count) >> 32);

    /// <summary>The first word of Philox4x32-10.</summary>
    internal static uint Philox(uint counter0, uint counter1, uint counter2, uint counter3, uint key0, uint key1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * counter0;
            ulong product1 = (ulong)Multiplier1 * counter2;
            counter0 = (uint)(product1 >> 32) ^ counter1 ^ key0;
            counter2 = (uint)(product0 >> 32) ^ counter3 ^ key1;
            counter1 = (uint)product1;
            counter3 = (uint)product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return counter0;
    }
}
