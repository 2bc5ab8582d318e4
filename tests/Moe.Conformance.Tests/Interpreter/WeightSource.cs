using System;
using System.Collections.Generic;
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

/// <summary>
/// Weights of a checkpoint, element by element from whole tensors: an account of <see cref="TensorPlace"/> that shares
/// nothing with the runtime's reading.
/// </summary>
internal static class CheckpointWeights
{
    /// <summary>Reads each tensor once, when it is first asked for.</summary>
    public static WeightSource Of(TensorSource tensors, MoeArchitecture architecture, ModelGraph graph)
    {
        var whole = new Dictionary<string, double[]>();
        var known = new Dictionary<(int, string, int), double[]>();
        return (layer, weight, expert) =>
        {
            layer = weight.IsShared ? -1 : layer;
            if (known.TryGetValue((layer, weight.Role, expert), out double[]? elements))
                return elements;

            Graph owner = Owner(architecture, graph, layer, weight);
            TensorPlace place = new WeightPlaces(architecture, owner).PlaceOf(weight);
            string name = Name(place, layer, expert);
            if (!whole.TryGetValue(name, out double[]? stored))
                whole[name] = stored = Read(tensors, name, place, weight);
            return known[(layer, weight.Role, expert)] = Cut(stored, place, weight, Math.Max(0, expert), owner, architecture);
        };
    }

    /// <summary>The tensors that a model needs, as the graph says; independent of what is emitted.</summary>
    public static IEnumerable<TensorRequirement> Required(MoeArchitecture architecture, ModelGraph graph)
    {
        foreach (TensorRequirement requirement in Of(new WeightPlaces(architecture, graph.Embedding).Needs(), -1))
            yield return requirement;
        foreach (TensorRequirement requirement in graph.Blocks
            .SelectMany(block => Of(new WeightPlaces(architecture, block).Needs(isShared: true), -1))
            .DistinctBy(requirement => requirement.Name))
        {
            yield return requirement;
        }

        foreach (LayerRange range in architecture.Layers)
        {
            for (int layer = range.First; layer < range.First + range.Count; layer++)
            {
                foreach (TensorRequirement requirement in Of(new WeightPlaces(architecture, graph.Blocks[range.Block]).Needs(), layer))
                    yield return requirement;
            }
        }

        foreach (TensorRequirement requirement in Of(new WeightPlaces(architecture, graph.Head).Needs(), -1))
        {
            if (!architecture.TiedHead || requirement.Kind != TensorKind.Embedding)
                yield return requirement;
        }
    }

    private static IEnumerable<TensorRequirement> Of(IEnumerable<TensorNeed> needs, int layer)
    {
        foreach (TensorNeed need in needs)
        {
            for (int expert = 0; expert < Math.Max(1, need.Experts); expert++)
            {
                yield return new TensorRequirement(
                    Name(need.Place, layer, expert),
                    [.. need.Shape.Select(dimension => (long)dimension)],
                    Enum.Parse<TensorKind>(need.Kind.ToString()),
                    Bound: need.Bound,
                    Transposed: need.Place.Transposed,
                    Microscaled: need.Place.Microscaled);
            }
        }
    }

    private static Graph Owner(MoeArchitecture architecture, ModelGraph graph, int layer, Weight weight)
    {
        if (layer < 0)
            return graph.Embedding.Weights.Contains(weight) ? graph.Embedding : graph.Head;
        return graph.Blocks[architecture.Layers.First(range => layer >= range.First && layer < range.First + range.Count).Block];
    }

    private static string Name(TensorPlace place, int layer, int expert) => place.Pattern
        .Replace("{layer}", layer.ToString(CultureInfo.InvariantCulture))
        .Replace("{expert}", expert.ToString(CultureInfo.InvariantCulture));

    private static double[] Read(TensorSource tensors, string name, TensorPlace place, Weight weight)
    {
        if (weight.Kind == WeightKind.Indices)
        {
            var integers = new long[tensors.Find(name).ElementCount];
            tensors.ReadIntegers(name, 0, integers);
            return Array.ConvertAll(integers, index => (double)index);
        }

        if (place.Microscaled && !tensors.TryFind(name, out _))
            return Microscaled(tensors, name, weight);
        var floats = new float[tensors.Find(name).ElementCount];
        tensors.Read(name, 0, floats);
        return Array.ConvertAll(floats, element => (double)element);
    }

    // Decoded, and laid as the transposed tensor that it stands for.
    private static double[] Microscaled(TensorSource tensors, string name, Weight weight)
    {
        double[] values = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
        var bytes = new long[tensors.Find(name + "_blocks").ElementCount];
        var scales = new long[tensors.Find(name + "_scales").ElementCount];
        tensors.ReadIntegers(name + "_blocks", 0, bytes);
        tensors.ReadIntegers(name + "_scales", 0, scales);
        int columns = weight.Columns;
        int rows = bytes.Length * 2 / columns / weight.Experts;
        var stored = new double[bytes.Length * 2];
        for (int i = 0; i < stored.Length; i++)
        {
            int nibble = (int)(i % 2 == 0 ? bytes[i / 2] % 16 : bytes[i / 2] / 16);
            double value = (nibble >= 8 ? -1 : 1) * values[nibble % 8] * Math.Pow(2, scales[i / 32] - 127);
            int expert = i / (rows * columns);
            int row = i / columns % rows;
            stored[(expert * rows * columns) + (i % columns * rows) + row] = value;
        }

        return stored;
    }

    private static double[] Cut(double[] stored, TensorPlace place, Weight weight, int expert, Graph owner, MoeArchitecture architecture)
    {
        Weight[] parts = place.Roles.Count == 0
            ? [weight]
            : [.. place.Roles.Select(role => owner.Weights.FirstOrDefault(other => other.Role == role)).OfType<Weight>()];
        int total = parts.Sum(part => part.Slice == WeightSlice.Rows ? part.Rows * part.Experts : part.Rows);
        int index = Array.IndexOf(parts, weight);
        int before = parts.Take(index).Sum(part => part.Slice == WeightSlice.Rows ? part.Rows * part.Experts : part.Rows);
        int firstRow = weight.Slice == WeightSlice.Rows ? expert * weight.Rows : 0;
        int firstColumn = weight.Slice == WeightSlice.Columns ? expert * weight.Columns : 0;
        int columns = weight.Slice == WeightSlice.Columns ? weight.Experts * weight.Columns : weight.Columns;
        int heads = HeadsOf(owner, architecture);
        int matrix = place.Stacked ? expert * total * weight.Columns : 0;
        var cut = new double[weight.Rows * weight.Columns];
        for (int row = 0; row < weight.Rows; row++)
        {
            int storedRow = parts.Length == 1 ? firstRow + row : place.Order switch
            {
                FusedRows.Concatenated => before + firstRow + row,
                FusedRows.Interleaved => ((firstRow + row) * parts.Length) + index,
                _ => (row / (weight.Rows / heads) * (total / heads)) + (before / heads) + (row % (weight.Rows / heads)),
            };
            for (int column = 0; column < weight.Columns; column++)
            {
                cut[(row * weight.Columns) + column] = place.Transposed && !weight.IsVector
                    ? stored[matrix + ((firstColumn + column) * total) + storedRow]
                    : stored[matrix + (storedRow * columns) + firstColumn + column];
            }
        }

        return cut;

        static int HeadsOf(Graph owner, MoeArchitecture architecture) =>
            architecture.Blocks.FirstOrDefault(block => block.Name == owner.Name)?.Attention.Heads ?? 1;
    }
}
