using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Models;

/// <summary>Refuses logits from which nothing may be sampled.</summary>
internal static class FiniteLogits
{
    /// <summary>Throws if a logit is NaN or +∞. Minus infinity is legal: a token that cannot follow.</summary>
    /// <param name="logits">[VocabularySize].</param>
    /// <param name="position">Position of the token whose logits they are, for the message.</param>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or +∞.</exception>
    internal static void Require(ReadOnlySpan<float> logits, int position)
    {
        // x < +∞ is false for NaN and for +∞, and for nothing else.
        var infinity = new Vector<float>(float.PositiveInfinity);
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        foreach (Vector<float> vector in vectors)
        {
            if (!Vector.LessThanAll(vector, infinity))
                Refuse(logits, position);
        }

        for (int token = vectors.Length * Vector<float>.Count; token < logits.Length; token++)
        {
            if (!(logits[token] < float.PositiveInfinity))
                Refuse(logits, position);
        }
    }

    private static void Refuse(ReadOnlySpan<float> logits, int position)
    {
        int wrong = 0;
        int first = -1;
        for (int token = 0; token < logits.Length; token++)
        {
            if (logits[token] < float.PositiveInfinity)
                continue;

            wrong++;
            if (first < 0)
                first = token;
        }

        throw new NotFiniteNumberException(
            $"{wrong} of {logits.Length} logits at position {position} are NaN or infinite, the first is token {first} "
            + $"({(float.IsNaN(logits[first]) ? "NaN" : "+∞")}): a weight is not finite, or an activation overflowed. "
            + "Nothing was sampled.",
            logits[first]);
    }
}
