using System;
using System.Diagnostics;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Weights;

/// <summary>Learned vectors of one size as float32 in native memory, each padded with zeros to a multiple of 16.</summary>
[DebuggerDisplay("{Count} x [{Size}]")]
public sealed unsafe class PackedVector : IPackedWeights
{
    private readonly NativeBuffer _memory = new();
    private readonly int _stride;

    /// <summary>Zeroed vectors.</summary>
    /// <param name="size">Elements of one.</param>
    /// <param name="count">How many, for example one an expert.</param>
    public PackedVector(int size, int count = 1)
    {
        Size = size;
        Count = count;
        _stride = checked((size + 15) / 16 * 16);
        Values = (float*)_memory.Reserve(checked((long)_stride * count * sizeof(float)));
        for (int vector = 0; vector < count; vector++)
            new Span<float>(Of(vector), _stride).Clear();
    }

    /// <summary>Elements of one vector.</summary>
    public int Size { get; }

    /// <summary>How many vectors.</summary>
    public int Count { get; }

    /// <summary>Floats from one vector to the next.</summary>
    public int Stride => _stride;

    /// <summary>Bytes held.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>The first vector.</summary>
    public float* Values { get; }

    /// <summary>One of several vectors.</summary>
    public float* Of(int index) => Values + ((nint)index * _stride);

    /// <summary>The elements of a vector, for writing and for tests.</summary>
    public Span<float> Span(int index = 0) => new(Of(index), Size);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
