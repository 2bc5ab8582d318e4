using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Golden;

/// <summary>One layer (or a stack of layers) of a research code: what it is declared as, its weights, and what the original computed.</summary>
internal sealed class LayerCase
{
    private readonly Dictionary<string, float[]> _tensors = [];
    private readonly Dictionary<string, int[]> _integers = [];

    private LayerCase(string folder)
    {
        foreach (string file in new[] { "weights.safetensors", "io.safetensors" })
        {
            using CheckpointTensors tensors = CheckpointTensors.Open(Path.Combine(folder, file));
            foreach (TensorEntry tensor in tensors.Tensors)
            {
                if (tensor.Type.IsInteger())
                {
                    var indices = new long[tensor.ElementCount];
                    tensors.ReadIntegers(tensor.Name, 0, indices);
                    _integers[tensor.Name] = Array.ConvertAll(indices, index => checked((int)index));
                }
                else
                {
                    var elements = new float[tensor.ElementCount];
                    tensors.Read(tensor.Name, 0, elements);
                    _tensors[tensor.Name] = elements;
                }
            }
        }
    }

    /// <summary>Width of a token.</summary>
    public const int HiddenSize = 32;

    /// <summary>Tokens of a sequence.</summary>
    public const int TokensPerSequence = 12;

    /// <summary>The folders beside the tests.</summary>
    public static IEnumerable<string> Names => LayerDeclarations.All.Keys;

    /// <summary>Reads a case.</summary>
    public static LayerCase Read(string name) => new(Path.Combine(AppContext.BaseDirectory, "Golden", "layers", name));

    /// <summary>A tensor's elements.</summary>
    public float[] this[string name] => _tensors[name];

    /// <summary>Elements of a tensor of integers.</summary>
    public int[] Integers(string name) => _integers[name];

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name) || _integers.ContainsKey(name);

    /// <summary>Number of layers of the stack.</summary>
    public int Layers => Has("router_logits") ? 1 : Enumerable.Range(0, 9).Count(layer => Has("router_logits." + layer));

    /// <summary>A per-layer tensor's name.</summary>
    public string NameIn(string tensor, int layer) => Has(tensor) ? tensor : $"{tensor}.{layer}";

    /// <summary>Rows of a tensor.</summary>
    public double[][] Rows(string name, int width) =>
        [.. _tensors[name].Chunk(width).Select(row => Array.ConvertAll(row, element => (double)element))];
}
