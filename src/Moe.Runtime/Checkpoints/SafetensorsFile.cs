using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// A safetensors file: its header checked, its bytes memory-mapped. Format: 8 bytes little-endian header length, the
/// JSON header, the tensors' bytes (https://github.com/huggingface/safetensors). Reading is thread-safe.
/// </summary>
/// <remarks>
/// The file must not be truncated while it is open: the operating system ends a process that touches a mapped page
/// which the file no longer has.
/// </remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private readonly byte* _bytes;
    private int _isDisposed;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedViewAccessor view, long length)
    {
        Path = path;
        _header = header;
        _view = view;
        _length = length;
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _bytes = pointer + view.PointerOffset;
    }

    /// <summary>The path it was opened with.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order in which they lie in the file.</summary>
    public ImmutableArray<TensorEntry> Tensors => _header.Tensors;

    /// <summary>What the writer noted under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file: reads and checks its header, maps its bytes. No tensor is read.</summary>
    /// <exception cref="CheckpointException">
    /// The file is missing or unreadable, or is not a well-formed safetensors file; lists all problems.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files are little-endian and are read as they lie; this machine is big-endian.");

        using SafeFileHandle handle = CheckpointFile.Open(path);
        long length = CheckpointFile.Length(handle, path);
        if (length < LengthBytes)
            throw new CheckpointException(path, $"the file has {length} bytes; a safetensors file begins with {LengthBytes} bytes of header length. It is truncated or something else.");

        byte[] begin = CheckpointFile.Read(handle, path, 0, LengthBytes);
        if (begin.AsSpan().SequenceEqual("version "u8))
            throw new CheckpointException(path, $"the file is a Git LFS pointer of {length} bytes and not what it stands for; fetch that by 'git lfs pull', or download the file itself.");

        ulong headerLength = BitConverter.ToUInt64(begin);
        if (headerLength > (ulong)(length - LengthBytes))
            throw new CheckpointException(path, $"the header should have {headerLength} bytes, but only {length - LengthBytes} follow its length; the file is truncated or is not a safetensors file.");
        if (headerLength > CheckpointFile.JsonLimit)
            throw new CheckpointException(path, $"the header has {headerLength} bytes; the format allows at most {CheckpointFile.JsonLimit}.");

        byte[] json = CheckpointFile.Read(handle, path, LengthBytes, (int)headerLength);
        SafetensorsHeader header = SafetensorsHeader.Parse(path, json, LengthBytes + json.Length, length);
        return new SafetensorsFile(path, header, CheckpointFile.Map(handle, path), length);
    }

    /// <summary>The stored bytes of a part of a tensor, straight from the mapping; valid until <see cref="Dispose"/>.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="offset">Bytes from the tensor's first one. Tensors beyond 2 GB are read in several windows.</param>
    /// <param name="length">Bytes of the window.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not inside the tensor, or the tensor not in this file.</exception>
    public ReadOnlySpan<byte> Bytes(TensorEntry tensor, long offset, int length)
    {
        CheckWindow(tensor, offset, length);
        return new ReadOnlySpan<byte>(_bytes + tensor.Offset + offset, length);
    }

    /// <summary>
    /// Tells the operating system that a tensor's pages are not needed any more; reading it again is allowed and
    /// brings them back. Does nothing on systems other than Linux and macOS.
    /// </summary>
    public void Release(TensorEntry tensor)
    {
        CheckWindow(tensor, 0, 0);
        MappedPages.Release(_bytes, _length, tensor.Offset, tensor.ByteCount);
    }

    /// <summary>As <see cref="Release(TensorEntry)"/>, for all tensors of the file.</summary>
    public void Release()
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        MappedPages.Release(_bytes, _length, 0, _length);
    }

    /// <summary>Unmaps the file. No span that it gave may be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }

    private void CheckWindow(TensorEntry tensor, long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        long bytes = tensor.ByteCount;
        if (tensor.File != Path || tensor.Offset < 0 || tensor.Offset > _length - bytes)
            throw new ArgumentOutOfRangeException(nameof(tensor), $"{tensor} is not a tensor of {Path}.");
        if (offset < 0 || length < 0 || offset > bytes - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes from {offset} are not inside {tensor}, which has {bytes}.");
    }
}
