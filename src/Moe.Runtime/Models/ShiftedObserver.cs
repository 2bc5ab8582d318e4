using System;

namespace Moe.Runtime.Models;

/// <summary>Tells another observer of tokens counted from the start of a call that was cut into several steps.</summary>
internal struct ShiftedObserver<TObserver>(TObserver inner, int first) : IStepObserver
    where TObserver : struct, IStepObserver
{
    /// <summary>The observer that is told.</summary>
    internal TObserver Inner = inner;

    private readonly int _first = first;

    /// <inheritdoc/>
    public static bool IsEnabled => TObserver.IsEnabled;

    /// <inheritdoc/>
    public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden) => Inner.HiddenState(layer, _first + token, hidden);

    /// <inheritdoc/>
    public void FinalNorm(int token, ReadOnlySpan<float> hidden) => Inner.FinalNorm(_first + token, hidden);

    /// <inheritdoc/>
    public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits) => Inner.RouterLogits(layer, _first + token, logits);

    /// <inheritdoc/>
    public void Selected(int layer, int token, Span<int> chosen) => Inner.Selected(layer, _first + token, chosen);

    /// <inheritdoc/>
    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights) =>
        Inner.Routed(layer, _first + token, chosen, weights);

    /// <inheritdoc/>
    public void Dropped(int layer, int token, int slot, int expert) => Inner.Dropped(layer, _first + token, slot, expert);
}
