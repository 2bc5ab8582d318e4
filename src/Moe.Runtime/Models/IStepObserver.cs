using System;

namespace Moe.Runtime.Models;

/// <summary>
/// Sees what happens inside a step. The step is generic over it, so that <see cref="NoObserver"/> compiles to nothing.
/// Methods are called from several worker threads at once, each token's values by one of them; an observer is copied to
/// each worker and keeps its state behind references.
/// </summary>
public interface IStepObserver
{
    /// <summary>Whether anything is observed at all; a constant of the type.</summary>
    static abstract bool IsEnabled { get; }

    /// <summary>The hidden state that enters a layer; for layer = number of layers, what leaves the last one.</summary>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="hidden">[HiddenSize].</param>
    void HiddenState(int layer, int token, ReadOnlySpan<float> hidden);

    /// <summary>The output of the final norm, the input of the head; only for tokens whose logits are asked for.</summary>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="hidden">[HiddenSize].</param>
    void FinalNorm(int token, ReadOnlySpan<float> hidden);

    /// <summary>Router logits, before the score and any bias.</summary>
    /// <param name="layer">Layer, from 0; −1 for the router of a whole model, which looks at the embedding.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="logits">[Experts].</param>
    void RouterLogits(int layer, int token, ReadOnlySpan<float> logits);

    /// <summary>
    /// The chosen experts, best first and −1 in empty slots, before limits and before their weights are taken; may be
    /// overwritten to force a choice. A step with an expert that does not exist ends with an <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="layer">Layer, from 0; −1 for the router of a whole model.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="chosen">[most experts of a token].</param>
    void Selected(int layer, int token, Span<int> chosen);

    /// <summary>The chosen experts, −1 in empty slots, and the weights of their outputs.</summary>
    /// <param name="layer">Layer, from 0; −1 for the router of a whole model.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="chosen">[most experts of a token].</param>
    /// <param name="weights">[most experts of a token].</param>
    void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights);

    /// <summary>An assignment that was dropped because the expert had taken as many tokens as it may.</summary>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="slot">Which of the token's choices.</param>
    /// <param name="expert">The expert.</param>
    void Dropped(int layer, int token, int slot, int expert);
}

/// <summary>Observes nothing.</summary>
public readonly struct NoObserver : IStepObserver
{
    /// <inheritdoc/>
    public static bool IsEnabled => false;

    /// <inheritdoc/>
    public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden)
    {
    }

    /// <inheritdoc/>
    public void FinalNorm(int token, ReadOnlySpan<float> hidden)
    {
    }

    /// <inheritdoc/>
    public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits)
    {
    }

    /// <inheritdoc/>
    public void Selected(int layer, int token, Span<int> chosen)
    {
    }

    /// <inheritdoc/>
    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
    }

    /// <inheritdoc/>
    public void Dropped(int layer, int token, int slot, int expert)
    {
    }
}
