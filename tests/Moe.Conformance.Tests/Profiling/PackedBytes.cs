using System;
using System.Collections;
using System.Linq;
using System.Reflection;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Profiling;

/// <summary>Bytes of a model's packed weights that one token reads, found by looking into its objects.</summary>
internal static class PackedBytes
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>Of an embedding one panel of rows, of experts two of five, all else whole.</summary>
    public static long OfToken(object model)
    {
        object weights = Field(Field(model, "_cpu"), "_weights");
        long bytes = 0;
        foreach (FieldInfo field in weights.GetType().GetFields(Members))
        {
            object value = field.GetValue(weights)!;
            if (value is Array layers)
                bytes += layers.Cast<object>().Sum(layer => layer.GetType().GetFields(Members).Sum(own => Read(own.Name, (IPackedWeights)own.GetValue(layer)!)));
            else if (value is IPackedWeights packed)
                bytes += field.Name == "Embedding" ? ((PackedMatrix)packed).BytesPerPanel : Read(field.Name, packed);
        }

        return bytes;
    }

    private static long Read(string name, IPackedWeights weights) => name switch
    {
        _ when name.StartsWith("Expert", StringComparison.Ordinal) || name.StartsWith("AttentionExpert", StringComparison.Ordinal) => weights.Bytes / 5 * 2,
        _ => weights is PackedMatrix matrix ? (long)matrix.Panels * matrix.BytesPerPanel * matrix.Count : weights.Bytes,
    };

    private static object Field(object owner, string name) => owner.GetType().GetField(name, Members)!.GetValue(owner)!;
}
