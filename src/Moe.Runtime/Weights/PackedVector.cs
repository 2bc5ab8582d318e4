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
    private readonly PackedFile? _file;

    /// <summary>Zeroed vectors.</summary>
    /// <param name="size">Elements of one.</param>
    /// <param name="count">How many, for example one an expert.</param>
    public PackedVector(int size, int count = 1)
    {
        Size = size;
        Count = count;
        _stride = checked((size + 15) / 16 * 16);
        Bytes = checked((long)_stride * count * sizeof(float));
        Values = (float*)_memory.Reserve(Bytes);
        for (int vector = 0; vector < count; vector++)
            new Span<float>(Of(vector), _stride).Clear();
    }

    /// <summary>Vectors that lie in a packed file, for reading only.</summary>
    internal PackedVector(int size, int count, PackedFile file, float* values)
    {
        Size = size;
        Count = count;
        _stride = checked((size + 15) / 16 * 16);
        Bytes = checked((long)_stride * count * sizeof(float));
        _file = file;
        Values = values;
    }

    /// <summary>Elements of one vector.</summary>
    public int Size { get; }

    /// <summary>How many vectors.</summary>
    public int Count { get; }

    /// <summary>Floats from one vector to the next.</summary>
    public int Stride => _stride;

    /// <summary>Bytes of all vectors, padding included.</summary>
    public long Bytes { get; }

    /// <summary>The first vector.</summary>
    public float* Values { get; }

    /// <summary>One of several vectors.</summary>
    public float* Of(int index) => Values + ((nint)index * _stride);

    /// <summary>The elements of a vector, for writing and for tests.</summary>
    /// <exception cref="InvalidOperationException">The vectors lie in a packed file, which is read and not written.</exception>
    public Span<float> Span(int index = 0) => _file is null
        ? new(Of(index), Size)
        : throw new InvalidOperationException($"These vectors lie in {_file.Path}, a packed file, which is read and not written.");

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
