using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Workers;

/// <summary>
/// A worker's way through heads × runs of tokens, head by head. What it comes to are tokens whose first visible position lies in the same
/// cache block, at most as many as it was told.
/// </summary>
public unsafe ref struct RunWalk
{
    private readonly Worker _worker;
    private readonly TokenRuns _runs;
    private readonly int* _positions;
    private readonly int _heads;
    private readonly int _most;
    private readonly int _window;
    private readonly bool _isChunked;
    private int _end;

    /// <summary>Heads × runs, where every token sees its sequence from the start.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="runs">Runs of the step's tokens.</param>
    /// <param name="positions">Position of each token.</param>
    /// <param name="heads">Heads, or parts of them.</param>
    /// <param name="most">Most tokens at a time.</param>
    public RunWalk(in Worker worker, TokenRuns runs, int* positions, int heads, int most)
        : this(worker, runs, positions, heads, most, int.MaxValue, isChunked: false)
    {
    }

    /// <summary>The same where tokens see a part of their sequence.</summary>
    /// <param name="worker">Whose way it is.</param>
    /// <param name="runs">Runs of the step's tokens.</param>
    /// <param name="positions">Position of each token.</param>
    /// <param name="heads">Heads, or parts of them.</param>
    /// <param name="most">Most tokens at a time.</param>
    /// <param name="window">Length of the window, or of a chunk.</param>
    /// <param name="isChunked">Whether a token sees its chunk up to itself, and not a window that ends with it.</param>
    public RunWalk(in Worker worker, TokenRuns runs, int* positions, int heads, int most, int window, bool isChunked)
    {
        _worker = worker;
        _runs = runs;
        _positions = positions;
        _heads = heads;
        _most = most;
        _window = window;
        _isChunked = isChunked;
    }

    /// <summary>The head.</summary>
    public int Head { get; private set; }

    /// <summary>The first token.</summary>
    public int First { get; private set; }

    /// <summary>How many tokens.</summary>
    public int Tokens { get; private set; }

    /// <summary>Goes on; false when there is nothing left.</summary>
    public bool Next()
    {
        First += Tokens;
        if (First == _end)
        {
            if (!_worker.TryTake(_heads * _runs.Count, out int item))
                return false;

            Head = item / _runs.Count;
            First = _runs.First(item % _runs.Count);
            _end = _runs.First((item % _runs.Count) + 1);
        }

        int most = Math.Min(_most, _end - First);
        Tokens = 1;
        while (Tokens < most && FirstBlock(First + Tokens) == FirstBlock(First))
            Tokens++;
        return true;
    }

    /// <summary>The first position that a token sees.</summary>
    /// <param name="position">Position of the token.</param>
    /// <param name="window">Length of the window, or of a chunk.</param>
    /// <param name="isChunked">Whether a token sees its chunk up to itself, and not a window that ends with it.</param>
    public static int FirstPosition(int position, int window, bool isChunked) =>
        isChunked ? position / window * window : Math.Max(0, position + 1 - window);

    private readonly int FirstBlock(int token) => FirstPosition(_positions[token], _window, _isChunked) / CacheBlock.Positions;
}
