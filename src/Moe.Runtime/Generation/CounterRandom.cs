namespace Moe.Runtime.Generation;

/// <summary>
/// Random numbers as a function of (seed, position), so that what is drawn for a token depends on nothing else. Two
/// rounds of the SplitMix64 output function (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
/// </summary>
internal static class CounterRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    internal static double Uniform(ulong seed, long position) =>
        // The seed is mixed first: neighbouring seeds would otherwise be one sequence, shifted.
        (Mix(Mix(seed + Golden) + (ulong)position * Golden) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
