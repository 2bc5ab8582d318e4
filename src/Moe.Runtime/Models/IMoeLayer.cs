using System;

namespace Moe.Runtime.Models;

/// <summary>What every emitted layer that stands alone offers: rows in, rows out.</summary>
public interface IMoeLayer : IDisposable
{
    /// <summary>What the declaration fixes.</summary>
    LayerShape Shape { get; }

    /// <summary>Runs the layer. Calls from several threads take turns.</summary>
    /// <param name="input">[tokens, HiddenSize]; any number of tokens, none too.</param>
    /// <param name="output">[tokens, HiddenSize]; may be the input itself.</param>
    /// <param name="call">Sequences, state and routing of the call.</param>
    /// <exception cref="ArgumentException">A length does not fit; the message names argument, expected and found.</exception>
    void Forward(ReadOnlySpan<float> input, Span<float> output, LayerCall call = default);

    /// <summary>As the other, with an observer that sees what routers decide.</summary>
    void Forward<TObserver>(ReadOnlySpan<float> input, Span<float> output, LayerCall call, ref TObserver observer)
        where TObserver : struct, IStepObserver;

    /// <summary>
    /// Writes the layer's tensors to a safetensors file, as the checkpoint holds them that they were loaded from, which must
    /// still be there.
    /// </summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="prefix">Put before every name.</param>
    void Save(string path, string prefix = "");
}
