using System;
using System.Threading;
using Moe.Runtime.Models;

namespace LayersAlone;

/// <summary>Counts how many rows each expert gets.</summary>
/// <param name="counts">[experts].</param>
internal readonly struct ExpertLoad(int[] counts) : IStepObserver
{
    /// <inheritdoc/>
    public static bool IsEnabled => true;

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
        foreach (int expert in chosen)
        {
            if (expert >= 0)
                Interlocked.Increment(ref counts[expert]);
        }
    }

    /// <inheritdoc/>
    public void Dropped(int layer, int token, int slot, int expert)
    {
    }
}
