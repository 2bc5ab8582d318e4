using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Hashing;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Writes a packed file: weights one after another into a file of another name in the same folder, which takes the right name once
/// it is complete and on disk. Disposed before that, it leaves nothing behind.
/// </summary>
internal sealed unsafe class PackedFileWriter : IDisposable
{
    private const int Window = 8 << 20;

    private readonly string _path;
    private readonly string _unfinished;
    private readonly string _model;
    private readonly SafeFileHandle _file;
    private readonly List<PackedEntry> _entries = [];
    private long _end = PackedHeader.Bytes;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to write; a packed file that is there is replaced at the end.</param>
    /// <param name="model">Name of the declaration, for messages.</param>
    /// <exception cref="CheckpointException">Something other than a packed file is there.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal PackedFileWriter(string path, string model)
    {
        _path = path;
        _model = model;
        _unfinished = $"{path}.{Guid.NewGuid():N}.part";
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{path}: the folder {folder} does not exist; make it first.");

        if (Directory.Exists(path))
            throw new IOException($"{path}: this is a folder; give the name of a file, such as {Path.Combine(path, "model.moe")}.");

        // A wrong argument must not cost a checkpoint.
        if (File.Exists(path) && !PackedHeader.Begins(path))
            throw new CheckpointException(path, "the file is there and is not a packed file, so that it is not overwritten; choose another name.");
        _file = File.OpenHandle(_unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    /// <summary>Writes a weight.</summary>
    /// <param name="request">What it is.</param>
    /// <param name="format">Format of matrices.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="cancellation">Ends the writing.</param>
    internal void Add(WeightRequest request, WeightFormat? format, void* start, long length, CancellationToken cancellation)
    {
        var hash = new XxHash3();
        long offset = PackedEntry.Align(_end);
        for (long done = 0; done < length; done += Window)
        {
            cancellation.ThrowIfCancellationRequested();
            var window = new ReadOnlySpan<byte>((byte*)start + done, (int)Math.Min(Window, length - done));
            hash.Append(window);
            RandomAccess.Write(_file, window, offset + done);
        }

        _entries.Add(new PackedEntry(request, format, offset, length, hash.GetCurrentHashAsUInt64()));
        _end = offset + length;
    }

    /// <summary>Writes table and header, and sees all of it onto the disk.</summary>
    internal void Complete()
    {
        byte[] table = new PackedTable(_model, _entries).ToBytes();
        long offset = PackedEntry.Align(_end);
        RandomAccess.Write(_file, table, offset);
        RandomAccess.Write(_file, new PackedHeader(offset, table.Length, XxHash3.HashToUInt64(table)).ToBytes(), 0);
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
    }

    /// <summary>Gives the complete file its name.</summary>
    internal void Publish() => File.Move(_unfinished, _path, overwrite: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_unfinished);
    }
}
