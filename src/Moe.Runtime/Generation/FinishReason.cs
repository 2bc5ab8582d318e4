namespace Moe.Runtime.Generation;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model drew a token that ends a text, or one of <see cref="GenerationOptions.StopTokens"/>.</summary>
    EndToken,

    /// <summary>One of <see cref="GenerationOptions.StopStrings"/> appeared in the text.</summary>
    StopString,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> tokens were drawn.</summary>
    MaxNewTokens,

    /// <summary>The sequence has as many tokens as the context holds.</summary>
    ContextFull,

    /// <summary>Cancellation was requested, or the consumer stopped reading.</summary>
    Cancelled,
}
