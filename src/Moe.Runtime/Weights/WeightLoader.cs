using System;
using System.Collections.Generic;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Gives the weights of a model one after another, packed for the CPU: converted from tensors, or out of a packed file
/// (<see cref="PackedFile"/>), which holds them in the order in which they are asked for. The loader owns what it gave until
/// <see cref="Detach"/>, so that a load that fails halfway leaves nothing behind.
/// </summary>
public sealed partial class WeightLoader : IDisposable
{
    private readonly WeightStore _store;

    /// <summary>A loader that converts tensors.</summary>
    /// <param name="source">Where they come from; its tensors have been checked.</param>
    /// <param name="formats">Formats of matrices, by the part they belong to; null is exact.</param>
    /// <param name="progress">Told after every tensor.</param>
    public WeightLoader(TensorSource source, WeightFormats? formats, IProgress<LoadProgress>? progress)
        : this(new MemoryStore(new TensorReader(source, formats, progress)))
    {
    }

    internal WeightLoader(WeightStore store) => _store = store;

    /// <summary>Gives everything packed to the caller, who disposes it.</summary>
    /// <exception cref="CheckpointException">A packed file holds more than was asked for.</exception>
    public IReadOnlyList<IDisposable> Detach() => _store.Detach();

    /// <summary>Frees what was packed and not detached.</summary>
    public void Dispose() => _store.Dispose();

    private static int GateUpRows(int rows) => checked((rows + 7) / 8 * 16);

    private static int GateRow(int unit) => (unit / 8 * 16) + (unit % 8);
}
