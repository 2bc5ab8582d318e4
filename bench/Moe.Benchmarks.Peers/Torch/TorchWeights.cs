using System;
using System.Collections.Generic;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>A model's tensors in libtorch, all in one element type as a checkpoint would have them.</summary>
internal sealed class TorchWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    /// <summary>Copies every tensor.</summary>
    public TorchWeights(RandomTensors source, WeightFormat format)
    {
        Type = format == WeightFormat.F32 ? ScalarType.Float32 : ScalarType.BFloat16;
        foreach (TensorEntry entry in source.Tensors)
        {
            var values = new float[entry.ElementCount];
            source.Read(entry.Name, 0, values);
            using Tensor floats = tensor(values, [.. entry.Shape]);
            _tensors.Add(entry.Name, floats.to(Type, copy: true));
        }
    }

    /// <summary>The element type.</summary>
    public ScalarType Type { get; }

    /// <summary>A tensor by its checkpoint's name.</summary>
    public Tensor this[string name] => _tensors[name];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
            tensor.Dispose();
    }
}
