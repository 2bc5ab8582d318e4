namespace Moe.Runtime.Generation;

/// <summary>One text to continue in a batch.</summary>
/// <param name="Prompt">The text; may be empty if the model has a token that begins a text.</param>
/// <param name="Options">What is wanted; null for the checkpoint's defaults.</param>
public sealed record GenerationRequest(string Prompt, GenerationOptions? Options = null);

/// <summary>A piece of one text of a batch.</summary>
/// <param name="Index">Index of the request.</param>
/// <param name="Text">What is to be appended to its text; never half a character.</param>
public readonly record struct BatchPiece(int Index, string Text);
