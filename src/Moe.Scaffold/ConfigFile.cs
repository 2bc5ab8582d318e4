using System;
using System.Linq;
using System.Text.Json;
using Moe.Generators.Families;

namespace Moe.Scaffold;

/// <summary>The text of a config.json as the compiler's own values.</summary>
internal static class ConfigFile
{
    /// <summary>Parses the text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="file">The file that it was read from, for messages.</param>
    /// <exception cref="FormatException">It is not a JSON object.</exception>
    public static ConfigSection Parse(string json, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Value(document.RootElement) as ConfigSection ?? throw new FormatException($"{file}: the file is no JSON object; a model's config.json is one.");
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"{file}: the file is not JSON: {malformed.Message}", malformed);
        }
    }

    private static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var section = new ConfigSection();
                foreach (JsonProperty member in element.EnumerateObject())
                    section[member.Name] = Value(member.Value);
                return section;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Value).ToArray();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return element.TryGetInt64(out long integer) ? (object)integer : element.GetDouble();
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }
}
