using System;
using System.Collections.Generic;

namespace Moe.Runtime.Models;

/// <summary>
/// Logits that a call of a session computed, a row for each token asked for. Valid until the session's next call; used
/// later it throws.
/// </summary>
public readonly struct SessionLogits
{
    private readonly LogitRows _rows;
    private readonly int _call;

    internal SessionLogits(LogitRows rows)
    {
        _rows = rows;
        _call = rows.Call;
    }

    /// <summary>Number of rows.</summary>
    /// <exception cref="InvalidOperationException">The session has been called since.</exception>
    public int Rows => Current.Count;

    private LogitRows Current => _rows is not null && _rows.Call == _call
        ? _rows
        : throw new InvalidOperationException("These logits belong to an earlier call of the session: read or copy them before the next one.");

    /// <summary>Logits of the row-th token asked for, [VocabularySize].</summary>
    /// <exception cref="InvalidOperationException">The session has been called since.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> this[int row] => Current.Row(row);

    /// <summary>Position in the sequence of the row-th token asked for; its logits predict the token after it.</summary>
    /// <exception cref="InvalidOperationException">The session has been called since.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public int Position(int row) => Current.Position(row);
}

/// <summary>The memory behind <see cref="SessionLogits"/>: an array a row, reused from call to call.</summary>
internal sealed class LogitRows
{
    private readonly List<float[]> _rows = [];
    private readonly List<int> _positions = [];

    /// <summary>Number of the call that the rows belong to.</summary>
    internal int Call { get; private set; }

    internal int Count => _positions.Count;

    internal ReadOnlySpan<float> Row(int row) => _rows[Checked(row)];

    internal int Position(int row) => _positions[Checked(row)];

    /// <summary>Begins a call, which makes the rows of the one before invalid.</summary>
    internal void Begin()
    {
        // Memory for as many rows as were just in use, and one, is kept, so that calls of one kind allocate once.
        int kept = Math.Max(_positions.Count, 1);
        if (_rows.Count > kept)
            _rows.RemoveRange(kept, _rows.Count - kept);

        _positions.Clear();
        Call++;
    }

    /// <summary>Copies the logits of a step.</summary>
    internal void Keep(StepBatch batch, int vocabularySize)
    {
        for (int row = 0; row < batch.LogitTokens.Length; row++)
        {
            if (_positions.Count == _rows.Count)
                _rows.Add(GC.AllocateUninitializedArray<float>(vocabularySize));

            batch.Logits(row, vocabularySize).CopyTo(_rows[_positions.Count]);
            _positions.Add(batch.Positions[batch.LogitTokens[row]]);
        }
    }

    private int Checked(int row) => (uint)row < (uint)Count
        ? row
        : throw new ArgumentOutOfRangeException(nameof(row), row, $"The call computed {Count} rows of logits.");
}
