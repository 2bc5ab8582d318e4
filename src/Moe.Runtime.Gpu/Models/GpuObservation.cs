using System;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Models;

namespace Moe.Runtime.Gpu.Models;

/// <summary>Copies intermediate values to the host and shows them to an observer, token by token. Only called where something is observed.</summary>
public static class GpuObservation
{
    /// <summary>Shows the hidden states that enter a layer.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="hidden">[Tokens, size].</param>
    /// <param name="size">Width of the residual stream.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="observer">Sees them.</param>
    public static void HiddenState<TObserver>(GpuBatch batch, GpuBuffer<float> hidden, int size, int layer, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        float[] rows = Rows(hidden, batch.Tokens, size);
        for (int token = 0; token < batch.Tokens; token++)
            observer.HiddenState(layer, token, rows.AsSpan(token * size, size));
    }

    /// <summary>Shows the output of the final norm.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="normed">[LogitRows, size].</param>
    /// <param name="size">Width of the residual stream.</param>
    /// <param name="observer">Sees it.</param>
    public static void FinalNorm<TObserver>(GpuBatch batch, GpuBuffer<float> normed, int size, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        float[] rows = Rows(normed, batch.LogitRows, size);
        for (int row = 0; row < batch.LogitRows; row++)
            observer.FinalNorm(batch.Host.LogitTokens[row], rows.AsSpan(row * size, size));
    }

    /// <summary>Shows router logits.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">[Tokens, experts].</param>
    /// <param name="experts">Routed experts.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="observer">Sees them.</param>
    public static void RouterLogits<TObserver>(GpuBatch batch, GpuBuffer<float> logits, int experts, int layer, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        float[] rows = Rows(logits, batch.Tokens, experts);
        for (int token = 0; token < batch.Tokens; token++)
            observer.RouterLogits(layer, token, rows.AsSpan(token * experts, experts));
    }

    /// <summary>Shows chosen experts, and takes back the choice, which the observer may have changed.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="chosen">[Tokens, slots], −1 in empty slots.</param>
    /// <param name="slots">Most experts of a token.</param>
    /// <param name="experts">Routed experts.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="observer">Sees them.</param>
    /// <exception cref="InvalidOperationException">The observer chose an expert that does not exist.</exception>
    public static void Selected<TObserver>(
        GpuBatch batch, GpuBuffer<int> chosen, int slots, int experts, int layer, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        var choices = new int[batch.Tokens * slots];
        chosen.Download(choices);
        for (int token = 0; token < batch.Tokens; token++)
            ObservedChoice.Show(layer, token, choices.AsSpan(token * slots, slots), experts, ref observer);

        chosen.Upload(choices);
    }

    /// <summary>Shows chosen experts and their weights.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="chosen">[Tokens, topK].</param>
    /// <param name="weights">[Tokens, topK].</param>
    /// <param name="topK">Chosen experts of a token.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="observer">Sees them.</param>
    public static void Routed<TObserver>(
        GpuBatch batch, GpuBuffer<int> chosen, GpuBuffer<float> weights, int topK, int layer, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        float[] shares = Rows(weights, batch.Tokens, topK);
        var choices = new int[batch.Tokens * topK];
        chosen.Download(choices);
        for (int token = 0; token < batch.Tokens; token++)
            observer.Routed(layer, token, choices.AsSpan(token * topK, topK), shares.AsSpan(token * topK, topK));
    }

    /// <summary>Shows which assignments a limit took away.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="chosen">[Tokens, slots], before the limit.</param>
    /// <param name="kept">[Tokens, slots], after it.</param>
    /// <param name="slots">Most experts of a token.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="observer">Sees them.</param>
    public static void Dropped<TObserver>(
        GpuBatch batch, GpuBuffer<int> chosen, GpuBuffer<int> kept, int slots, int layer, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        var before = new int[batch.Tokens * slots];
        var after = new int[before.Length];
        chosen.Download(before);
        kept.Download(after);
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] != after[i])
                observer.Dropped(layer, i / slots, i % slots, before[i]);
        }
    }

    private static float[] Rows(GpuBuffer<float> buffer, int count, int width)
    {
        var rows = new float[checked(count * width)];
        buffer.Download(rows);
        return rows;
    }
}
