using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// The tensors of a checkpoint on disk: a folder with <c>model.safetensors</c>, or with
/// <c>model.safetensors.index.json</c> and the shards it names, or a single safetensors file.
/// </summary>
/// <remarks>
/// However the tensors are read, no more than about 16 MB of the files are mapped in at a time: whenever that much has
/// been read since the last time, all pages are let go. <see cref="TensorSource.Release(string)"/> lets go earlier, of a megabyte
/// or more at a time: it interrupts all processors.
/// </remarks>
public sealed class CheckpointTensors : TensorSource
{
    private const int WindowBytes = 4 << 20;
    private const long MappedLimit = 16 << 20;
    private const long ReleasedAtOnce = 1 << 20;

    private readonly Dictionary<string, SafetensorsFile> _files = [];
    private long _mapped;

    private CheckpointTensors(string origin, IReadOnlyList<SafetensorsFile> files, IEnumerable<TensorEntry> tensors)
        : base(origin, tensors)
    {
        foreach (SafetensorsFile file in files)
            _files.Add(file.Path, file);
    }

    /// <summary>Opens the checkpoint and checks every header; no tensor is read.</summary>
    /// <param name="path">The folder, or a single safetensors file.</param>
    /// <exception cref="CheckpointException">
    /// There is no checkpoint, a file is missing, unreadable or malformed, or index and shards contradict each other.
    /// </exception>
    public static CheckpointTensors Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckpointFolder folder = CheckpointFolder.Open(path);
        return new CheckpointTensors(path, folder.Files, folder.Tensors);
    }

    /// <summary>
    /// Opens the checkpoint of a text model, or of the text model in one of text and images: where config.json has a
    /// <c>text_config</c>, the tensors whose names begin with <c>language_model.</c>, without that beginning.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">As for <see cref="Open"/>, or config.json is malformed.</exception>
    public static TensorSource OpenText(string folder)
    {
        CheckpointTensors tensors = Open(folder);
        string config = System.IO.Path.Combine(folder, "config.json");
        try
        {
            if (!System.IO.File.Exists(config))
                return tensors;
            using JsonDocument document = CheckpointFile.ReadJson(config);
            return TextConfig.IsWrapped(document.RootElement) ? new PrefixedTensors(tensors, TextConfig.TensorPrefix) : tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Whether a folder holds a checkpoint: model.safetensors, or an index of shards.</summary>
    public static bool AreIn(string folder) =>
        System.IO.Path.Exists(System.IO.Path.Combine(folder, CheckpointFolder.SingleFile))
        || System.IO.Path.Exists(System.IO.Path.Combine(folder, CheckpointFolder.IndexFile));

    /// <inheritdoc/>
    protected override void ReadFloats(TensorEntry tensor, long firstElement, Span<float> destination)
    {
        SafetensorsFile file = _files[tensor.File];
        int size = tensor.Type.SizeInBytes();
        for (int done = 0; done < destination.Length;)
        {
            Span<float> window = destination.Slice(done, Math.Min(destination.Length - done, WindowBytes / size));
            ReadOnlySpan<byte> stored = file.Bytes(tensor, (firstElement + done) * size, window.Length * size);
            Widening.ToFloats(tensor.Type, stored, window);
            int nonFinite = Widening.IndexOfNonFinite(window);
            if (nonFinite >= 0)
                throw NonFinite(tensor, firstElement + done + nonFinite, stored[(nonFinite * size)..]);
            LetGo(stored.Length, MappedLimit);
            done += window.Length;
        }
    }

    /// <inheritdoc/>
    protected override void ReadIntegers(TensorEntry tensor, long firstElement, Span<long> destination)
    {
        SafetensorsFile file = _files[tensor.File];
        int size = tensor.Type.SizeInBytes();
        for (int done = 0; done < destination.Length;)
        {
            Span<long> window = destination.Slice(done, Math.Min(destination.Length - done, WindowBytes / size));
            ReadOnlySpan<byte> stored = file.Bytes(tensor, (firstElement + done) * size, window.Length * size);
            try
            {
                Widening.ToIntegers(tensor.Type, stored, window);
            }
            catch (OverflowException overflow)
            {
                throw new CheckpointException(tensor.File, $"'{tensor.Name}' holds an unsigned integer above {long.MaxValue}.", overflow);
            }

            LetGo(stored.Length, MappedLimit);
            done += window.Length;
        }
    }

    /// <inheritdoc/>
    protected override void Release(TensorEntry tensor) => LetGo(0, ReleasedAtOnce);

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        foreach (SafetensorsFile file in _files.Values)
            file.Dispose();
        base.Dispose(isDisposing);
    }

    // Two threads may both see the limit passed; letting go twice is harmless.
    private void LetGo(int bytes, long limit)
    {
        if (Interlocked.Add(ref _mapped, bytes) < limit)
            return;
        Interlocked.Exchange(ref _mapped, 0);
        foreach (SafetensorsFile file in _files.Values)
            file.Release();
    }

    private static CheckpointException NonFinite(TensorEntry tensor, long element, ReadOnlySpan<byte> stored)
    {
        string value = tensor.Type switch
        {
            ElementType.F64 => MemoryMarshal.Read<double>(stored).ToString("R", CultureInfo.InvariantCulture),
            ElementType.F32 => MemoryMarshal.Read<float>(stored).ToString("R", CultureInfo.InvariantCulture),
            ElementType.F16 => MemoryMarshal.Read<Half>(stored).ToString(CultureInfo.InvariantCulture),
            _ => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(stored) << 16).ToString("R", CultureInfo.InvariantCulture),
        };
        string index = TensorShape.IndexText(tensor.Shape, element);
        return new CheckpointException(tensor.File, $"'{tensor.Name}' holds {value} at element {element}, index {index}; weights must be finite floats. The checkpoint is damaged or its training diverged.");
    }
}
