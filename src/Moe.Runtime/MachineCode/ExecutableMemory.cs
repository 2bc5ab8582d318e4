using System;
using System.Runtime.InteropServices;

namespace Moe.Runtime.MachineCode;

/// <summary>Memory that may be executed, and no longer written once it may.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ProtectRead = 1, ProtectWrite = 2, ProtectExecute = 4;
    private const int MapPrivate = 2, MapAnonymous = 0x20;
    private const uint Commit = 0x1000, Reserve = 0x2000, Release = 0x8000;
    private const uint PageReadWrite = 4, PageExecuteRead = 0x20;
    private const nint ThisProcess = -1;

    /// <summary>
    /// Copies code into pages of its own, which stay for as long as the process does. Null where the system does not allow it, as hardened ones do,
    /// or is neither Linux nor Windows.
    /// </summary>
    internal static byte* Publish(ReadOnlySpan<byte> code)
    {
        try
        {
            return Place(code);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static byte* Place(ReadOnlySpan<byte> code)
    {
        nuint bytes = (nuint)code.Length;
        if (OperatingSystem.IsLinux())
        {
            nint pages = Map(0, bytes, ProtectRead | ProtectWrite, MapPrivate | MapAnonymous, -1, 0);
            if (pages == -1)
                return null;
            code.CopyTo(new Span<byte>((void*)pages, code.Length));
            if (Protect(pages, bytes, ProtectRead | ProtectExecute) == 0)
                return (byte*)pages;
            _ = Unmap(pages, bytes);
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            nint pages = Allocate(0, bytes, Commit | Reserve, PageReadWrite);
            if (pages == 0)
                return null;
            code.CopyTo(new Span<byte>((void*)pages, code.Length));
            if (Protect(pages, bytes, PageExecuteRead, out _) != 0 && Flush(ThisProcess, pages, bytes) != 0)
                return (byte*)pages;
            _ = Free(pages, 0, Release);
        }

        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc")]
    private static partial nint Allocate(nint address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32", EntryPoint = "VirtualProtect")]
    private static partial int Protect(nint address, nuint length, uint protection, out uint before);

    [LibraryImport("kernel32", EntryPoint = "FlushInstructionCache")]
    private static partial int Flush(nint process, nint address, nuint length);

    [LibraryImport("kernel32", EntryPoint = "VirtualFree")]
    private static partial int Free(nint address, nuint length, uint type);
}
