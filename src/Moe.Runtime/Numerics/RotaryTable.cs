using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Cosines and sines of rotary positions. Inverse frequencies are 1 / theta^(2i/size) in float32, or given one by one; an
/// angle is the product of position and inverse frequency in float32, and cosine and sine are those of that float32 angle, as
/// in PyTorch. A scaled table may multiply both by a factor and may change its frequencies with the position.
/// </summary>
/// <remarks>Rows are made when first asked for, 256 positions at a time; any thread may ask.</remarks>
public sealed unsafe class RotaryTable : IDisposable
{
    private const int BlockPositions = 256;

    private readonly Lock _growth = new();
    private readonly float[] _frequencies;
    private readonly float[]? _longFrequencies;
    private readonly int _firstLong;
    private readonly double _factor;
    private readonly float _attentionFactor = 1f;
    private readonly float _longAttentionFactor = 1f;
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
        Plain(theta, _frequencies);
        _firstLong = int.MaxValue;
    }

    /// <summary>A table of given frequencies.</summary>
    /// <param name="frequencies">Inverse frequencies, one a pair, at least one.</param>
    /// <param name="attentionFactor">What cosines and sines are multiplied with (YaRN).</param>
    /// <exception cref="ArgumentException">There is no frequency.</exception>
    public RotaryTable(ReadOnlySpan<float> frequencies, float attentionFactor)
    {
        if (frequencies.IsEmpty)
            throw new ArgumentException("A rotation has at least one frequency.", nameof(frequencies));
        Size = 2 * frequencies.Length;
        Theta = double.NaN;
        _frequencies = frequencies.ToArray();
        _attentionFactor = attentionFactor;
        _firstLong = int.MaxValue;
    }

    /// <summary>A table whose frequencies change at a position (LongRoPE).</summary>
    /// <param name="firstLong">The first position of the long frequencies.</param>
    /// <param name="frequencies">Inverse frequencies before it, one a pair.</param>
    /// <param name="attentionFactor">What cosines and sines are multiplied with before it.</param>
    /// <param name="longFrequencies">Inverse frequencies from it on, as many.</param>
    /// <param name="longAttentionFactor">What cosines and sines are multiplied with from it on.</param>
    /// <exception cref="ArgumentException">There is no frequency, or the lists differ in length.</exception>
    public RotaryTable(int firstLong, ReadOnlySpan<float> frequencies, float attentionFactor, ReadOnlySpan<float> longFrequencies, float longAttentionFactor)
        : this(frequencies, attentionFactor)
    {
        if (longFrequencies.Length != frequencies.Length)
            throw new ArgumentException($"There are {frequencies.Length} frequencies and {longFrequencies.Length} long ones; a pair has one of each.", nameof(longFrequencies));
        _firstLong = firstLong;
        _longFrequencies = longFrequencies.ToArray();
        _longAttentionFactor = longAttentionFactor;
    }

    /// <summary>
    /// A table whose base grows with the position (dynamic NTK): for n = position + 1 above the original length L the base
    /// is theta · (factor · n / L − (factor − 1))^(size / (size − 2)).
    /// </summary>
    /// <param name="size">Numbers of a head that turn: even, above two.</param>
    /// <param name="theta">The base up to the original length.</param>
    /// <param name="factor">How fast it grows, above zero.</param>
    /// <param name="originalLength">The original length, above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public RotaryTable(int size, double theta, double factor, int originalLength)
        : this(size, theta)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(size, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(originalLength);
        _factor = factor;
        _firstLong = originalLength;
    }

    /// <summary>Frees the memory of a table that nobody disposed.</summary>
    ~RotaryTable() => Free();

    /// <summary>Numbers of a head that turn.</summary>
    public int Size { get; }

    /// <summary>The base of the frequencies; not a number where they were given one by one.</summary>
    public double Theta { get; }

    /// <summary>Inverse frequencies at position 0, one a pair.</summary>
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
        float[] grown = new float[_frequencies.Length];
        for (int row = 0; row < BlockPositions; row++)
        {
            bool isLong = first + row >= _firstLong;
            float[] frequencies = isLong ? _longFrequencies ?? Grown(first + row + 1, grown) : _frequencies;
            float factor = isLong ? _longAttentionFactor : _attentionFactor;
            float* cos = rows + (long)row * Size;
            for (int i = 0; i < frequencies.Length; i++)
            {
                float angle = (float)(first + row) * frequencies[i];
                cos[i] = (float)Math.Cos(angle) * factor;
                cos[Size / 2 + i] = (float)Math.Sin(angle) * factor;
            }
        }

        return rows;
    }

    /// <summary>Frequencies for a length above the original one.</summary>
    private float[] Grown(int length, float[] frequencies)
    {
        double growth = (_factor * length / _firstLong) - (_factor - 1);
        Plain(Theta * Math.Pow(growth, Size / (double)(Size - 2)), frequencies);
        return frequencies;
    }

    private static void Plain(double theta, float[] frequencies)
    {
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = 1f / (float)Math.Pow((float)theta, 2 * i / (float)(2 * frequencies.Length));
    }

    private void Free()
    {
        _disposed = true;
        foreach (nint block in Interlocked.Exchange(ref _blocks, []))
            NativeMemory.AlignedFree((void*)block);
    }
}
