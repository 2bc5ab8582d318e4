using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Where weights come from: named tensors, read a window at a time. Reading is thread-safe; disposing while another
/// thread reads is not.
/// </summary>
public abstract class TensorSource : IDisposable
{
    private readonly Dictionary<string, TensorEntry> _entries = [];

    /// <summary>Creates a source of the given tensors.</summary>
    /// <param name="origin">The folder, file or formula, as messages name it.</param>
    /// <param name="tensors">The tensors; every name once.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    protected TensorSource(string origin, IEnumerable<TensorEntry> tensors)
    {
        Origin = origin;
        foreach (TensorEntry tensor in tensors)
        {
            if (!_entries.TryAdd(tensor.Name, tensor))
                throw new ArgumentException($"The tensor '{tensor.Name}' occurs twice.", nameof(tensors));
        }
    }

    /// <summary>The folder, file or formula that the tensors come from.</summary>
    public string Origin { get; }

    /// <summary>All tensors.</summary>
    public IReadOnlyCollection<TensorEntry> Tensors => _entries.Values;

    /// <summary>Finds a tensor by its name in the checkpoint.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out TensorEntry? tensor) => _entries.TryGetValue(name, out tensor);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public TensorEntry Find(string name) => TryFind(name, out TensorEntry? tensor)
        ? tensor
        : throw new CheckpointException(Origin, $"there is no tensor '{name}'.");

    /// <summary>
    /// Reads whole rows as floats; a row is the last dimension, so a matrix [outputs, inputs] has a row for each
    /// output, and stacked matrices [experts, outputs, inputs] have experts × outputs.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="firstRow">The first row to read.</param>
    /// <param name="destination">A multiple of the row's length; decides how many rows are read.</param>
    /// <exception cref="ArgumentException">The destination does not hold whole rows.</exception>
    /// <inheritdoc cref="Read(string, long, Span{float})" path="/exception"/>
    public void ReadRows(string name, long firstRow, Span<float> destination)
    {
        TensorEntry tensor = Find(name);
        long rowLength = tensor.RowLength;
        if (rowLength == 0 ? destination.Length != 0 : destination.Length % rowLength != 0)
            throw new ArgumentException($"{destination.Length} floats are no whole number of rows of {tensor}, which have {rowLength}.", nameof(destination));
        if (firstRow < 0 || firstRow > tensor.Rows)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"{tensor} has {tensor.Rows} rows.");
        Read(tensor, firstRow * rowLength, destination);
    }

    /// <summary>Reads elements as floats: BF16 and F16 exactly, F64 rounded to the nearest.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="firstElement">The first element, counted in storage order.</param>
    /// <param name="destination">Decides how many elements are read.</param>
    /// <exception cref="CheckpointException">
    /// There is no such tensor, its elements are not floats, or one that was read is NaN, infinite or beyond the
    /// range of a float; the message names tensor, element and value.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements do not all lie in the tensor.</exception>
    public void Read(string name, long firstElement, Span<float> destination) => Read(Find(name), firstElement, destination);

    /// <summary>Reads elements of an integer tensor, whatever its width.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="firstElement">The first element, counted in storage order.</param>
    /// <param name="destination">Decides how many elements are read.</param>
    /// <exception cref="CheckpointException">
    /// There is no such tensor, its elements are not integers, or one that was read does not fit into 63 bits.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The elements do not all lie in the tensor.</exception>
    public void ReadIntegers(string name, long firstElement, Span<long> destination)
    {
        TensorEntry tensor = Find(name);
        if (!tensor.Type.IsInteger())
            throw new CheckpointException(Origin, $"'{name}' holds {tensor.Type.SafetensorsName()}; integers are needed.");
        CheckRange(tensor, firstElement, destination.Length);
        ReadIntegers(tensor, firstElement, destination);
    }

    /// <summary>Says that a tensor has been read and its memory may go. Reading it again stays allowed.</summary>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    public void Release(string name) => Release(Find(name));

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files of a derived source.</summary>
    /// <param name="isDisposing">True when called through <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool isDisposing)
    {
    }

    /// <summary>Reads floats of a tensor that has them, in a range that has been checked.</summary>
    protected abstract void ReadFloats(TensorEntry tensor, long firstElement, Span<float> destination);

    /// <summary>Reads integers of a tensor that has them, in a range that has been checked.</summary>
    protected abstract void ReadIntegers(TensorEntry tensor, long firstElement, Span<long> destination);

    /// <summary>Lets the memory of a tensor go, where it has any.</summary>
    protected virtual void Release(TensorEntry tensor)
    {
    }

    private void Read(TensorEntry tensor, long firstElement, Span<float> destination)
    {
        if (!tensor.Type.IsFloat())
            throw new CheckpointException(Origin, $"'{tensor.Name}' holds {tensor.Type.SafetensorsName()}; weights are read from F64, F32, F16 and BF16.");
        CheckRange(tensor, firstElement, destination.Length);
        ReadFloats(tensor, firstElement, destination);
    }

    private static void CheckRange(TensorEntry tensor, long firstElement, int count)
    {
        if (firstElement < 0 || firstElement > tensor.ElementCount - count)
            throw new ArgumentOutOfRangeException(nameof(firstElement), firstElement, $"{count} elements from {firstElement} are not inside {tensor}, which has {tensor.ElementCount}.");
    }
}
