using System;
using System.IO;
using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// A model's weights as they lie in memory, in one file (<c>.moe</c>): a header, the weights from multiples of 64 bytes on, and at the
/// end a table of them. It is mapped into memory and not converted: loading reads header and table, and a weight when it is used.
/// </summary>
/// <remarks>
/// The file may be deleted or replaced by another while it is loaded, where the operating system allows it; it must not be truncated or
/// overwritten in place: the system ends a process that touches a page which the file no longer has.
/// </remarks>
public sealed unsafe class PackedFile : IDisposable
{
    /// <summary>Ending of the names of packed files.</summary>
    public const string Extension = ".moe";

    /// <summary>Version of the format: of header, table, and the layout of every <see cref="WeightFormat"/>.</summary>
    public const int Version = 2;

    private const int Window = 8 << 20;

    private readonly PackedTable _table;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _bytes;
    private readonly long _length;

    private PackedFile(string path, PackedTable table, MemoryMappedViewAccessor view, long length)
    {
        Path = path;
        _table = table;
        _view = view;
        _length = length;

        // The view is this object's own and open as long as it: its pages go with the last object that refers to this one, or with Dispose.
        _bytes = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle() + view.PointerOffset;
    }

    /// <summary>The path it was opened with.</summary>
    public string Path { get; }

    /// <summary>Whose weights it holds, and where.</summary>
    internal PackedTable Table => _table;

    /// <summary>
    /// Reads a packed file through and compares every checksum: of the header, of the table, of each weight.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told after every weight.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="CheckpointException">The file is damaged; names every damaged weight.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static void Verify(string path, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        using PackedFile file = Open(path);
        file.VerifyEntries(progress, cancellation);
    }

    /// <summary>Maps the file; reads header and table and compares their checksums.</summary>
    /// <exception cref="CheckpointException">The file is missing, unreadable, damaged, or of another version.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    internal static PackedFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Packed files are little-endian and are used as they lie; this machine is big-endian.");

        using SafeFileHandle handle = CheckpointFile.Open(path);
        long length = CheckpointFile.Length(handle, path);
        PackedHeader header = PackedHeader.Read(path, CheckpointFile.Read(handle, path, 0, (int)Math.Min(PackedHeader.Bytes, length)), length);
        byte[] table = CheckpointFile.Read(handle, path, header.TableOffset, (int)header.TableLength);
        ulong checksum = XxHash3.HashToUInt64(table);
        if (checksum != header.TableChecksum)
            throw new CheckpointException(path, $"the table is damaged: its checksum is {checksum:X16}; {header.TableChecksum:X16} was expected. Copy or pack the file again.");
        return new PackedFile(path, PackedTable.Read(path, table, header.TableOffset), CheckpointFile.Map(handle, path), length);
    }

    /// <summary>The first byte of an entry; valid until <see cref="Dispose"/>, or as long as this object is referred to.</summary>
    internal byte* Start(PackedEntry entry) => _bytes + entry.Offset;

    /// <summary>Compares the checksums of all entries.</summary>
    internal void VerifyEntries(IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        var problems = new ProblemList(Path);
        long total = _table.Entries.Sum(entry => entry.Length);
        long done = 0;
        for (int index = 0; index < _table.Entries.Count; index++)
        {
            PackedEntry entry = _table.Entries[index];
            if (Problem(index, cancellation) is { } problem)
                problems.Add("damaged weights", problem);
            MappedPages.Release(_bytes, _length, entry.Offset, entry.Length);
            done += entry.Length;
            progress?.Report(new LoadProgress(done, total, entry.Request.Source));
        }

        problems.ThrowIfAny();
    }

    /// <summary>Compares the checksum of one entry; null where it is right.</summary>
    internal string? Problem(int index, CancellationToken cancellation = default)
    {
        PackedEntry entry = _table.Entries[index];
        var hash = new XxHash3();
        for (long offset = 0; offset < entry.Length; offset += Window)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.Append(new ReadOnlySpan<byte>(Start(entry) + offset, (int)Math.Min(Window, entry.Length - offset)));
        }

        ulong found = hash.GetCurrentHashAsUInt64();
        return found == entry.Checksum
            ? null
            : $"entry {index}, {entry.Request}, is damaged: its checksum is {found:X16}; {entry.Checksum:X16} was expected. Copy or pack the file again.";
    }

    /// <summary>Unmaps the file. No weight out of it may be used afterwards.</summary>
    public void Dispose() => _view.Dispose();
}
