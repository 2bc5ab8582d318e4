using System;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Checkpoints;

/// <summary>Tells the operating system that pages of a read-only file mapping are not needed for now.</summary>
internal static partial class MappedPages
{
    // MADV_DONTNEED of Linux and of macOS.
    private const int DoNotNeed = 4;

    // Linux maps up to 64 KB around a fault, so that much of the neighbours came along and goes along.
    private const long FaultBlock = 65_536;

    /// <summary>
    /// Takes the bytes out of the process; a later access brings them back from the file, so pages shared with a
    /// neighbour may go too. It is a hint: does nothing where there is no such call.
    /// </summary>
    internal static unsafe void Release(byte* mapping, long mappingLength, long offset, long length)
    {
        if (length <= 0 || !(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()))
            return;

        long block = Math.Max(FaultBlock, Environment.SystemPageSize);
        nuint first = (nuint)mapping + (nuint)offset;
        nuint begin = Math.Max((nuint)mapping, first & ~(nuint)(block - 1));
        nuint end = Math.Min(
            (nuint)mapping + (nuint)mappingLength,
            (first + (nuint)length + (nuint)(block - 1)) & ~(nuint)(block - 1));
        _ = Advise((nint)begin, end - begin, DoNotNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
