using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Cosines and sines of rotary positions. Inverse frequencies are 1 / theta^(2i/size) in float32, an angle is the product of
/// position and inverse frequency in float32, and cosine and sine are those of that float32 angle, as in PyTorch.
/// </summary>
/// <remarks>Rows are made when first asked for, 256 positions at a time; any thread may ask.</remarks>
public sealed unsafe class RotaryTable : IDisposable
{
    private const int BlockPositions = 256;

    private readonly Lock _growth = new();
    private readonly float[] _frequencies;
    private volatile nint[] _blocks = [];
    private bool _disposed;

    /// <summary>A table without rows.</summary>
    /// <param name="size">Numbers of a head that turn: even, above zero.</param>
    /// <param name="theta">The base of the frequencies, 10,000 in the paper.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is odd or not positive, or theta is not a positive finite number.</exception>
    public RotaryTable(int size, double theta)
    {
        if (size <= 0 || size % 2 != 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "The rotary size must be even and above zero.");
        if (!(theta > 0) || double.IsInfinity(theta))
            throw new ArgumentOutOfRangeException(nameof(theta), theta, "The rotary base must be a positive finite number.");
        Size = size;
        Theta = theta;
        _frequencies = new float[size / 2];
        for (int i = 0; i < _frequencies.Length; i++)
            _frequencies[i] = 1f / (float)Math.Pow((float)theta, 2 * i / (float)size);
    }

    /// <summary>Frees the memory of a table that nobody disposed.</summary>
    ~RotaryTable() => Free();

    /// <summary>Numbers of a head that turn.</summary>
    public int Size { get; }

    /// <summary>The base of the frequencies.</summary>
    public double Theta { get; }

    /// <summary>Inverse frequencies, one a pair.</summary>
    public ReadOnlySpan<float> Frequencies => _frequencies;

    /// <summary>Size/2 cosines of a position; valid until the table is disposed.</summary>
    public float* Cos(int position)
    {
        nint[] blocks = _blocks;
        int block = position / BlockPositions;
        if ((uint)block >= (uint)blocks.Length)
            blocks = Grow(position);
        return (float*)blocks[block] + (long)(position % BlockPositions) * Size;
    }

    /// <summary>Size/2 sines of a position; valid until the table is disposed.</summary>
    public float* Sin(int position) => Cos(position) + Size / 2;

    /// <summary>Makes the rows of positions 0 to <paramref name="positions"/> - 1, so that none is made later.</summary>
    public void Reserve(int positions)
    {
        if (positions > 0)
            Cos(positions - 1);
    }

    /// <summary>Frees all rows; no thread may be reading them.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint[] Grow(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        lock (_growth)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            nint[] blocks = _blocks;
            int first = blocks.Length;
            int block = position / BlockPositions;
            if (block < first)
                return blocks;
            nint[] grown = new nint[block + 1];
            blocks.CopyTo(grown, 0);
            for (int index = first; index <= block; index++)
                grown[index] = (nint)Fill(index * BlockPositions);
            _blocks = grown;
            return grown;
        }
    }

    private float* Fill(int first)
    {
        float* rows = (float*)NativeMemory.AlignedAlloc((nuint)BlockPositions * (nuint)Size * sizeof(float), 64);
        for (int row = 0; row < BlockPositions; row++)
        {
            float* cos = rows + (long)row * Size;
            for (int i = 0; i < _frequencies.Length; i++)
            {
                float angle = (float)(first + row) * _frequencies[i];
                cos[i] = (float)Math.Cos(angle);
                cos[Size / 2 + i] = (float)Math.Sin(angle);
            }
        }

        return rows;
    }

    private void Free()
    {
        _disposed = true;
        foreach (nint block in Interlocked.Exchange(ref _blocks, []))
            NativeMemory.AlignedFree((void*)block);
    }
}
