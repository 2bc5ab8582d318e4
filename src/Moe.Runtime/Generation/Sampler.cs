using System;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>
/// Draws the next token from logits. The order is that of transformers' generation: repetition penalty, temperature,
/// top-k, top-p, min-p. The draw is a function of (seed, length of the sequence), so that a sequence is the same alone and
/// in a batch. Allocates nothing after construction; not thread-safe.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private readonly float[] _logits;
    private readonly double[] _weights;
    private readonly int[] _candidates;
    private readonly CandidateHeap _heap;

    /// <summary>Creates a sampler for one sequence.</summary>
    /// <param name="options">How to draw.</param>
    /// <param name="vocabularySize">Number of token ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public Sampler(SamplingOptions options, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        options.Validate();
        _options = options;
        // Greedy choice works on the logits alone.
        int candidates = options.IsGreedy ? 0 : vocabularySize;
        _logits = new float[vocabularySize];
        _weights = new double[candidates];
        _candidates = new int[candidates];
        _heap = new CandidateHeap(candidates);
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">[VocabularySize], of the sequence's last token.</param>
    /// <param name="tokens">The sequence so far, the prompt included.</param>
    /// <exception cref="ArgumentException">There are not as many logits as ids in the vocabulary.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or +∞, or all are −∞.</exception>
    public int Sample(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        if (logits.Length != _logits.Length)
            throw new ArgumentException($"There are {logits.Length} logits for a vocabulary of {_logits.Length}.", nameof(logits));

        FiniteLogits.Require(logits, tokens.Length - 1);
        Penalise(logits, tokens);
        int best = Best(tokens.Length - 1);
        return _options.IsGreedy ? best : Draw(Choose(best), CounterRandom.Uniform(_options.Seed, tokens.Length));
    }

    /// <summary>Copies the logits; those of tokens that occurred become l / penalty where positive and l · penalty where not.</summary>
    private void Penalise(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        logits.CopyTo(_logits);
        float penalty = _options.RepetitionPenalty;
        if (penalty == 1)
            return;

        // From the untouched logits: a token that occurs twice is penalised once. +∞ by a tiny penalty would make
        // differences NaN.
        foreach (int token in tokens)
            _logits[token] = Math.Min(logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty, float.MaxValue);
    }

    /// <summary>The token with the highest logit, the lowest id among equals.</summary>
    private int Best(int position)
    {
        int best = 0;
        for (int token = 1; token < _logits.Length; token++)
        {
            if (_logits[token] > _logits[best])
                best = token;
        }

        if (float.IsNegativeInfinity(_logits[best]))
            throw new NotFiniteNumberException($"All {_logits.Length} logits at position {position} are −∞: no token can follow.", double.NegativeInfinity);

        return best;
    }

    /// <summary>Fills candidates and their weights, exp((l − best) / temperature), and returns their number.</summary>
    private int Choose(int best)
    {
        double max = _logits[best];
        bool isLimited = (_options.TopK > 0 && _options.TopK < _logits.Length) || _options.TopP < 1;
        int count = isLimited ? ChooseBest(max) : _logits.Length;
        int kept = 0;
        for (int candidate = 0; candidate < count; candidate++)
        {
            int token = isLimited ? _candidates[candidate] : candidate;
            double weight = Weight(token, max);
            // p / p of the best = exp of the difference: the threshold needs no sum.
            if (weight < _options.MinP)
                continue;

            _candidates[kept] = token;
            _weights[kept++] = weight;
        }

        return kept;
    }

    /// <summary>Fills candidates with what top-k and then top-p leave, best first.</summary>
    private int ChooseBest(double max)
    {
        _heap.Fill(_logits);
        int topK = _options.TopK > 0 ? Math.Min(_options.TopK, _logits.Length) : _logits.Length;
        bool isTopK = topK < _logits.Length;

        // Top-p shares are of what top-k left.
        double total = 0;
        for (int i = 0; i < topK; i++)
        {
            if (isTopK)
                _candidates[i] = _heap.Pop(_logits);

            total += Weight(isTopK ? _candidates[i] : i, max);
        }

        if (_options.TopP >= 1)
            return topK;

        // A token stays if those better than it have less than the share; the best always stays.
        double needed = _options.TopP * total;
        double before = 0;
        int count = 0;
        while (count < topK && (count == 0 || before < needed))
        {
            if (!isTopK)
                _candidates[count] = _heap.Pop(_logits);

            before += Weight(_candidates[count++], max);
        }

        return count;
    }

    private double Weight(int token, double max) => Math.Exp((_logits[token] - max) / _options.Temperature);

    /// <summary>The candidate at <paramref name="uniform"/> of the weights' running sum.</summary>
    private int Draw(int count, double uniform)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
            total += _weights[i];

        double left = uniform * total;
        int drawn = -1;
        for (int i = 0; i < count && left >= 0; i++)
        {
            if (_weights[i] == 0)
                continue;

            // Rounding may leave a rest behind the last candidate, which then is the one.
            drawn = _candidates[i];
            left -= _weights[i];
        }

        return drawn;
    }
}
