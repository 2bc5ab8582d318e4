using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Memory;

/// <summary>One piece of memory outside the managed heap that only grows; its content is not kept when it does.</summary>
[DebuggerDisplay("{Bytes} bytes")]
public sealed unsafe class NativeBuffer : IDisposable
{
    private void* _memory;
    private bool _isDisposed;

    /// <summary>Frees the memory of a buffer that nobody disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>The start of at least so many bytes, aligned to 64; valid until the next call or disposal.</summary>
    /// <exception cref="ObjectDisposedException">The buffer is disposed.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had; the message says how much was asked for.</exception>
    public void* Reserve(long bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (bytes <= Bytes)
            return _memory;

        Free();
        try
        {
            _memory = NativeMemory.AlignedAlloc(checked((nuint)bytes), 64);
        }
        catch (OutOfMemoryException exception)
        {
            throw new OutOfMemoryException($"Scratch memory of {bytes / (1 << 20):N0} MiB is not to be had on this machine.", exception);
        }

        Bytes = bytes;
        return _memory;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        Bytes = 0;
    }
}
