using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Which instructions the primitives run on. An AOT program carries what it was published for, which may be less than the
/// machine has: set <c>IlcInstructionSet</c> (x86-64-v3, x86-64-v4 or native) in its project.
/// </summary>
public static class CpuInstructions
{
    /// <summary>Whether a multiplication and an addition are one instruction with one rounding.</summary>
    public static bool HasFusedMultiplyAdd => Fma.IsSupported || AdvSimd.IsSupported;

    /// <summary>The width that the primitives use, in bits: 512, 256 or 128.</summary>
    public static int VectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>The instruction set and width in words, for example "AVX2+FMA, 256-bit"; after it what multiplies bytes in fours, if anything does.</summary>
    public static string Describe()
    {
        string set = Vector512.IsHardwareAccelerated ? "AVX-512"
            : Avx2.IsSupported ? "AVX2"
            : AdvSimd.Arm64.IsSupported ? "AdvSimd"
            : Sse42.IsSupported ? "SSE4.2"
            : Vector128.IsHardwareAccelerated ? RuntimeInformation.ProcessArchitecture.ToString()
            : RuntimeInformation.ProcessArchitecture + " without vectors";
        string fused = HasFusedMultiplyAdd ? "+FMA" : ", no FMA";
        string dots = DotProducts<Int8>.AreAvailable ? "+VNNI" : AvxVnni.IsSupported && !Vector512.IsHardwareAccelerated ? "+AVX-VNNI" : Dp.IsSupported ? "+DP" : "";
        return $"{set}{fused}{dots}, {VectorBits}-bit";
    }
}
