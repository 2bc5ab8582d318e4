namespace Moe.Runtime.Gpu.Memory;

/// <summary>A number as it is stored on a device: kernels are generic over it and compute in float32.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IGpuElement<TSelf>
    where TSelf : unmanaged, IGpuElement<TSelf>
{
    /// <summary>The stored number as float32, exactly.</summary>
    float Widen();

    /// <summary>The nearest number that can be stored.</summary>
    static abstract TSelf Round(float value);
}
