using System;
using System.Collections.Generic;
using System.Threading;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Weights that are converted into a packed file. What it gives has its shape and no content any more: a weight is let go as soon as it
/// is written, so that a model may be larger than the machine's memory.
/// </summary>
/// <param name="reader">What they are converted from.</param>
/// <param name="writer">Where they go.</param>
/// <param name="cancellation">Ends the writing.</param>
internal sealed unsafe class PackingStore(TensorReader reader, PackedFileWriter writer, CancellationToken cancellation) : WeightStore
{
    /// <inheritdoc/>
    internal override PackedMatrix Matrices(WeightRequest request, Func<TensorReader, WeightFormat> format, Action<TensorReader, PackedMatrix> convert)
    {
        using var matrices = new PackedMatrix(request.Rows, request.Columns, format(reader), request.Count);
        convert(reader, matrices);
        writer.Add(request, matrices.Format, matrices.Matrix(0), matrices.Bytes, cancellation);
        return matrices;
    }

    /// <inheritdoc/>
    internal override PackedVector Vectors(WeightRequest request, Action<TensorReader, PackedVector> convert)
    {
        using var vectors = new PackedVector(request.Columns, request.Count);
        convert(reader, vectors);
        writer.Add(request, null, vectors.Values, vectors.Bytes, cancellation);
        return vectors;
    }

    /// <inheritdoc/>
    internal override PackedIndices Indices(WeightRequest request, Action<TensorReader, PackedIndices> convert)
    {
        using var indices = new PackedIndices(request.Rows, request.Columns);
        convert(reader, indices);
        writer.Add(request, null, indices.Values, indices.Bytes, cancellation);
        return indices;
    }
}

/// <summary>Weights out of a packed file, which must hold just what is asked for, in that order.</summary>
internal sealed unsafe class MappedStore : WeightStore
{
    private readonly PackedFile _file;
    private readonly string _model;
    private readonly WeightFormats? _formats;
    private int _next;

    /// <summary>A store over an opened file, which it owns.</summary>
    /// <param name="file">The file.</param>
    /// <param name="model">Name of the declaration, for messages.</param>
    /// <param name="formats">Formats that the file must have; null takes what it has.</param>
    internal MappedStore(PackedFile file, string model, WeightFormats? formats)
    {
        _file = Keep(file);
        _model = model;
        _formats = formats;
    }

    /// <inheritdoc/>
    internal override PackedMatrix Matrices(WeightRequest request, Func<TensorReader, WeightFormat> format, Action<TensorReader, PackedMatrix> convert)
    {
        PackedEntry entry = Next(request);
        if (entry.Format is not { } stored || !Enum.IsDefined(stored) || request.Role is not { } role)
            throw Refused(entry, $"has the unknown format {entry.Format}");
        if (_formats?.Of(role) is { } asked && asked != stored)
            throw Refused(entry, $"is {stored}, and {asked} was asked for. Load without a format to take what the file holds, or pack the checkpoint in the other one");
        var matrices = new PackedMatrix(request.Rows, request.Columns, stored, request.Count, _file, _file.Start(entry));
        CheckLength(entry, matrices.Bytes);
        KernelsAhead.Begin(stored);
        return matrices;
    }

    /// <inheritdoc/>
    internal override PackedVector Vectors(WeightRequest request, Action<TensorReader, PackedVector> convert)
    {
        PackedEntry entry = Next(request);
        var vectors = new PackedVector(request.Columns, request.Count, _file, (float*)_file.Start(entry));
        CheckLength(entry, vectors.Bytes);
        return vectors;
    }

    /// <summary>
    /// Indices decide where memory is read, and tables of them are small: their checksum is always compared. That each is below its
    /// bound was seen to when they were converted.
    /// </summary>
    internal override PackedIndices Indices(WeightRequest request, Action<TensorReader, PackedIndices> convert)
    {
        PackedEntry entry = Next(request);
        var indices = new PackedIndices(request.Rows, request.Columns, _file, (int*)_file.Start(entry));
        CheckLength(entry, indices.Bytes);
        if (_file.Problem(_next - 1) is { } problem)
            throw new CheckpointException(_file.Path, problem);
        return indices;
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<IDisposable> Detach()
    {
        IReadOnlyList<PackedEntry> entries = _file.Table.Entries;
        if (_next < entries.Count)
            throw Different($"{entries.Count - _next} more weights than {_model} asks for, the first of them {entries[_next].Request}");
        return base.Detach();
    }

    private PackedEntry Next(WeightRequest request)
    {
        IReadOnlyList<PackedEntry> entries = _file.Table.Entries;
        if (_next == entries.Count)
            throw Different($"{entries.Count} weights and ends where {_model} asks for {request}");
        PackedEntry entry = entries[_next++];
        if (entry.Request != request)
            throw Different($"{entry.Request} as entry {_next - 1}; {_model} asks for {request}");
        return entry;
    }

    private void CheckLength(PackedEntry entry, long expected)
    {
        if (entry.Length != expected)
            throw Refused(entry, $"has {entry.Length} bytes; {expected} were expected. Pack the checkpoint again");
    }

    private CheckpointException Refused(PackedEntry entry, string what) =>
        new(_file.Path, $"entry {_next - 1}, {entry.Request}, {what}.");

    private CheckpointException Different(string what) => new(
        _file.Path, $"the file was packed from another declaration ({_file.Table.Model}) than it is loaded with: it holds {what}. Pack the checkpoint with the declaration {_model}.");
}
