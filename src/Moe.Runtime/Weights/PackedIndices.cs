using System;
using System.Diagnostics;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Weights;

/// <summary>A table of fixed indices in native memory, row by row.</summary>
[DebuggerDisplay("[{Rows} x {Columns}]")]
public sealed unsafe class PackedIndices : IPackedWeights
{
    private readonly NativeBuffer _memory = new();

    /// <summary>A table of zeros.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Indices of a row.</param>
    public PackedIndices(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        Values = (int*)_memory.Reserve(checked((long)rows * columns * sizeof(int)));
        for (int row = 0; row < rows; row++)
            Span(row).Clear();
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Indices of a row.</summary>
    public int Columns { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (long)Rows * Columns * sizeof(int);

    /// <summary>All indices, [Rows, Columns].</summary>
    public int* Values { get; }

    /// <summary>One row.</summary>
    public int* Of(int row) => Values + ((nint)row * Columns);

    /// <summary>The indices of a row, for writing and for tests.</summary>
    public Span<int> Span(int row) => new(Of(row), Columns);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
