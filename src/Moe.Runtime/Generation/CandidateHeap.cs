using System;

namespace Moe.Runtime.Generation;

/// <summary>
/// Token ids as a binary heap, ordered by logit, the lower id being better among equals. Sampling mostly needs few of the
/// best, for which a heap takes one pass over the vocabulary where a sort would order all of it.
/// </summary>
internal sealed class CandidateHeap(int vocabularySize)
{
    private readonly int[] _ids = new int[vocabularySize];
    private int _count;
    private bool _isWorstOnTop;

    /// <summary>Number of tokens that are in the heap.</summary>
    internal int Count => _count;

    /// <summary>Fills the heap with every token from <paramref name="threshold"/> on, the best on top.</summary>
    internal void Fill(ReadOnlySpan<float> logits, double threshold)
    {
        _isWorstOnTop = false;
        _count = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            if (logits[token] >= threshold)
                _ids[_count++] = token;
        }

        Order(logits);
    }

    /// <summary>Fills the heap with the <paramref name="count"/> best tokens, the worst of them on top.</summary>
    internal void FillBest(ReadOnlySpan<float> logits, int count)
    {
        _isWorstOnTop = true;
        _count = count;
        for (int token = 0; token < count; token++)
            _ids[token] = token;

        Order(logits);
        for (int token = count; token < logits.Length; token++)
        {
            // Of equals the one that is in, with a lower id, stays.
            if (!(logits[token] > logits[_ids[0]]))
                continue;

            _ids[0] = token;
            Sink(0, logits);
        }
    }

    /// <summary>Takes the token on top out.</summary>
    internal int Pop(ReadOnlySpan<float> logits)
    {
        int top = _ids[0];
        _ids[0] = _ids[--_count];
        Sink(0, logits);
        return top;
    }

    private void Order(ReadOnlySpan<float> logits)
    {
        for (int node = _count / 2 - 1; node >= 0; node--)
            Sink(node, logits);
    }

    private void Sink(int node, ReadOnlySpan<float> logits)
    {
        int id = _ids[node];
        while (2 * node + 1 < _count)
        {
            int child = 2 * node + 1;
            if (child + 1 < _count && IsAbove(_ids[child + 1], _ids[child], logits))
                child++;
            if (!IsAbove(_ids[child], id, logits))
                break;

            _ids[node] = _ids[child];
            node = child;
        }

        _ids[node] = id;
    }

    private bool IsAbove(int left, int right, ReadOnlySpan<float> logits)
    {
        bool isBetter = logits[left] > logits[right] || (logits[left] == logits[right] && left < right);
        return isBetter != _isWorstOnTop;
    }
}
