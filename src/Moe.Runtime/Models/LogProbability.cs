using System;

namespace Moe.Runtime.Models;

/// <summary>Natural logarithms of probabilities, in double precision.</summary>
public static class LogProbability
{
    /// <summary>log softmax(logits)[token] = logits[token] − max − log Σ exp(logits[i] − max).</summary>
    /// <param name="logits">[VocabularySize]; none NaN or +∞.</param>
    /// <param name="token">Id of the token.</param>
    /// <returns>At most 0; NaN if every logit is −∞.</returns>
    /// <exception cref="IndexOutOfRangeException"><paramref name="token"/> is not in the vocabulary.</exception>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        double max = double.NegativeInfinity;
        foreach (float logit in logits)
            max = Math.Max(max, logit);

        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - max);

        return logits[token] - max - Math.Log(sum);
    }
}
