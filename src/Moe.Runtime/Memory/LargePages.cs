using System;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Memory;

/// <summary>
/// Asks Linux for pages of 2 MB where memory is read from one end to the other: translating addresses of small pages takes time that a
/// stream of weights does not have.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of a large page, and where one may begin.</summary>
    internal const int Size = 2 << 20;

    // MADV_HUGEPAGE.
    private const int HugePage = 14;

    /// <summary>Advises on the whole large pages within the memory, which nobody has touched yet. A hint: nothing happens where there is no such call.</summary>
    internal static void Advise(void* memory, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;

        nuint first = ((nuint)memory + Size - 1) & ~(nuint)(Size - 1);
        nuint end = ((nuint)memory + bytes) & ~(nuint)(Size - 1);
        if (first < end)
            _ = Advise((nint)first, end - first, HugePage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
