using System;
using System.Diagnostics;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// The routing of one layer's tokens, and the same ordered by expert: a counting sort, so that rows of one expert lie side
/// by side, in the order of their tokens. Row r belongs to token <see cref="TokenOfRow"/>[r]; the answer for slot s of a
/// token stands in row <see cref="RowOfSlot"/>[token · TopK + s].
/// </summary>
[DebuggerDisplay("{Blocks} blocks of rows")]
public sealed unsafe class ExpertGroups : IDisposable
{
    /// <summary>Most rows of a block: what a worker multiplies with one run of panels.</summary>
    public const int RowsPerBlock = 48;

    private readonly int _maxExperts;
    private readonly int _maxTopK;
    private readonly NativeBuffer _memory = new();
    private int* _bounds;
    private int* _blockExpert;
    private int* _blockFirst;
    private int* _blockRows;
    private int _capacity;

    /// <summary>Room is made by <see cref="Reserve"/>.</summary>
    /// <param name="maxExperts">Most experts of a layer.</param>
    /// <param name="maxTopK">Most experts of a token.</param>
    public ExpertGroups(int maxExperts, int maxTopK)
    {
        _maxExperts = maxExperts;
        _maxTopK = maxTopK;
    }

    /// <summary>Chosen experts, [tokens, TopK], best first.</summary>
    public int* Chosen { get; private set; }

    /// <summary>Weights of their answers, [tokens, TopK].</summary>
    public float* Weights { get; private set; }

    /// <summary>Token of each row, [tokens · TopK].</summary>
    public int* TokenOfRow { get; private set; }

    /// <summary>Row of each slot, [tokens, TopK].</summary>
    public int* RowOfSlot { get; private set; }

    /// <summary>Blocks of rows, none of them with rows of two experts.</summary>
    public int Blocks { get; private set; }

    /// <summary>Rows: tokens · TopK.</summary>
    public int Rows { get; private set; }

    /// <summary>Expert of a block.</summary>
    public int ExpertOf(int block) => _blockExpert[block];

    /// <summary>First row of a block.</summary>
    public int FirstOf(int block) => _blockFirst[block];

    /// <summary>Rows of a block, 1 to <see cref="RowsPerBlock"/>.</summary>
    public int RowsOf(int block) => _blockRows[block];

    /// <summary>Makes room for so many tokens.</summary>
    public void Reserve(int tokens)
    {
        if (tokens <= _capacity || _maxTopK == 0)
            return;

        int slots = checked(tokens * _maxTopK);
        int blocks = checked(_maxExperts + (slots / RowsPerBlock) + 1);
        int padded = checked((slots + 15) / 16 * 16);
        int paddedBlocks = (blocks + 15) / 16 * 16;
        int bounds = (_maxExperts + 1 + 15) / 16 * 16;
        int* start = (int*)_memory.Reserve(checked(((4L * padded) + (3L * paddedBlocks) + bounds) * sizeof(int)));
        Chosen = start;
        Weights = (float*)(start + padded);
        TokenOfRow = start + (2 * (nint)padded);
        RowOfSlot = start + (3 * (nint)padded);
        _blockExpert = start + (4 * (nint)padded);
        _blockFirst = _blockExpert + paddedBlocks;
        _blockRows = _blockFirst + paddedBlocks;
        _bounds = _blockRows + paddedBlocks;
        _capacity = tokens;
    }

    /// <summary>Orders what stands in <see cref="Chosen"/> by expert.</summary>
    /// <typeparam name="TExperts">Experts of the layer.</typeparam>
    /// <typeparam name="TTopK">Experts of a token.</typeparam>
    /// <param name="tokens">Tokens.</param>
    public void Arrange<TExperts, TTopK>(int tokens)
        where TExperts : struct, IDimension
        where TTopK : struct, IDimension
    {
        Rows = tokens * TTopK.Size;
        new Span<int>(_bounds, TExperts.Size + 1).Clear();
        for (int slot = 0; slot < Rows; slot++)
            _bounds[Chosen[slot] + 1]++;

        Blocks = 0;
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            int first = _bounds[expert];
            int end = first + _bounds[expert + 1];
            _bounds[expert + 1] = end;
            for (int row = first; row < end; row += RowsPerBlock)
            {
                _blockExpert[Blocks] = expert;
                _blockFirst[Blocks] = row;
                _blockRows[Blocks] = Math.Min(RowsPerBlock, end - row);
                Blocks++;
            }
        }

        for (int slot = 0; slot < Rows; slot++)
        {
            int row = _bounds[Chosen[slot]]++;
            TokenOfRow[row] = slot / TTopK.Size;
            RowOfSlot[slot] = row;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
