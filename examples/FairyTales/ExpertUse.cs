using System;
using System.Threading;
using Moe.Runtime.Models;

namespace FairyTales;

/// <summary>Counts how often each layer's experts are chosen; workers count at the same time.</summary>
internal readonly struct ExpertUse(int layers, int experts) : IStepObserver
{
    private readonly int[] _counts = new int[layers * experts];

    /// <inheritdoc/>
    public static bool IsEnabled => true;

    /// <summary>Layers.</summary>
    public int Layers => layers;

    /// <summary>How often each expert of a layer was chosen.</summary>
    public ReadOnlySpan<int> Of(int layer) => _counts.AsSpan(layer * experts, experts);

    /// <inheritdoc/>
    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
        foreach (int expert in chosen)
            Interlocked.Increment(ref _counts[(layer * experts) + expert]);
    }

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
    public void Dropped(int layer, int token, int slot, int expert)
    {
    }
}
