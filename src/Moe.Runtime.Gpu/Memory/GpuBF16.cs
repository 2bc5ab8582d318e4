using System.Diagnostics;
using ILGPU;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>bfloat16: the upper half of a float32, widened by a shift, rounded to nearest, ties to even.</summary>
[DebuggerDisplay("{Widen()}")]
public readonly struct GpuBF16 : IGpuElement<GpuBF16>
{
    private readonly ushort _bits;

    /// <summary>Wraps the upper half of a float32.</summary>
    public GpuBF16(ushort bits) => _bits = bits;

    /// <inheritdoc/>
    public float Widen() => Interop.IntAsFloat((uint)_bits << 16);

    /// <inheritdoc/>
    public static GpuBF16 Round(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint nearest = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
        uint quiet = (bits >> 16) | 0x40u;
        return new GpuBF16((ushort)((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : nearest));
    }
}
