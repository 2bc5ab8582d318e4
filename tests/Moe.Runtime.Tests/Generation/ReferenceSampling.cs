using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Generation;

namespace Moe.Runtime.Tests.Generation;

/// <summary>
/// The distribution that sampling draws from, straightforwardly: every step makes logits −∞ and takes the softmax anew,
/// as transformers' logits warpers do.
/// </summary>
internal static class ReferenceSampling
{
    public static double[] Distribution(float[] logits, int[] tokens, SamplingOptions options)
    {
        double[] scores = logits.Select(logit => (double)logit).ToArray();
        foreach (int token in tokens.Distinct())
            scores[token] = (float)(scores[token] < 0 ? scores[token] * options.RepetitionPenalty : scores[token] / options.RepetitionPenalty);

        scores = scores.Select(score => score / options.Temperature).ToArray();
        if (options.TopK > 0)
            scores = Keep(scores, Ordered(scores).Take(options.TopK));

        double[] shares = Softmax(scores);
        var kept = new List<int>();
        double sum = 0;
        foreach (int token in Ordered(scores))
        {
            if (kept.Count == 0 || sum < options.TopP || options.TopP == 1)
                kept.Add(token);

            sum += shares[token];
        }

        scores = Keep(scores, kept);
        shares = Softmax(scores);
        double threshold = options.MinP * shares.Max();
        return Softmax(Keep(scores, Enumerable.Range(0, scores.Length).Where(token => shares[token] >= threshold)));
    }

    private static IEnumerable<int> Ordered(double[] scores) =>
        Enumerable.Range(0, scores.Length).OrderByDescending(token => scores[token]).ThenBy(token => token);

    private static double[] Keep(double[] scores, IEnumerable<int> tokens)
    {
        var kept = tokens.ToHashSet();
        return scores.Select((score, token) => kept.Contains(token) ? score : double.NegativeInfinity).ToArray();
    }

    private static double[] Softmax(double[] scores)
    {
        double max = scores.Max();
        double[] powers = scores.Select(score => Math.Exp(score - max)).ToArray();
        double sum = powers.Sum();
        return powers.Select(power => power / sum).ToArray();
    }
}
