using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.MachineCode;

/// <summary>
/// Whether products of integers may run as machine code of our own: the feature switch <c>Moe.Runtime.MachineCode.IsSupported</c>, on unless the
/// project turns it off. .NET has no names for the 512-bit instructions of AVX-512 VNNI; where the processor has them, kernels are written into
/// memory once and called. Numbers are the same bits either way.
/// </summary>
public static unsafe class MachineCodeSupport
{
    // Bits of CPUID leaf 7: EBX has AVX512F and AVX512BW, ECX has AVX512_VNNI. Leaf 1: ECX has OSXSAVE.
    private const int Avx512 = (1 << 16) | (1 << 30), Vnni = 1 << 11, OsXsave = 1 << 27;

    // Of XCR0: what the system saves of a thread has SSE, AVX, masks, and both parts of 512-bit registers.
    private const uint State = 0xE6;

    /// <summary>Whether it is allowed.</summary>
    [FeatureSwitchDefinition("Moe.Runtime.MachineCode.IsSupported")]
    public static bool IsSupported { get; } =
        !AppContext.TryGetSwitch("Moe.Runtime.MachineCode.IsSupported", out bool isEnabled) || isEnabled;

    /// <summary>Whether the processor multiplies bytes in fours at 512 bits, and this process may.</summary>
    internal static bool HasDotProducts { get; } = IsSupported && X86Base.X64.IsSupported && HasInstruction() && MayUse512Bits();

    private static bool HasInstruction()
    {
        if (X86Base.CpuId(0, 0).Eax < 7)
            return false;

        (_, int ebx, int ecx, _) = X86Base.CpuId(7, 0);
        return (ebx & Avx512) == Avx512 && (ecx & Vnni) != 0;
    }

    // A compiler at run time knows what it may use, and its settings count. One ahead of time only knew what it compiled for: the machine says, but
    // what is not written here has to fuse multiplications and additions as well, or numbers would be others.
    private static bool MayUse512Bits()
    {
        if (RuntimeFeature.IsDynamicCodeCompiled || Avx512BW.IsSupported)
            return Avx512BW.IsSupported;
        if (!Fma.IsSupported)
            return false;
        if ((X86Base.CpuId(1, 0).Ecx & OsXsave) == 0)
            return false;

        Assembler code = new();
        code.Clear(General.Rcx);
        code.ReadExtendedControl();
        code.Return();
        byte* place = ExecutableMemory.Publish(code.ToArray());
        return place != null && (((delegate* unmanaged<uint>)place)() & State) == State;
    }
}
