using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Writes tensors as one safetensors file: eight bytes of header length, a JSON header, then the elements. BF16 stays BF16,
/// integers become I64, all other floats F32. The file appears whole or not at all.
/// </summary>
public static class SafetensorsWriter
{
    private const int WindowElements = 1 << 18;

    /// <summary>Copies tensors from a source.</summary>
    /// <param name="path">The file to write; one that is there is replaced once the new one is complete.</param>
    /// <param name="source">Where the tensors are.</param>
    /// <param name="names">Which tensors, in the order in which they are written.</param>
    /// <param name="prefix">Put before every name.</param>
    /// <exception cref="CheckpointException">A tensor is missing or cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, TensorSource source, IEnumerable<string> names, string prefix = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TensorEntry[] tensors = [.. names.Select(source.Find)];
        string unfinished = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            using (FileStream file = new(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                byte[] header = Header(tensors, prefix);
                Span<byte> length = stackalloc byte[sizeof(long)];
                BitConverter.TryWriteBytes(length, (long)header.Length);
                file.Write(length);
                file.Write(header);
                foreach (TensorEntry tensor in tensors)
                    Write(file, source, tensor);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private static byte[] Header(TensorEntry[] tensors, string prefix)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach (TensorEntry tensor in tensors)
            {
                ElementType type = Stored(tensor);
                json.WriteStartObject(prefix + tensor.Name);
                json.WriteString("dtype", type.SafetensorsName());
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += checked(tensor.ElementCount * type.SizeInBytes());
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Elements begin at a multiple of eight bytes; the format allows spaces after the header.
        int padding = (8 - (bytes.WrittenCount % 8)) % 8;
        return [.. bytes.WrittenSpan, .. Enumerable.Repeat((byte)' ', padding)];
    }

    private static ElementType Stored(TensorEntry tensor) =>
        tensor.Type.IsInteger() ? ElementType.I64 : tensor.Type == ElementType.BF16 ? ElementType.BF16 : ElementType.F32;

    private static void Write(FileStream file, TensorSource source, TensorEntry tensor)
    {
        int window = (int)Math.Min(WindowElements, Math.Max(1, tensor.ElementCount));
        if (tensor.Type.IsInteger())
        {
            var integers = new long[window];
            for (long first = 0; first < tensor.ElementCount; first += window)
            {
                Span<long> part = integers.AsSpan(0, (int)Math.Min(window, tensor.ElementCount - first));
                source.ReadIntegers(tensor.Name, first, part);
                file.Write(MemoryMarshal.AsBytes(part));
            }

            return;
        }

        var floats = new float[window];
        var halves = new ushort[Stored(tensor) == ElementType.BF16 ? window : 0];
        for (long first = 0; first < tensor.ElementCount; first += window)
        {
            Span<float> part = floats.AsSpan(0, (int)Math.Min(window, tensor.ElementCount - first));
            source.Read(tensor.Name, first, part);
            if (halves.Length == 0)
            {
                file.Write(MemoryMarshal.AsBytes(part));
                continue;
            }

            // The numbers are bfloat16 already: their upper halves are they.
            for (int i = 0; i < part.Length; i++)
                halves[i] = (ushort)(BitConverter.SingleToUInt32Bits(part[i]) >> 16);
            file.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, part.Length)));
        }

        source.Release(tensor.Name);
    }
}
