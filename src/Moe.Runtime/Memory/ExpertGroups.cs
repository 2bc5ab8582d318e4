using System;
using System.Diagnostics;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// The choice of one layer's tokens ordered by expert: a counting sort, so that rows of one expert lie side by side, in the
/// order of their tokens. Row r belongs to token <see cref="TokenOfRow"/>[r]; the answer for slot s of a token stands in
/// row <see cref="RowOfSlot"/>[token · slots + s]. An empty slot has no row.
/// </summary>
[DebuggerDisplay("{Blocks} blocks of rows")]
public sealed unsafe class ExpertGroups : IDisposable
{
    /// <summary>
    /// Most rows of a block: what a worker multiplies with one run of panels. An expert's weights come from memory once a block, and of
    /// large matrices that is what takes longer than the product of few rows.
    /// </summary>
    public const int RowsPerBlock = 96;

    // Of the tallest register tile; the smaller ones divide it.
    private const int RowsOfTile = 12;

    private readonly int _maxExperts;
    private readonly int _maxTopK;
    private readonly NativeBuffer _memory = new();
    private int* _bounds;
    private int* _blockExpert;
    private int* _blockFirst;
    private int* _blockRows;
    private int* _blockBounds;
    private int _capacity;

    /// <summary>Room is made by <see cref="Reserve"/>.</summary>
    /// <param name="maxExperts">Most experts of a layer.</param>
    /// <param name="maxTopK">Most experts of a token.</param>
    public ExpertGroups(int maxExperts, int maxTopK)
    {
        _maxExperts = maxExperts;
        _maxTopK = maxTopK;
    }

    /// <summary>Token of each row, [Rows].</summary>
    public int* TokenOfRow { get; private set; }

    /// <summary>Row of each slot, [tokens, slots]; −1 for an empty one.</summary>
    public int* RowOfSlot { get; private set; }

    /// <summary>Blocks of rows, none of them with rows of two experts.</summary>
    public int Blocks { get; private set; }

    /// <summary>Rows: slots that are not empty.</summary>
    public int Rows { get; private set; }

    /// <summary>Expert of a block.</summary>
    public int ExpertOf(int block) => _blockExpert[block];

    /// <summary>First row of a block.</summary>
    public int FirstOf(int block) => _blockFirst[block];

    /// <summary>Rows of a block, 1 to <see cref="RowsPerBlock"/>.</summary>
    public int RowsOf(int block) => _blockRows[block];

    /// <summary>The first row of an expert; for the number of experts, <see cref="Rows"/>.</summary>
    public int FirstRowOf(int expert) => expert == 0 ? 0 : _bounds[expert - 1];

    /// <summary>The first block of an expert; for the number of experts, <see cref="Blocks"/>.</summary>
    public int FirstBlockOf(int expert) => _blockBounds[expert];

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
        int* start = (int*)_memory.Reserve(checked(((2L * padded) + (3L * paddedBlocks) + (2L * bounds)) * sizeof(int)));
        TokenOfRow = start;
        RowOfSlot = start + padded;
        _blockExpert = start + (2 * (nint)padded);
        _blockFirst = _blockExpert + paddedBlocks;
        _blockRows = _blockFirst + paddedBlocks;
        _bounds = _blockRows + paddedBlocks;
        _blockBounds = _bounds + bounds;
        _capacity = tokens;
    }

    /// <summary>Orders a choice by expert.</summary>
    /// <typeparam name="TExperts">Experts of the layer.</typeparam>
    /// <typeparam name="TWidth">Slots of a token.</typeparam>
    /// <param name="chosen">Experts, best first; a token's slots stand together.</param>
    /// <param name="stride">Indices from one token to the next.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="isFull">Whether no slot is empty; else −1 marks those that are.</param>
    public void Arrange<TExperts, TWidth>(int* chosen, int stride, int tokens, bool isFull)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        if (isFull)
            ArrangeFull<TExperts, TWidth>(chosen, stride, tokens);
        else
            ArrangePresent<TExperts, TWidth>(chosen, stride, tokens);
    }

    private void ArrangeFull<TExperts, TWidth>(int* chosen, int stride, int tokens)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        new Span<int>(_bounds, TExperts.Size + 1).Clear();
        for (int token = 0; token < tokens; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
                _bounds[chosen[((nint)token * stride) + slot] + 1]++;
        }

        Divide(TExperts.Size);
        int index = 0;
        for (int token = 0; token < tokens; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
                Place(index++, token, chosen[((nint)token * stride) + slot]);
        }
    }

    private void ArrangePresent<TExperts, TWidth>(int* chosen, int stride, int tokens)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        new Span<int>(_bounds, TExperts.Size + 1).Clear();
        for (int token = 0; token < tokens; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
            {
                int expert = chosen[((nint)token * stride) + slot];
                if (expert >= 0)
                    _bounds[expert + 1]++;
            }
        }

        Divide(TExperts.Size);
        int index = 0;
        for (int token = 0; token < tokens; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++, index++)
            {
                int expert = chosen[((nint)token * stride) + slot];
                if (expert >= 0)
                    Place(index, token, expert);
                else
                    RowOfSlot[index] = -1;
            }
        }
    }

    /// <summary>Counts of experts → their first rows and their blocks.</summary>
    private void Divide(int experts)
    {
        Blocks = 0;
        for (int expert = 0; expert < experts; expert++)
        {
            int first = _bounds[expert];
            int end = first + _bounds[expert + 1];
            _bounds[expert + 1] = end;
            _blockBounds[expert] = Blocks;
            int rows = RowsEach(end - first);
            for (int row = first; row < end; row += rows)
            {
                _blockExpert[Blocks] = expert;
                _blockFirst[Blocks] = row;
                _blockRows[Blocks] = Math.Min(rows, end - row);
                Blocks++;
            }
        }

        _blockBounds[experts] = Blocks;
        Rows = _bounds[experts];
    }

    // As few blocks as can be, as even as whole register tiles allow: one of few rows would take as long as its weights take to come.
    private static int RowsEach(int rows)
    {
        int blocks = Math.Max(1, (rows + RowsPerBlock - 1) / RowsPerBlock);
        return ((rows + blocks - 1) / blocks + RowsOfTile - 1) / RowsOfTile * RowsOfTile;
    }

    private void Place(int index, int token, int expert)
    {
        int row = _bounds[expert]++;
        TokenOfRow[row] = token;
        RowOfSlot[index] = row;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
