using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// The cache of one sequence in the processor's memory: blocks of <see cref="CacheBlock.Positions"/> positions outside the managed
/// heap, allocated one by one, or as many as a large page holds where that much is asked for. A block holds all layers one after the other, a layer with n elements a token
/// taking n · <see cref="CacheBlock.Positions"/> elements; what lies where inside is the business of the emitted code. Behind
/// them lie the states of layers that carry one from token to token (<see cref="RecurrentState"/>), in float32.
/// </summary>
[DebuggerDisplay("{Length} of {_contextLength} positions, {Bytes} bytes, {Format}")]
public sealed unsafe class KeyValueCache : SequenceCache
{
    /// <summary>A cache line, and the width of the widest vector.</summary>
    private const int Alignment = 64;

    private readonly long _elementsPerToken;
    private readonly int _contextLength;
    private readonly nuint _blockBytes;
    private readonly nuint _elementBytes;
    private readonly long _stateFloats;
    private readonly int _blocksPerRun;
    // First blocks of runs that were allocated together.
    private readonly Stack<int> _runs = new();
    private nint[] _blocks = new nint[4];
    private int _blockCount;
    private int _heldCount;
    private bool _isDisposed;

    /// <summary>Creates an empty cache, which holds no memory yet.</summary>
    /// <param name="elementsPerToken">Elements that one token adds, over all layers.</param>
    /// <param name="format">Format of the elements.</param>
    /// <param name="contextLength">Most positions.</param>
    /// <param name="stateFloats">Floats of all states of a block.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="elementsPerToken"/> or <paramref name="stateFloats"/> is negative, <paramref name="contextLength"/> is not positive, or <paramref name="format"/> is unknown.
    /// </exception>
    /// <exception cref="OverflowException">One block would be larger than the address space.</exception>
    public KeyValueCache(long elementsPerToken, CacheFormat format, int contextLength, long stateFloats = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementsPerToken);
        ArgumentOutOfRangeException.ThrowIfNegative(stateFloats);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contextLength);
        int elementBytes = format switch
        {
            CacheFormat.F32 => F32.Bytes,
            CacheFormat.BF16 => BF16.Bytes,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "The formats of a cache are F32 and BF16."),
        };

        _elementsPerToken = elementsPerToken;
        _contextLength = contextLength;
        _stateFloats = stateFloats;
        _elementBytes = checked((nuint)(nint)(elementsPerToken * CacheBlock.Positions * elementBytes));
        _blockBytes = checked(_elementBytes + (nuint)(nint)(stateFloats * sizeof(float)));
        _blocksPerRun = (int)((LargePages.Size - 1) / nuint.Max(1, _blockBytes)) + 1;
        Format = format;
    }

    /// <summary>Gives back the memory of a cache that nobody disposed.</summary>
    ~KeyValueCache() => Release(0);

    /// <summary>Format of the elements.</summary>
    public CacheFormat Format { get; }

    /// <summary>Blocks that may be read and written.</summary>
    public int Blocks => _blockCount;

    /// <inheritdoc/>
    public override long Bytes => _heldCount * (long)_blockBytes;

    /// <summary>
    /// Address of a block, aligned to 64 bytes, for positions <paramref name="index"/> · <see cref="CacheBlock.Positions"/>
    /// and up. Positions that were never written are zero; those behind a truncation keep what was written.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such block.</exception>
    public byte* Block(int index)
    {
        if ((uint)index >= (uint)_blockCount)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The cache has {_blockCount} blocks.");

        return (byte*)_blocks[index];
    }

    /// <summary>What is read after a block, to ask for it ahead: an address in the next one; null where there is none to read.</summary>
    /// <param name="first">First position of the block.</param>
    /// <param name="length">Positions that are read.</param>
    /// <param name="offset">Bytes from the next block's start.</param>
    public byte* Behind(int first, int length, nint offset) =>
        first + CacheBlock.Positions < length ? Block((first / CacheBlock.Positions) + 1) + offset : null;

    /// <summary>Address of a block's states, aligned to 64 bytes; zero where nothing was written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such block.</exception>
    public float* State(int index) => (float*)(Block(index) + _elementBytes);

    /// <inheritdoc/>
    /// <exception cref="OutOfMemoryException">The system has no memory for another block; the cache stays as it was.</exception>
    public override void Reserve(int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > _contextLength)
            throw new ContextOverflowException(Length, length - Length, _contextLength);

        int needed = BlocksFor(length);
        int before = _blockCount;
        for (; _blockCount < needed; _blockCount++)
        {
            if (_blockCount == _heldCount)
                Allocate(before, needed);
            // Masked positions take part in whole vectors with weight 0: what lies there must not be NaN.
            NativeMemory.Clear((void*)_blocks[_blockCount], _blockBytes);
        }
    }

    /// <inheritdoc/>
    public override void Truncate(int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (length < 0 || length > Length)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"The sequence has {Length} tokens; it can be cut to 0 to {Length}.");

        Length = length;
        Release(BlocksFor(length));
    }

    /// <inheritdoc/>
    public override SequenceCache Fork()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var copy = new KeyValueCache(_elementsPerToken, Format, _contextLength, _stateFloats);
        copy.Reserve(Length);
        for (int block = 0; block < copy._blockCount; block++)
            NativeMemory.Copy(Block(block), copy.Block(block), _blockBytes);

        copy.Length = Length;
        return copy;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _isDisposed = true;
        Length = 0;
        Release(0);
        GC.SuppressFinalize(this);
    }

    private static int BlocksFor(int length) => (int)(((long)length + CacheBlock.Positions - 1) / CacheBlock.Positions);

    // One block, or as many as fill a large page where the sequence does: its blocks are read one after the other.
    private void Allocate(int blocksBefore, int blocksNeeded)
    {
        bool isLarge = blocksNeeded >= _blocksPerRun;
        int blocks = isLarge ? _blocksPerRun : 1;
        try
        {
            if (_heldCount + blocks > _blocks.Length)
                Array.Resize(ref _blocks, Math.Max(_heldCount + blocks, _blocks.Length * 2));

            nuint bytes = (nuint)blocks * _blockBytes;
            void* start = NativeMemory.AlignedAlloc(bytes, isLarge ? LargePages.Size : (nuint)Alignment);
            if (isLarge)
            {
                LargePages.Advise(start, bytes);
                _runs.Push(_heldCount);
            }

            for (int block = 0; block < blocks; block++)
                _blocks[_heldCount++] = (nint)start + (nint)_blockBytes * block;
        }
        catch (OutOfMemoryException exception)
        {
            Release(blocksBefore);
            throw new OutOfMemoryException(
                $"The key/value cache needs {blocksNeeded - blocksBefore} more blocks of {_blockBytes} bytes and the system "
                + "has no memory for them: use shorter or fewer sequences, or CacheFormat.BF16.",
                exception);
        }
    }

    private void Release(int blocks)
    {
        _blockCount = Math.Min(_blockCount, blocks);
        while (_heldCount > blocks)
        {
            bool isRun = _runs.TryPeek(out int run) && run + _blocksPerRun == _heldCount;
            int first = isRun ? run : _heldCount - 1;
            if (first < blocks)
                return;

            NativeMemory.AlignedFree((void*)_blocks[first]);
            _heldCount = first;
            if (isRun)
                _ = _runs.Pop();
        }
    }
}
