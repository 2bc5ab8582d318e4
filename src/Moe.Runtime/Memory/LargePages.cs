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
    /// <summary>Bytes of a large page, and where one may begin.</summary>
    internal const int Size = 2 << 20;

    // MADV_HUGEPAGE, and MADV_POPULATE_WRITE of Linux 5.14.
    private const int HugePage = 14;
    private const int PopulateWrite = 23;

    /// <summary>Advises on the whole large pages within the memory, which nobody has touched yet. A hint: nothing happens where there is no such call.</summary>
    internal static void Advise(void* memory, nuint bytes) => Advise(memory, bytes, Size, HugePage);

    /// <summary>
    /// Lets the system provide all whole pages of memory that will be written now, in one call and not one by one as they are touched. A hint as well.
    /// </summary>
    internal static void Populate(void* memory, nuint bytes) => Advise(memory, bytes, (nuint)Environment.SystemPageSize, PopulateWrite);

    private static void Advise(void* memory, nuint bytes, nuint page, int advice)
    {
        if (!OperatingSystem.IsLinux())
            return;

        nuint first = ((nuint)memory + page - 1) & ~(page - 1);
        nuint end = ((nuint)memory + bytes) & ~(page - 1);
        if (first < end)
            _ = Advise((nint)first, end - first, advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
