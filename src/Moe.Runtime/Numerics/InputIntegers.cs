using System;

namespace Moe.Runtime.Numerics;

/// <summary>Which integers of a row of input products with weights in groups take.</summary>
[Flags]
public enum InputIntegers
{
    /// <summary>None: the row itself is multiplied.</summary>
    None = 0,

    /// <summary>Of 16 bits, beside 8-bit weights: what the format costs is the rounding of its weights and hardly anything else.</summary>
    Bits16 = 1,

    /// <summary>Of 8 bits, beside 4-bit weights, whose rounding is larger by far.</summary>
    Bits8 = 2,
}
