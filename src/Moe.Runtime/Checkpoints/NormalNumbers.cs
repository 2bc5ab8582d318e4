using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Normally distributed numbers as a pure function of (key, index): the Box-Muller transform of two hashed counters.
/// Multiplications and additions are never contracted, so that every machine and every vector width gives the same bits.
/// </summary>
/// <remarks>
/// Elements come in blocks of 64. Counter c = 32 · block + k, k below 32, gives radius r and angle t (in half turns);
/// element k of the block is r cos(πt) and element 32 + k is r sin(πt).
/// </remarks>
internal readonly struct NormalNumbers
{
    private const int Block = 64;
    private const int Pairs = Block / 2;

    private readonly ulong _key;

    internal NormalNumbers(ulong seed, string name)
    {
        // FNV-1a over the name's UTF-16 units, then stirred together with the seed.
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (char letter in name)
            hash = (hash ^ letter) * 0x0000_0100_0000_01B3;
        _key = Stir(hash ^ Stir(seed));
    }

    /// <summary>Fills the destination with mean + deviation · normal(first + i).</summary>
    internal void Fill(long first, Span<float> destination, float mean, float deviation)
    {
        Span<float> block = stackalloc float[Block];
        while (!destination.IsEmpty)
        {
            int within = (int)(first % Block);
            int count = Math.Min(Block - within, destination.Length);
            if (count == Block)
            {
                FillBlock(first / Block, destination[..Block], mean, deviation);
            }
            else
            {
                FillBlock(first / Block, block, mean, deviation);
                block.Slice(within, count).CopyTo(destination);
            }

            destination = destination[count..];
            first += count;
        }
    }

    private void FillBlock(long block, Span<float> destination, float mean, float deviation)
    {
        long counter = block * Pairs;
        (uint radiusKey, uint radiusKey2, uint angleKey, uint angleKey2) = Keys(counter);
        ref float to = ref MemoryMarshal.GetReference(destination[..Block]);
        var means = new Vector<float>(mean);
        for (int k = 0; k < Pairs; k += Vector<uint>.Count)
        {
            Vector<uint> low = new Vector<uint>((uint)counter + (uint)k) + Vector<uint>.Indices;
            Vector<uint> radius = Mix(Mix(low ^ new Vector<uint>(radiusKey)) + new Vector<uint>(radiusKey2));
            Vector<uint> angle = Mix(Mix(low ^ new Vector<uint>(angleKey)) + new Vector<uint>(angleKey2));

            Vector<float> r = Radius(radius) * deviation;
            (Vector<float> sin, Vector<float> cos) = SinCos(angle);
            (means + r * cos).StoreUnsafe(ref to, (nuint)k);
            (means + r * sin).StoreUnsafe(ref to, (nuint)(k + Pairs));
        }
    }

    // The counter's upper half takes part through the keys; a block never crosses a multiple of 2^32.
    private (uint, uint, uint, uint) Keys(long counter)
    {
        ulong first = Stir(_key + (ulong)(counter >> 32));
        ulong second = Stir(first);
        return ((uint)first, (uint)(first >> 32), (uint)second, (uint)(second >> 32));
    }

    // The 64-bit finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
    private static ulong Stir(ulong x)
    {
        x += 0x9E37_79B9_7F4A_7C15;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }

    // The 32-bit finaliser of MurmurHash3.
    private static Vector<uint> Mix(Vector<uint> x)
    {
        x ^= x >>> 16;
        x *= new Vector<uint>(0x85EB_CA6B);
        x ^= x >>> 13;
        x *= new Vector<uint>(0xC2B2_AE35);
        return x ^ (x >>> 16);
    }

    // sqrt(-2 ln u), u = (the upper 24 bits + 1) / 2^24 in (0, 1].
    // u = 2^e m with m in [1/√2, √2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172: five terms reach 1e-9.
    private static Vector<float> Radius(Vector<uint> word)
    {
        const uint rootHalf = 0x3F35_04F3;
        Vector<int> count = Vector.AsVectorInt32((word >>> 8) + Vector<uint>.One);
        Vector<float> u = Vector.ConvertToSingle(count) * new Vector<float>(1f / (1 << 24));
        Vector<uint> shifted = Vector.AsVectorUInt32(u) - new Vector<uint>(rootHalf);
        Vector<int> exponent = Vector.AsVectorInt32(shifted) >> 23;
        Vector<float> m = Vector.AsVectorSingle((shifted & new Vector<uint>(0x007F_FFFF)) + new Vector<uint>(rootHalf));
        Vector<float> s = (m - Vector<float>.One) / (m + Vector<float>.One);
        Vector<float> s2 = s * s;
        Vector<float> series = new Vector<float>(1f / 9f) * s2 + new Vector<float>(1f / 7f);
        series = series * s2 + new Vector<float>(1f / 5f);
        series = series * s2 + new Vector<float>(1f / 3f);
        series = series * s2 + Vector<float>.One;
        Vector<float> logarithm = Vector.ConvertToSingle(exponent) * new Vector<float>(0.693147181f) + (s + s) * series;
        return Vector.SquareRoot(logarithm * new Vector<float>(-2f));
    }

    // Sine and cosine of πt, t = the upper 24 bits as a signed fraction in [-1, 1): Taylor series of a = πt/2, |a| ≤ π/2,
    // to a^11 and a^12 (rest below 6e-8), then the double angle.
    private static (Vector<float> Sin, Vector<float> Cos) SinCos(Vector<uint> word)
    {
        Vector<int> signed = Vector.AsVectorInt32(word) >> 8;
        Vector<float> a = Vector.ConvertToSingle(signed) * new Vector<float>(MathF.PI / 2 / (1 << 23));
        Vector<float> a2 = a * a;
        Vector<float> s = new Vector<float>(-1f / 39_916_800) * a2 + new Vector<float>(1f / 362_880);
        s = s * a2 + new Vector<float>(-1f / 5_040);
        s = s * a2 + new Vector<float>(1f / 120);
        s = s * a2 + new Vector<float>(-1f / 6);
        s = (s * a2 + Vector<float>.One) * a;
        Vector<float> c = new Vector<float>(1f / 479_001_600) * a2 + new Vector<float>(-1f / 3_628_800);
        c = c * a2 + new Vector<float>(1f / 40_320);
        c = c * a2 + new Vector<float>(-1f / 720);
        c = c * a2 + new Vector<float>(1f / 24);
        c = c * a2 + new Vector<float>(-1f / 2);
        c = c * a2 + Vector<float>.One;
        Vector<float> twice = s + s;
        return (twice * c, Vector<float>.One - twice * s);
    }
}
