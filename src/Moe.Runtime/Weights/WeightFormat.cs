namespace Moe.Runtime.Weights;

/// <summary>How weights are held in memory.</summary>
public enum WeightFormat
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16: the upper half of a float32, 8 bits of precision.</summary>
    BF16,
}
