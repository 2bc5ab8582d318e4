using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Harness;

/// <summary>What an emitted model showed. Tokens are counted over all sequences, in order, whatever steps they came in.</summary>
internal sealed class Recording
{
    private readonly IReadOnlyDictionary<(int Layer, int Token), int[]> _forced;
    private int[] _tokens = [];

    /// <summary>Starts empty.</summary>
    /// <param name="forced">Choices that replace the model's own.</param>
    public Recording(IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null) => _forced = forced ?? new Dictionary<(int, int), int[]>();

    /// <summary>Hidden state at the input of each layer and after the last.</summary>
    public ConcurrentDictionary<(int Layer, int Token), float[]> Hidden { get; } = [];

    /// <summary>Output of the final norm.</summary>
    public ConcurrentDictionary<int, float[]> FinalNorm { get; } = [];

    /// <summary>Router logits.</summary>
    public ConcurrentDictionary<(int Layer, int Token), float[]> RouterLogits { get; } = [];

    /// <summary>The router's own choice, before it was replaced.</summary>
    public ConcurrentDictionary<(int Layer, int Token), int[]> OwnChoice { get; } = [];

    /// <summary>The experts that were used.</summary>
    public ConcurrentDictionary<(int Layer, int Token), int[]> Chosen { get; } = [];

    /// <summary>Their weights.</summary>
    public ConcurrentDictionary<(int Layer, int Token), float[]> Weights { get; } = [];

    /// <summary>Experts that had no room, by slot.</summary>
    public ConcurrentDictionary<(int Layer, int Token, int Slot), int> Dropped { get; } = [];

    /// <summary>Logits of each token; set by who runs the steps.</summary>
    public float[][] Logits { get; set; } = [];

    /// <summary>Says which tokens the next step's tokens are.</summary>
    public void BeginStep(int[] tokens) => _tokens = tokens;

    /// <summary>The token behind an index of the running step.</summary>
    public int TokenOf(int index) => _tokens[index];

    /// <summary>The choice to force, or null.</summary>
    public int[]? Forced(int layer, int token) => _forced.GetValueOrDefault((layer, token));
}

/// <summary>Copies everything it sees into a recording, and forces choices. Seeing a value twice is an error.</summary>
/// <param name="recording">Shared by the copies that workers get.</param>
internal readonly struct RecordingObserver(Recording recording) : IStepObserver
{
    /// <inheritdoc/>
    public static bool IsEnabled => true;

    /// <inheritdoc/>
    public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden) =>
        Once(recording.Hidden.TryAdd((layer, recording.TokenOf(token)), hidden.ToArray()), "hidden state", layer, token);

    /// <inheritdoc/>
    public void FinalNorm(int token, ReadOnlySpan<float> hidden) =>
        Once(recording.FinalNorm.TryAdd(recording.TokenOf(token), hidden.ToArray()), "final norm", -1, token);

    /// <inheritdoc/>
    public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits) =>
        Once(recording.RouterLogits.TryAdd((layer, recording.TokenOf(token)), logits.ToArray()), "router logits", layer, token);

    /// <inheritdoc/>
    public void Selected(int layer, int token, Span<int> chosen)
    {
        int place = recording.TokenOf(token);
        Once(recording.OwnChoice.TryAdd((layer, place), chosen.ToArray()), "choice", layer, token);
        recording.Forced(layer, place)?.CopyTo(chosen);
    }

    /// <inheritdoc/>
    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
        int place = recording.TokenOf(token);
        Once(recording.Chosen.TryAdd((layer, place), chosen.ToArray()), "chosen experts", layer, token);
        recording.Weights[(layer, place)] = weights.ToArray();
    }

    /// <inheritdoc/>
    public void Dropped(int layer, int token, int slot, int expert) =>
        Once(recording.Dropped.TryAdd((layer, recording.TokenOf(token), slot), expert), "dropped slot", layer, token);

    private static void Once(bool isFirst, string what, int layer, int token)
    {
        if (!isFirst)
            throw new InvalidOperationException($"The model showed the {what} of layer {layer}, token {token} of the step twice.");
    }
}
