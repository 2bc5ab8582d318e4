using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Models;

/// <summary>Where the weights of a layer that stands alone come from, so that they can be read more than once.</summary>
public sealed class LayerTensors
{
    private readonly Func<TensorSource> _open;
    private readonly TensorRequirement[] _requirements;

    private LayerTensors(Func<TensorSource> open, IEnumerable<TensorRequirement> requirements)
    {
        _open = open;
        _requirements = [.. requirements];
    }

    /// <summary>Tensors of a safetensors file or a folder of such files. The file may hold others beside them.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="prefix">What the layer's names begin with there.</param>
    /// <param name="layer">The declaration's name, for messages.</param>
    /// <param name="requirements">The tensors that the declaration needs.</param>
    /// <exception cref="CheckpointException">Tensors are missing or have another shape or type; all of them in one exception.</exception>
    public static LayerTensors Of(string path, string prefix, string layer, IEnumerable<TensorRequirement> requirements)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var tensors = new LayerTensors(() => new PrefixedTensors(CheckpointTensors.Open(path), prefix), requirements);
        using TensorSource opened = tensors.Open();
        TensorCheck.Verify(opened, layer, tensors._requirements, "*");
        return tensors;
    }

    /// <summary>Random weights, the same for a seed everywhere.</summary>
    public static LayerTensors Random(ulong seed, IEnumerable<TensorRequirement> requirements)
    {
        TensorRequirement[] required = [.. requirements];
        return new LayerTensors(() => new RandomTensors(seed, required), required);
    }

    /// <summary>Opens the source; the caller disposes it.</summary>
    public TensorSource Open() => _open();

    /// <summary>Copies the layer's tensors into a safetensors file.</summary>
    /// <exception cref="CheckpointException">The checkpoint is gone or has changed.</exception>
    public void Save(string path, string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        using TensorSource source = Open();
        IEnumerable<string> names = _requirements.SelectMany(required =>
            source.TryFind(required.Name, out _) ? [required.Name]
            : required.Microscaled ? [required.Name + "_blocks", required.Name + "_scales"]
            : required.Optional ? Array.Empty<string>() : [required.Name]);
        SafetensorsWriter.Write(path, source, names, prefix);
    }
}
