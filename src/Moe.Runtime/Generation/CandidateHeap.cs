using System;

namespace Moe.Runtime.Generation;

/// <summary>
/// Token ids as a binary heap, the best on top: the highest logit, the lowest id among equals. Sampling mostly needs few
/// of the best, for which a heap is built in linear time where a sort would order the whole vocabulary.
/// </summary>
internal sealed class CandidateHeap(int vocabularySize)
{
    private readonly int[] _ids = new int[vocabularySize];
    private int _count;

    /// <summary>Number of tokens that are in the heap.</summary>
    internal int Count => _count;

    /// <summary>Fills the heap with every token.</summary>
    internal void Fill(ReadOnlySpan<float> logits)
    {
        _count = logits.Length;
        for (int token = 0; token < _count; token++)
            _ids[token] = token;

        for (int node = _count / 2 - 1; node >= 0; node--)
            Sink(node, logits);
    }

    /// <summary>Takes the best token out.</summary>
    internal int Pop(ReadOnlySpan<float> logits)
    {
        int best = _ids[0];
        _ids[0] = _ids[--_count];
        Sink(0, logits);
        return best;
    }

    private void Sink(int node, ReadOnlySpan<float> logits)
    {
        int id = _ids[node];
        while (2 * node + 1 < _count)
        {
            int child = 2 * node + 1;
            if (child + 1 < _count && IsBetter(_ids[child + 1], _ids[child], logits))
                child++;
            if (!IsBetter(_ids[child], id, logits))
                break;

            _ids[node] = _ids[child];
            node = child;
        }

        _ids[node] = id;
    }

    private static bool IsBetter(int left, int right, ReadOnlySpan<float> logits) =>
        logits[left] > logits[right] || (logits[left] == logits[right] && left < right);
}
