using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Moe.Runtime.Weights;

/// <summary>
/// Where a <see cref="WeightLoader"/> takes packed weights from: conversion into memory, conversion into a packed file, or a packed
/// file that is there.
/// </summary>
internal abstract class WeightStore : IDisposable
{
    private List<IDisposable> _kept = [];

    /// <summary>Matrices.</summary>
    /// <param name="request">Shape and origin.</param>
    /// <param name="format">Their format, where they are converted.</param>
    /// <param name="convert">Fills them, where they are converted.</param>
    internal abstract PackedMatrix Matrices(WeightRequest request, Func<TensorReader, WeightFormat> format, Action<TensorReader, PackedMatrix> convert);

    /// <inheritdoc cref="Matrices"/>
    internal abstract PackedVector Vectors(WeightRequest request, Action<TensorReader, PackedVector> convert);

    /// <inheritdoc cref="Matrices"/>
    internal abstract PackedIndices Indices(WeightRequest request, Action<TensorReader, PackedIndices> convert);

    /// <summary>Gives everything to the caller, who disposes it.</summary>
    internal virtual IReadOnlyList<IDisposable> Detach()
    {
        List<IDisposable> kept = _kept;
        _kept = [];
        return kept;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (IDisposable item in _kept)
            item.Dispose();
        _kept.Clear();
    }

    /// <summary>Owns something until it is detached.</summary>
    protected T Keep<T>(T item)
        where T : IDisposable
    {
        _kept.Add(item);
        return item;
    }
}

/// <summary>Weights that are converted into memory of their own.</summary>
/// <param name="reader">What they are converted from.</param>
internal sealed class MemoryStore(TensorReader reader) : WeightStore
{
    /// <inheritdoc/>
    internal override PackedMatrix Matrices(WeightRequest request, Func<TensorReader, WeightFormat> format, Action<TensorReader, PackedMatrix> convert)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(request.Rows, request.Columns, format(reader), request.Count));
        KernelsAhead.Begin(matrices.Format);
        convert(reader, matrices);
        return matrices;
    }

    /// <inheritdoc/>
    internal override PackedVector Vectors(WeightRequest request, Action<TensorReader, PackedVector> convert)
    {
        PackedVector vectors = Keep(new PackedVector(request.Columns, request.Count));
        convert(reader, vectors);
        return vectors;
    }

    /// <inheritdoc/>
    internal override PackedIndices Indices(WeightRequest request, Action<TensorReader, PackedIndices> convert)
    {
        PackedIndices indices = Keep(new PackedIndices(request.Rows, request.Columns));
        convert(reader, indices);
        return indices;
    }
}

/// <summary>Weights that are loaded while something else goes on, which must succeed too: if it fails, that is told and not what is wrong with the weights.</summary>
/// <param name="weights">The weights.</param>
/// <param name="beside">What goes on.</param>
internal sealed class BesideStore(WeightStore weights, Task beside) : WeightStore
{
    /// <inheritdoc/>
    internal override PackedMatrix Matrices(WeightRequest request, Func<TensorReader, WeightFormat> format, Action<TensorReader, PackedMatrix> convert) =>
        Give(() => weights.Matrices(request, format, convert));

    /// <inheritdoc/>
    internal override PackedVector Vectors(WeightRequest request, Action<TensorReader, PackedVector> convert) =>
        Give(() => weights.Vectors(request, convert));

    /// <inheritdoc/>
    internal override PackedIndices Indices(WeightRequest request, Action<TensorReader, PackedIndices> convert) =>
        Give(() => weights.Indices(request, convert));

    /// <inheritdoc/>
    internal override IReadOnlyList<IDisposable> Detach()
    {
        beside.GetAwaiter().GetResult();
        return weights.Detach();
    }

    /// <inheritdoc/>
    public override void Dispose() => weights.Dispose();

    private T Give<T>(Func<T> load)
    {
        if (beside.IsFaulted)
            beside.GetAwaiter().GetResult();
        try
        {
            return load();
        }
        catch
        {
            beside.GetAwaiter().GetResult();
            throw;
        }
    }
}
