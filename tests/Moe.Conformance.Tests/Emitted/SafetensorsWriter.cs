using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>A safetensors file of chosen weights: eight bytes of header length, a JSON header, the elements as float32.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes every tensor of a source, changed by its name.</summary>
    public static void Write(string path, TensorSource source, Func<string, float[], float[]> change)
    {
        Write(path, source.Tensors.Select(tensor =>
        {
            var values = new float[tensor.ElementCount];
            source.Read(tensor.Name, 0, values);
            return (tensor.Name, tensor.Shape.ToArray(), change(tensor.Name, values));
        }));
    }

    /// <summary>Writes the given tensors.</summary>
    public static void Write(string path, IEnumerable<(string Name, long[] Shape, float[] Elements)> tensors) =>
        Write(path, tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Elements, false)));

    /// <summary>Writes the given tensors; indices as 32-bit integers.</summary>
    public static void Write(string path, IEnumerable<(string Name, long[] Shape, float[] Elements, bool AreIndices)> tensors)
    {
        var header = new Dictionary<string, object>();
        var elements = new List<byte[]>();
        long offset = 0;
        foreach ((string name, long[] shape, float[] values, bool areIndices) in tensors)
        {
            byte[] stored = areIndices
                ? MemoryMarshal.AsBytes(Array.ConvertAll(values, element => (int)element).AsSpan()).ToArray()
                : MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
            elements.Add(stored);
            long end = offset + stored.Length;
            header[name] = new { dtype = areIndices ? "I32" : "F32", shape, data_offsets = new[] { offset, end } };
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        foreach (byte[] stored in elements)
            file.Write(stored);
    }
}
