using System;

namespace Moe.Runtime.Generation;

/// <summary>Says after each drawn token whether the text ends there. Strings are the business of <see cref="StopStrings"/>.</summary>
/// <param name="endTokens">Ids that end the text and are not shown.</param>
/// <param name="maxNewTokens">Most tokens to draw.</param>
/// <param name="contextLength">Most tokens of the sequence, the prompt included.</param>
public sealed class StopCondition(int[] endTokens, int maxNewTokens, int contextLength)
{
    /// <summary>Whether the token ends the text and is not part of it.</summary>
    public bool IsEnd(int token) => endTokens.AsSpan().Contains(token);

    /// <summary>Why no further token can be drawn, or null if it can.</summary>
    /// <param name="newTokens">Tokens drawn so far.</param>
    /// <param name="length">Tokens of the sequence that the model has seen, which the last drawn one is not yet.</param>
    public FinishReason? Limit(int newTokens, int length)
    {
        if (newTokens >= maxNewTokens)
            return FinishReason.MaxNewTokens;

        return length >= contextLength ? FinishReason.ContextFull : null;
    }
}
