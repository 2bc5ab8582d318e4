using System;
using Moe.Runtime.Models;

namespace Moe.Benchmarks.Layers;

/// <summary>Sends tokens to the experts that a case forces, and notes which experts are touched.</summary>
internal readonly struct ForcedChoice(LayerCase layer, int run, bool[] touched) : IStepObserver
{
    /// <inheritdoc/>
    public static bool IsEnabled => true;

    /// <inheritdoc/>
    public void Selected(int layerIndex, int token, Span<int> chosen)
    {
        if (layer.Forced(token, run) is >= 0 and int expert)
            chosen[0] = expert;
    }

    /// <inheritdoc/>
    public void Routed(int layerIndex, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
        foreach (int expert in chosen)
            touched[expert] = true;
    }

    /// <inheritdoc/>
    public void HiddenState(int layerIndex, int token, ReadOnlySpan<float> hidden)
    {
    }

    /// <inheritdoc/>
    public void FinalNorm(int token, ReadOnlySpan<float> hidden)
    {
    }

    /// <inheritdoc/>
    public void RouterLogits(int layerIndex, int token, ReadOnlySpan<float> logits)
    {
    }

    /// <inheritdoc/>
    public void Dropped(int layerIndex, int token, int slot, int expert)
    {
    }
}
