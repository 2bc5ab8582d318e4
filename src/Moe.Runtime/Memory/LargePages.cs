using System;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Memory;

/// <summary>
/// Asks Linux for pages of 2 MB where memory is read from one end to the other: translating addresses of small pages takes time that a
/// stream of weights does not have. Where memory is too small for them, it asks for all small pages in one call, which takes a
/// fraction of the time that coming for one after another does.
/// </summary>
internal static unsafe partial class LargePages
{
    private const nuint Size = 2 << 20;

    // MADV_HUGEPAGE, and MADV_POPULATE_WRITE of Linux 5.14.
    private const int HugePage = 14;
    private const int PopulateWrite = 23;

    /// <summary>
    /// Advises on the whole pages within the memory, all of which will be written and which nobody has touched yet. A hint: nothing
    /// happens where there is no such call.
    /// </summary>
    internal static void Advise(void* memory, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;

        bool isLarge = bytes >= 4 * Size;
        nuint page = isLarge ? Size : (nuint)Environment.SystemPageSize;
        nuint first = ((nuint)memory + page - 1) & ~(page - 1);
        nuint end = ((nuint)memory + bytes) & ~(page - 1);
        if (first < end)
            _ = Advise((nint)first, end - first, isLarge ? HugePage : PopulateWrite);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
