using System;

namespace Moe.Runtime.Generation;

/// <summary>What a generation did and how long it took. Time that the consumer of the text spends is not in it.</summary>
/// <param name="PromptTokens">Tokens of the prompt, a beginning-of-text token included.</param>
/// <param name="GeneratedTokens">Tokens drawn, an end token included.</param>
/// <param name="PromptDuration">From the first step of the prompt to the logits of its last token.</param>
/// <param name="GenerationDuration">The steps after the prompt; in a batch, those that the sequence took part in.</param>
/// <param name="FinishReason">Why the generation ended.</param>
/// <param name="Seed">Seed of the random numbers, to draw the same text again.</param>
public sealed record GenerationStatistics(
    int PromptTokens,
    int GeneratedTokens,
    TimeSpan PromptDuration,
    TimeSpan GenerationDuration,
    FinishReason FinishReason,
    ulong Seed)
{
    /// <summary>Prompt tokens a second; 0 if no time was measured.</summary>
    public double PromptTokensPerSecond => Rate(PromptTokens, PromptDuration);

    /// <summary>
    /// Generated tokens a second; 0 if no time was measured. The first token comes out of the prompt's logits and counts
    /// there, so that this is the rate of steps of one token.
    /// </summary>
    public double GenerationTokensPerSecond => Rate(GeneratedTokens - 1, GenerationDuration);

    private static double Rate(int tokens, TimeSpan duration) => duration > TimeSpan.Zero ? Math.Max(tokens, 0) / duration.TotalSeconds : 0;
}
