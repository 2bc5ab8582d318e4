using System;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Quarter turns in an angle of any size (Payne and Hanek 1983): x = m·2^e with whole m, and only 96 of the bits of 2/π
/// decide x·2/π modulo 4; those before them add multiples of 4.
/// </summary>
public static class LargeAngle
{
    /// <summary>π/2 · 2^-62: a quarter turn in the unit of the sum.</summary>
    public const float Unit = 3.4061215800304574e-19f;

    /// <summary>The rest r, at most π/4, of an angle above 8192, and its quarter turns modulo 4; NaN of infinities.</summary>
    public static float Reduce(float x, out float quadrant)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        int exponent = (int)((bits >> 23) & 0xFF);
        if (exponent == 0xFF)
        {
            quadrant = 0f;
            return float.NaN;
        }

        ulong m = (bits & 0x7FFFFF) | 0x800000;
        int first = exponent - 120;
        ulong sum = ((m * Word(first)) << 32) + (m * Word(first + 32)) + ((m * Word(first + 64)) >> 32);
        int turns = (int)((sum + (1UL << 61)) >> 62);
        float r = (float)(long)(sum - ((ulong)turns << 62)) * Unit;
        quadrant = x < 0f ? -turns & 3 : turns & 3;
        return x < 0f ? -r : r;
    }

    /// <summary>32 bits of 2/π, counted from 32 zeros before its point.</summary>
    public static ulong Word(int bit)
    {
        int word = bit >> 5;
        ulong both = (Aligned(word) << 32) | Aligned(word + 1);
        return (both << (bit & 31)) >> 32;
    }

    /// <summary>32 bits of 2/π from a multiple of 32 on.</summary>
    private static ulong Aligned(int word) => word switch
    {
        1 => 0xA2F9836E,
        2 => 0x4E441529,
        3 => 0xFC2757D1,
        4 => 0xF534DDC0,
        5 => 0xDB629599,
        6 => 0x3C439041,
        7 => 0xFE5163AB,
        8 => 0xDEBBC561,
        _ => 0,
    };
}
