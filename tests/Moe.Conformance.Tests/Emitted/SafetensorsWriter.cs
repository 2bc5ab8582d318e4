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
        var header = new Dictionary<string, object>();
        var elements = new List<float[]>();
        long offset = 0;
        foreach (TensorEntry tensor in source.Tensors)
        {
            var values = new float[tensor.ElementCount];
            source.Read(tensor.Name, 0, values);
            elements.Add(change(tensor.Name, values));
            long end = offset + (values.Length * sizeof(float));
            header[tensor.Name] = new { dtype = "F32", shape = tensor.Shape.ToArray(), data_offsets = new[] { offset, end } };
            offset = end;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        foreach (float[] values in elements)
            file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
