using System;
using System.Diagnostics;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Weights;

/// <summary>A table of fixed indices in native memory, row by row.</summary>
[DebuggerDisplay("[{Rows} x {Columns}]")]
public sealed unsafe class PackedIndices : IPackedWeights
{
    private readonly NativeBuffer _memory = new();
    private readonly PackedFile? _file;

    /// <summary>A table of zeros.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Indices of a row.</param>
    public PackedIndices(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        Bytes = checked((long)rows * columns * sizeof(int));
        Values = (int*)_memory.Reserve(Bytes);
        for (int row = 0; row < rows; row++)
            Span(row).Clear();
    }

    /// <summary>A table that lies in a packed file, for reading only.</summary>
    internal PackedIndices(int rows, int columns, PackedFile file, int* values)
    {
        Rows = rows;
        Columns = columns;
        Bytes = checked((long)rows * columns * sizeof(int));
        _file = file;
        Values = values;
    }

    /// <summary>Bytes of the table.</summary>
    public long Bytes { get; }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Indices of a row.</summary>
    public int Columns { get; }

    /// <summary>All indices, [Rows, Columns].</summary>
    public int* Values { get; }

    /// <summary>One row.</summary>
    public int* Of(int row) => Values + ((nint)row * Columns);

    /// <summary>The indices of a row, for writing and for tests.</summary>
    /// <exception cref="InvalidOperationException">The table lies in a packed file, which is read and not written.</exception>
    public Span<int> Span(int row) => _file is null
        ? new(Of(row), Columns)
        : throw new InvalidOperationException($"This table lies in {_file.Path}, a packed file, which is read and not written.");

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
