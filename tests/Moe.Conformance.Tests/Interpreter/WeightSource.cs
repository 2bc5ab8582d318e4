using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Emit;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>A weight's elements, row after row.</summary>
/// <param name="layer">Layer, or −1 for the embedding and the head.</param>
/// <param name="weight">The weight.</param>
/// <param name="expert">Expert, or −1 where the layer has one.</param>
internal delegate double[] WeightSource(int layer, Weight weight, int expert);

/// <summary>Weights by their names in a checkpoint.</summary>
internal static class CheckpointWeights
{
    /// <summary>Reads each tensor once, when it is first asked for.</summary>
    public static WeightSource Of(TensorSource tensors, CheckpointLayout layout)
    {
        var known = new Dictionary<(int, string, int), double[]>();
        return (layer, weight, expert) =>
        {
            layer = weight.IsShared ? -1 : layer;
            if (known.TryGetValue((layer, weight.Role, expert), out double[]? elements))
                return elements;

            string name = Name(layout, weight, layer, expert);
            TensorEntry entry = tensors.Find(name);
            if (!entry.Shape.AsSpan().SequenceEqual(Shape(weight).AsSpan()))
                throw new InvalidOperationException($"{entry} should have the shape [{string.Join(", ", Shape(weight))}].");
            if (weight.Kind == WeightKind.Indices)
            {
                var integers = new long[checked(weight.Rows * weight.Columns)];
                tensors.ReadIntegers(name, 0, integers);
                return known[(layer, weight.Role, expert)] = Array.ConvertAll(integers, index => (double)index);
            }

            var floats = new float[checked(weight.Rows * weight.Columns)];
            tensors.Read(name, 0, floats);
            return known[(layer, weight.Role, expert)] = Array.ConvertAll(floats, element => (double)element);
        };
    }

    /// <summary>The tensors that a model needs, as the graph says; independent of what is emitted.</summary>
    public static IEnumerable<TensorRequirement> Required(MoeArchitecture architecture, ModelGraph graph)
    {
        IEnumerable<(int Layer, Weight Weight)> outer = graph.Embedding.Weights.Concat(graph.Head.Weights).Distinct().Select(weight => (-1, weight));
        IEnumerable<(int Layer, Weight Weight)> inner = architecture.Layers.SelectMany(range => Enumerable.Range(range.First, range.Count)
            .SelectMany(layer => graph.Blocks[range.Block].Weights.Select(weight => (weight.IsShared ? -1 : layer, weight))));
        foreach ((int layer, Weight weight) in outer.Concat(inner).Distinct())
        {
            for (int expert = weight.Experts > 0 ? 0 : -1; expert < weight.Experts; expert++)
            {
                yield return new TensorRequirement(Name(architecture.Layout, weight, layer, expert), Shape(weight), Kind(weight.Kind), Bound: weight.Bound);
                if (weight.Experts == 0)
                    break;
            }
        }
    }

    private static string Name(CheckpointLayout layout, Weight weight, int layer, int expert) =>
        WeightNames.Pattern(layout, weight, layer >= 0)
            .Replace("{layer}", layer.ToString(CultureInfo.InvariantCulture))
            .Replace("{expert}", expert.ToString(CultureInfo.InvariantCulture));

    private static ImmutableArray<long> Shape(Weight weight) => weight.IsVector ? [weight.Rows] : [weight.Rows, weight.Columns];

    private static TensorKind Kind(WeightKind kind) => kind switch
    {
        WeightKind.Matrix => TensorKind.Matrix,
        WeightKind.Embedding => TensorKind.Embedding,
        WeightKind.Norm => TensorKind.Norm,
        WeightKind.Bias => TensorKind.Bias,
        WeightKind.Vector => TensorKind.Vector,
        WeightKind.Indices => TensorKind.Indices,
        _ => TensorKind.SelectionBias,
    };
}
