using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>
/// Writes a file of the GGUF container, version 3: a header, key/value pairs, descriptions of tensors, and their data, each at a
/// multiple of 32 bytes. First all keys and tensors are added, then the file is written in one go.
/// </summary>
public sealed class GgufWriter
{
    private const uint Magic = 0x4655_4747;
    private const uint Version = 3;
    private const int Alignment = 32;
    private const uint TypeUInt32 = 4, TypeFloat32 = 6, TypeString = 8;

    private readonly List<(string Key, uint Type, object Value)> _keys = [];
    private readonly List<Tensor> _tensors = [];

    /// <summary>Adds a number.</summary>
    public void Add(string key, int value) => _keys.Add((key, TypeUInt32, (uint)value));

    /// <summary>Adds a fraction.</summary>
    public void Add(string key, float value) => _keys.Add((key, TypeFloat32, value));

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => _keys.Add((key, TypeString, value));

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Outermost dimension first, as checkpoints have it; the file has the innermost first.</param>
    /// <param name="write">Writes its data.</param>
    /// <exception cref="ArgumentException">A row is no whole number of the type's blocks.</exception>
    public void Add(string name, GgmlType type, IReadOnlyList<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape[^1] % type.BlockLength() != 0)
            throw new ArgumentException($"'{name}' has rows of {shape[^1]} numbers, no whole blocks of {type.BlockLength()} as {type} needs; llama.cpp's own quantiser refuses such a tensor too.");
        _tensors.Add(new Tensor(name, type, shape, write));
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="InvalidOperationException">A tensor wrote another number of bytes than its type and shape say.</exception>
    public void Write(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_keys.Count);
        foreach ((string key, uint type, object value) in _keys)
        {
            Text(writer, key);
            writer.Write(type);
            switch (value)
            {
                case uint number:
                    writer.Write(number);
                    break;
                case float fraction:
                    writer.Write(fraction);
                    break;
                default:
                    Text(writer, (string)value);
                    break;
            }
        }

        long offset = 0;
        foreach (Tensor tensor in _tensors)
        {
            Text(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            for (int dimension = tensor.Shape.Count - 1; dimension >= 0; dimension--)
                writer.Write((ulong)tensor.Shape[dimension]);
            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += Padded(tensor.Bytes);
        }

        writer.Flush();
        Pad(file);
        foreach (Tensor tensor in _tensors)
        {
            long before = file.Position;
            tensor.Write(file);
            if (file.Position - before != tensor.Bytes)
                throw new InvalidOperationException($"'{tensor.Name}' wrote {file.Position - before} bytes; its type and shape are {tensor.Bytes}.");
            Pad(file);
        }
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream file)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        file.Write(zeros[..(int)(Padded(file.Position) - file.Position)]);
    }

    private sealed record Tensor(string Name, GgmlType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
    {
        public long Bytes { get; } = Type.Bytes(Elements(Shape));

        private static long Elements(IReadOnlyList<long> shape)
        {
            long elements = 1;
            foreach (long dimension in shape)
                elements = checked(elements * dimension);
            return elements;
        }
    }
}
