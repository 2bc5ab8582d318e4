using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Moe.Generators.Families;

/// <summary>An object of config.json, or the whole file: keys with values as <see cref="ConfigRow"/> names them.</summary>
internal sealed class ConfigSection : Dictionary<string, object?>
{
    /// <summary>An empty one.</summary>
    public ConfigSection()
        : base(StringComparer.Ordinal)
    {
    }
}

/// <summary>Values of config.json as JSON text.</summary>
internal static class ConfigText
{
    /// <summary>The text.</summary>
    public static string Of(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        int integer => integer.ToString(CultureInfo.InvariantCulture),
        long integer => integer.ToString(CultureInfo.InvariantCulture),
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        string text => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"",
        ConfigSection section => "{" + string.Join(", ", section.Select(member => Of(member.Key) + ": " + Of(member.Value))) + "}",
        System.Collections.IEnumerable list => "[" + string.Join(", ", list.Cast<object?>().Select(Of)) + "]",
        _ => throw new ArgumentException($"{value.GetType()} is no value of config.json.", nameof(value)),
    };
}
