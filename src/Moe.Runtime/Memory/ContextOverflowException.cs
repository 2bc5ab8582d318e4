using System;

namespace Moe.Runtime.Memory;

/// <summary>A sequence would become longer than the context that the model was declared with.</summary>
public sealed class ContextOverflowException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="length">Tokens that the sequence has already.</param>
    /// <param name="tokens">Tokens that should have been added.</param>
    /// <param name="contextLength">Most tokens of one sequence.</param>
    public ContextOverflowException(int length, int tokens, int contextLength)
        : base(Describe(length, tokens, contextLength))
    {
        Length = length;
        Tokens = tokens;
        ContextLength = contextLength;
    }

    /// <summary>Tokens that the sequence has already.</summary>
    public int Length { get; }

    /// <summary>Tokens that should have been added.</summary>
    public int Tokens { get; }

    /// <summary>Most tokens of one sequence.</summary>
    public int ContextLength { get; }

    private static string Describe(int length, int tokens, int contextLength) => length == 0
        ? $"{tokens} tokens do not fit into the context of {contextLength}: shorten the prompt by {(long)tokens - contextLength}, "
            + "or declare a larger ContextLength if the checkpoint allows it."
        : $"{tokens} more tokens do not fit: the sequence has {length} of the context's {contextLength}. Truncate it, or "
            + "declare a larger ContextLength if the checkpoint allows it.";
}
