using System.Diagnostics;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>float32 as it is.</summary>
[DebuggerDisplay("{_value}")]
public readonly struct GpuF32 : IGpuElement<GpuF32>
{
    private readonly float _value;

    /// <summary>Wraps a number.</summary>
    public GpuF32(float value) => _value = value;

    /// <inheritdoc/>
    public float Widen() => _value;

    /// <inheritdoc/>
    public static GpuF32 Round(float value) => new(value);
}
