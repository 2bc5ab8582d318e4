using System;
using Moe.Runtime.Models;

namespace Moe.Benchmarks.Tokens;

/// <summary>Notes which experts of which layers a step reads.</summary>
internal readonly struct TouchedExperts : IStepObserver
{
    private readonly bool[] _touched;
    private readonly int _experts;

    /// <summary>Begins with none.</summary>
    public TouchedExperts(int layers, int experts)
    {
        _experts = experts;
        _touched = new bool[layers * experts];
    }

    /// <inheritdoc/>
    public static bool IsEnabled => true;

    /// <summary>Experts touched since the last call, over all layers.</summary>
    public int Take()
    {
        int count = _touched.AsSpan().Count(true);
        Array.Clear(_touched);
        return count;
    }

    /// <inheritdoc/>
    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
        foreach (int expert in chosen)
        {
            if (expert >= 0)
                _touched[(layer * _experts) + expert] = true;
        }
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
