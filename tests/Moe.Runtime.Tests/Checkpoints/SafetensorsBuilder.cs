using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>Writes safetensors files, right ones and, through <see cref="Assemble"/>, wrong ones.</summary>
internal sealed class SafetensorsBuilder
{
    private readonly List<string> _entries = [];
    private readonly List<byte> _bytes = [];

    internal SafetensorsBuilder Add(string name, string type, long[] shape, byte[] bytes)
    {
        _entries.Add(Entry(name, type, shape, _bytes.Count, _bytes.Count + bytes.Length));
        _bytes.AddRange(bytes);
        return this;
    }

    internal SafetensorsBuilder Add<T>(string name, string type, long[] shape, params T[] elements)
        where T : unmanaged =>
        Add(name, type, shape, MemoryMarshal.AsBytes(elements.AsSpan()).ToArray());

    internal SafetensorsBuilder Metadata(string key, string value)
    {
        _entries.Insert(0, $$"""
            "__metadata__":{"{{key}}":"{{value}}"}
            """);
        return this;
    }

    internal byte[] Build() => Assemble("{" + string.Join(",", _entries) + "}", [.. _bytes]);

    internal static string Entry(string name, string type, long[] shape, long begin, long end) => $$"""
        "{{name}}":{"dtype":"{{type}}","shape":[{{string.Join(",", shape)}}],"data_offsets":[{{begin}},{{end}}]}
        """;

    /// <summary>A file with any header whatever, padded with spaces to a multiple of 8.</summary>
    internal static byte[] Assemble(string header, byte[] bytes, long? headerLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        json = [.. json, .. Enumerable.Repeat((byte)' ', (8 - json.Length % 8) % 8)];
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, headerLength ?? json.Length);
        return [.. length, .. json, .. bytes];
    }
}
