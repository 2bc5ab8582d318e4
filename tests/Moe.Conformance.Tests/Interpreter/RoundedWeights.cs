using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>
/// Weights as a format holds them: each row of a matrix is packed alone and read back. What is multiplied with them, and how, stays the
/// interpreter's.
/// </summary>
internal static class RoundedWeights
{
    /// <summary>Rounds the matrices whose part of the model has a format.</summary>
    public static WeightSource Of(WeightSource read, MoeArchitecture architecture, ModelGraph graph, WeightFormats formats)
    {
        Dictionary<string, AttendLatent> latent = graph.Blocks
            .SelectMany(block => block.Ops.OfType<AttendLatent>().Select(op => (block.Name, op))).ToDictionary(pair => pair.Name, pair => pair.op);
        return (layer, weight, expert) =>
        {
            double[] elements = read(layer, weight, expert);
            Graph owner = layer < 0
                ? graph.Embedding.Weights.Contains(weight) ? graph.Embedding : graph.Head
                : graph.Blocks[architecture.Layers.First(range => layer >= range.First && layer < range.First + range.Count).Block];
            if (!weight.IsMatrix || formats.Of(Enum.Parse<Moe.Runtime.Weights.TensorRole>(owner.Roles[weight.Role].ToString())) is not { } format)
                return elements;

            return latent.TryGetValue(owner.Name, out AttendLatent? attend) && attend.KeyValueUp == weight
                ? RoundHeads(elements, attend, format)
                : Round(elements, weight.Columns, format);
        };
    }

    private static double[] Round(double[] elements, int columns, WeightFormat format)
    {
        var rounded = new double[elements.Length];
        var row = new float[columns];
        for (int first = 0; first < elements.Length; first += columns)
        {
            using var packed = new PackedMatrix(1, columns, format);
            for (int column = 0; column < columns; column++)
                row[column] = (float)elements[first + column];
            packed.WriteRow(0, 0, row);
            packed.ReadRow(0, 0, row);
            for (int column = 0; column < columns; column++)
                rounded[first + column] = row[column];
        }

        return rounded;
    }

    // The key rows of a head are multiplied transposed, so that their groups run along the other side; its value rows as they are.
    private static double[] RoundHeads(double[] elements, AttendLatent attend, WeightFormat format)
    {
        int stride = attend.HeadSize + attend.ValueHeadSize;
        int rank = attend.KeyValueRank;
        double[] rounded = Round(elements, rank, format);
        for (int head = 0; head < attend.Heads; head++)
        {
            var transposed = new double[rank * attend.HeadSize];
            for (int i = 0; i < transposed.Length; i++)
                transposed[i] = elements[(((head * stride) + (i % attend.HeadSize)) * rank) + (i / attend.HeadSize)];
            transposed = Round(transposed, attend.HeadSize, format);
            for (int i = 0; i < transposed.Length; i++)
                rounded[(((head * stride) + (i % attend.HeadSize)) * rank) + (i / attend.HeadSize)] = transposed[i];
        }

        return rounded;
    }
}
