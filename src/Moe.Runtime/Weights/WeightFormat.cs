namespace Moe.Runtime.Weights;

/// <summary>How weights are held in memory.</summary>
public enum WeightFormat
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16: the upper half of a float32, 8 bits of precision.</summary>
    BF16,

    /// <summary>Groups of 32 weights along a row: 8-bit integers from −127 to 127 and one bfloat16 scale; 8.5 bits a weight.</summary>
    Int8,

    /// <summary>Groups of 32 weights along a row: 4-bit integers from 0 to 15, one bfloat16 scale and one bfloat16 minimum; 5 bits a weight.</summary>
    Int4,

    /// <summary>
    /// Groups of 32 weights along a row: 4-bit floats (E2M1) and one power of two (E8M0), 4.25 bits a weight; the format of the Open
    /// Compute Project's Microscaling specification 1.0, in which gpt-oss is released. Weights of a file that has it are
    /// kept exactly, products round their inputs to 8 bits (<see cref="Numerics.IntegerRows"/>), as those of all three formats do.
    /// </summary>
    MXFP4,
}
