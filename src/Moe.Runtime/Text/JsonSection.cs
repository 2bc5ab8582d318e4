using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Moe.Runtime.Json;

namespace Moe.Runtime.Text;

/// <summary>A JSON value that knows its file and its path, so that every complaint about it can name both.</summary>
internal readonly struct JsonSection(string file, string path, JsonElement element)
{
    public string File { get; } = file;

    public string Path { get; } = path;

    public JsonElement Element { get; } = element;

    public bool IsNull => Element.ValueKind == JsonValueKind.Null;

    /// <summary>Reads a file that must hold one JSON object, each key once.</summary>
    public static JsonDocument Open(string file, out JsonSection root)
    {
        byte[] bytes;
        try
        {
            bytes = System.IO.File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerException(file, "", "the file does not exist; a folder with a Hugging Face tokenizer.json is needed", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(file, "", "the file cannot be read: " + e.Message, e);
        }

        ReadOnlyMemory<byte> json = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
        JsonDocument document;
        try
        {
            document = UniqueNames.Parse(json);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, e.Path ?? "", "malformed JSON: " + e.Message, e);
        }

        root = new JsonSection(file, "", document.RootElement);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            TokenizerException wrong = root.Wrong("an object");
            document.Dispose();
            throw wrong;
        }

        return document;
    }

    /// <summary>The value of a key, or null when the key is absent or holds null.</summary>
    public JsonSection? Optional(string key)
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Wrong("an object");
        if (!Element.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return new JsonSection(File, Join(key), value);
    }

    public JsonSection Required(string key) =>
        Optional(key) ?? throw Fail($"the key \"{key}\" is missing");

    public string AsString()
    {
        if (Element.ValueKind != JsonValueKind.String)
            throw Wrong("a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Invalid UTF-8, or an escape of half a surrogate pair.
            throw new TokenizerException(File, Path, "the string is not valid Unicode", e);
        }
    }

    public bool AsBool() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    public int AsInt()
    {
        if (Element.ValueKind != JsonValueKind.Number || !Element.TryGetInt32(out int value))
            throw Wrong("a whole number of 32 bits");
        return value;
    }

    public bool Bool(string key, bool absent) => Optional(key)?.AsBool() ?? absent;

    public IEnumerable<JsonSection> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Wrong("an array");
        return Enumerate(this);

        static IEnumerable<JsonSection> Enumerate(JsonSection array)
        {
            int index = 0;
            foreach (JsonElement item in array.Element.EnumerateArray())
                yield return new JsonSection(array.File, $"{array.Path}[{index++}]", item);
        }
    }

    public IEnumerable<(string Key, JsonSection Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Wrong("an object");
        return Enumerate(this);

        static IEnumerable<(string, JsonSection)> Enumerate(JsonSection section)
        {
            foreach (JsonProperty member in section.Element.EnumerateObject())
            {
                string key;
                try
                {
                    key = member.Name;
                }
                catch (InvalidOperationException e)
                {
                    throw new TokenizerException(section.File, section.Path, "a key is not valid Unicode", e);
                }

                yield return (key, new JsonSection(section.File, section.Join(key), member.Value));
            }
        }
    }

    public TokenizerException Fail(string problem) => new(File, Path, problem);

    public TokenizerException Wrong(string expected) =>
        Fail($"expected {expected}, found {Element.ValueKind.ToString().ToLowerInvariant()}");

    private string Join(string key) => Path.Length == 0 ? key : Path + "." + key;
}
