using System;
using System.Text.Json;

namespace Moe.Runtime.Json;

/// <summary>Parses JSON in which every object has each name once, and refuses any other.</summary>
/// <remarks>
/// The parser of System.Text.Json does that on request, and for it draws a key from the operating system's cryptography, which is a
/// library of its own: 10 ms and 6 MB at first use. Here names are hashed first; that parser is asked to look at names only where two
/// hashes are equal, and so what it says stays the same.
/// </remarks>
internal static class UniqueNames
{
    // What the reader allows where nothing else is asked for.
    private const int MostDepth = 64;

    /// <summary>Parses a document.</summary>
    /// <exception cref="JsonException">The text is not JSON, or an object has a name twice.</exception>
    internal static JsonDocument Parse(ReadOnlyMemory<byte> json) =>
        JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = !MayRepeat(json.Span) });

    // Also where the text is malformed: what is wrong first in it is for the parser to say.
    private static bool MayRepeat(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        // The number of the innermost open object, by depth.
        var open = new ulong[MostDepth + 2];
        var hashes = new ulong[256];
        byte[] unescaped = [];
        int names = 0;
        ulong objects = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                    open[reader.CurrentDepth + 1] = ++objects;
                if (reader.TokenType != JsonTokenType.PropertyName)
                    continue;

                ReadOnlySpan<byte> name = reader.ValueSpan;
                if (reader.ValueIsEscaped)
                {
                    if (unescaped.Length < name.Length)
                        unescaped = new byte[name.Length * 2];
                    name = unescaped.AsSpan(0, reader.CopyString(unescaped));
                }

                if (names == hashes.Length)
                    Array.Resize(ref hashes, names * 2);
                hashes[names++] = Hash(name, open[reader.CurrentDepth]);
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return true;
        }

        Array.Sort(hashes, 0, names);
        for (int i = 1; i < names; i++)
        {
            if (hashes[i] == hashes[i - 1])
                return true;
        }

        return false;
    }

    // FNV-1a over the object's number and the name's bytes.
    private static ulong Hash(ReadOnlySpan<byte> name, ulong number)
    {
        ulong hash = (0xCBF2_9CE4_8422_2325 ^ number) * 0x0000_0100_0000_01B3;
        foreach (byte value in name)
            hash = (hash ^ value) * 0x0000_0100_0000_01B3;
        return hash;
    }
}
