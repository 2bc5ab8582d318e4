using System;
using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>Working space of one encoding call: the symbols of one piece as a linked list, and the merges waiting in a heap; O(n log n).</summary>
/// <remarks>
/// Byte-level pieces of ordinary length go through Microsoft.ML.Tokenizers (<see cref="LetterMerges"/>). Here are the longer ones,
/// for which it is quadratic, and the pieces over characters, which it cannot express: its <c>BpeTokenizer</c> has no byte
/// fallback, and its <c>SentencePieceTokenizer</c> orders merges by the score of the result instead of by a list (measured:
/// 1,731 of 8,448 ids differ).
/// </remarks>
internal sealed class SymbolChain(BytePairMerges merges)
{
    private readonly PriorityQueue<(int Position, int Id), long> _waiting = new();
    private readonly List<int> _ids = [];
    private int[] _previous = [];
    private int[] _next = [];

    public void Add(int id) => _ids.Add(id);

    /// <summary>Applies the rules to the symbols added since the last call and appends what remains to <paramref name="output"/>.</summary>
    public void MergeInto(List<int> output)
    {
        int count = _ids.Count;
        if (_previous.Length < count)
        {
            _previous = new int[Math.Max(count, 2 * _previous.Length)];
            _next = new int[_previous.Length];
        }

        for (int i = 0; i < count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1;
        }

        for (int i = 0; i + 1 < count; i++)
            Offer(i, i + 1);

        while (_waiting.TryDequeue(out (int Position, int Id) merge, out _))
        {
            int left = merge.Position;
            if (_ids[left] < 0 || _next[left] >= count)
                continue;
            int right = _next[left];
            // The entry is out of date when the symbols have changed since, unless they still make the same token:
            // the reference implementation compares the result, not the rank.
            if (!merges.TryGetRule(_ids[left], _ids[right], out BytePairMerges.Rule rule) || rule.Id != merge.Id)
                continue;

            _ids[left] = rule.Id;
            _ids[right] = -1;
            int after = _next[right];
            _next[left] = after;
            if (after < count)
            {
                _previous[after] = left;
                Offer(left, after);
            }

            if (_previous[left] >= 0)
                Offer(_previous[left], left);
        }

        for (int i = 0; i < count; i = _next[i])
            output.Add(_ids[i]);
        _ids.Clear();
    }

    private void Offer(int left, int right)
    {
        if (merges.TryGetRule(_ids[left], _ids[right], out BytePairMerges.Rule rule))
            _waiting.Enqueue((left, rule.Id), ((long)rule.Rank << 32) | (uint)left);
    }
}
