using System;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// The layers with a sliding window, which five keys say together: <c>layer_types</c>, or without it a pattern over
/// <c>max_window_layers</c>; none at all without <c>use_sliding_window</c> and <c>sliding_window</c>, or where the window is
/// as long as <c>max_position_embeddings</c>.
/// </summary>
internal static class WindowLayers
{
    /// <summary>The key that only this rule reads.</summary>
    public const string CountKey = "max_window_layers";

    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    /// <summary>What the message says where the file's layers are not the declared ones; null where they are.</summary>
    public static string? Difference(JsonElement root, ConfigKey key)
    {
        JsonElement absent = JsonValues.Parse(key.Name, key.WhenAbsent);
        JsonElement expected = JsonValues.Parse(key.Name, key.Expected);
        string[] declared = new string[expected.GetArrayLength()];
        for (int layer = 0; layer < declared.Length; layer++)
            declared[layer] = expected[layer].GetString()!;

        string[] file = new string[declared.Length];
        if (root.TryGetProperty(key.Name, out JsonElement list) && list.ValueKind != JsonValueKind.Null)
        {
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() < declared.Length || !list.EnumerateArray().All(IsType))
                return $"{key.Name}: {JsonValues.Text(list)} is not a list of {Sliding} and {Full} for {declared.Length} layers.";
            for (int layer = 0; layer < file.Length; layer++)
                file[layer] = list[layer].GetString()!;
        }
        else
        {
            double first = Number(root, absent, CountKey);
            for (int layer = 0; layer < file.Length; layer++)
                file[layer] = IsSliding(absent.GetProperty("pattern").GetString()!, layer, first) ? Sliding : Full;
        }

        double window = root.TryGetProperty("sliding_window", out JsonElement stated) && stated.ValueKind == JsonValueKind.Null
            ? 0
            : Number(root, absent, "sliding_window");
        if (!IsOn(root, absent) || window <= 0 || window >= Number(root, absent, "max_position_embeddings"))
            Array.Fill(file, Full);
        return file.AsSpan().SequenceEqual(declared)
            ? null
            : $"{key.Name}: the declaration's layers with a window are [{Layers(declared)}], those of the file [{Layers(file)}].";
    }

    private static bool IsType(JsonElement type) => type.ValueKind == JsonValueKind.String && type.GetString() is Sliding or Full;

    private static bool IsOn(JsonElement root, JsonElement absent) => root.TryGetProperty("use_sliding_window", out JsonElement flag)
        && flag.ValueKind is JsonValueKind.True or JsonValueKind.False
        && !absent.GetProperty("use_sliding_window").GetBoolean()
            ? flag.GetBoolean()
            : absent.GetProperty("use_sliding_window").GetBoolean();

    private static double Number(JsonElement root, JsonElement absent, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : absent.GetProperty(name).GetDouble();

    private static bool IsSliding(string pattern, int layer, double maxWindowLayers) => pattern switch
    {
        "All" => true,
        "Behind" => layer >= maxWindowLayers,
        _ => throw new ArgumentException($"'{pattern}' is no pattern of windows.", nameof(pattern)),
    };

    private static string Layers(string[] types) =>
        string.Join(", ", Enumerable.Range(0, types.Length).Where(layer => types[layer] == Sliding));
}
