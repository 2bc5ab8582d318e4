using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Families;

/// <summary>A checkpoint whose stacked experts are random MXFP4: blocks and scales in place of their tensor.</summary>
internal static class MicroscaledFile
{
    /// <summary>Writes every tensor of a source; those of three dimensions under their MXFP4 names, with bits of their own.</summary>
    public static void Write(string path, TensorSource source)
    {
        var header = new Dictionary<string, object>();
        var bytes = new List<byte>();
        var random = new Random(5);
        foreach (TensorEntry tensor in source.Tensors)
        {
            if (tensor.Shape.Length < 3)
            {
                var values = new float[tensor.ElementCount];
                source.Read(tensor.Name, 0, values);
                Add(tensor.Name, "F32", [.. tensor.Shape], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
                continue;
            }

            // [experts, columns, rows] → [experts, rows, columns / 32, 16].
            long experts = tensor.Shape[0], columns = tensor.Shape[1], rows = tensor.Shape[2];
            var elements = new byte[tensor.ElementCount / 2];
            random.NextBytes(elements);
            Add(tensor.Name + "_blocks", "U8", [experts, rows, columns / 32, 16], elements);
            Add(tensor.Name + "_scales", "U8", [experts, rows, columns / 32], [.. Enumerable.Range(0, elements.Length / 16).Select(_ => (byte)random.Next(121, 125))]);
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.Write(CollectionsMarshal.AsSpan(bytes));

        void Add(string name, string type, long[] shape, byte[] content)
        {
            header[name] = new { dtype = type, shape, data_offsets = new[] { (long)bytes.Count, bytes.Count + (long)content.Length } };
            bytes.AddRange(content);
        }
    }
}
