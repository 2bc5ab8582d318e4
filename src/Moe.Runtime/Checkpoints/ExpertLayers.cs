using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// The layers with experts, which several keys say together: a list (<c>moe_layers</c>), without it a step (Llama 4); or
/// first, last and interval (ERNIE 4.5).
/// </summary>
internal static class ExpertLayers
{
    private const string LayersMember = "layers";
    private const string CountMember = "num_hidden_layers";
    private const string StepKey = "interleave_moe_layer_step";
    private const string StartKey = "moe_layer_start_index";
    private const string EndKey = "moe_layer_end_index";
    private const string IntervalKey = "moe_layer_interval";

    /// <summary>The keys that a rule reads besides the one it is named by.</summary>
    public static IEnumerable<string> OtherKeys(ConfigKey key) => JsonValues.Parse(key.Name, key.WhenAbsent)
        .EnumerateObject()
        .Select(member => member.Name)
        .Where(name => name is not (LayersMember or CountMember) && name != key.Name);

    /// <summary>What the message says where the file's layers are not the declared ones; null where they are.</summary>
    public static string? Difference(JsonElement root, ConfigKey key)
    {
        JsonElement absent = JsonValues.Parse(key.Name, key.WhenAbsent);
        int layers = absent.GetProperty(CountMember).GetInt32();
        int[] declared = absent.GetProperty(LayersMember).EnumerateArray().Select(layer => layer.GetInt32()).ToArray();
        IEnumerable<int>? file;
        if (!absent.TryGetProperty(StepKey, out _))
            file = Span(root, absent, layers);
        else if (root.TryGetProperty(key.Name, out JsonElement list) && list.ValueKind != JsonValueKind.Null)
            file = Listed(list);
        else
            file = Every(root, absent, layers);
        if (file is null)
            return $"{key.Name}: the file's keys do not say which layers have experts.";
        int[] found = file.Where(layer => layer < layers).Order().ToArray();
        return found.SequenceEqual(declared)
            ? null
            : $"{key.Name}: the declaration's layers with experts are [{string.Join(", ", declared)}], those of the file [{string.Join(", ", found)}].";
    }

    private static IEnumerable<int>? Listed(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? list.EnumerateArray().Select(item => item.GetInt32()).Distinct()
            : null;

    private static IEnumerable<int>? Every(JsonElement root, JsonElement absent, int layers) =>
        TryInteger(root, absent, StepKey, out int step) && step > 0 ? Enumerable.Range(0, layers).Where(layer => (layer + 1) % step == 0) : null;

    // Both ends count; -1 is the last layer.
    private static IEnumerable<int>? Span(JsonElement root, JsonElement absent, int layers) =>
        TryInteger(root, absent, StartKey, out int start) && TryInteger(root, absent, EndKey, out int end) && TryInteger(root, absent, IntervalKey, out int interval) && interval > 0
            ? Enumerable.Range(0, layers).Where(layer => (layer + 1) % interval == 0 && layer >= start && layer <= (end == -1 ? layers - 1 : end))
            : null;

    private static bool TryInteger(JsonElement root, JsonElement absent, string name, out int value) =>
        root.TryGetProperty(name, out JsonElement stated) && stated.ValueKind != JsonValueKind.Null
            ? Integer(stated, out value)
            : Integer(absent.GetProperty(name), out value);

    private static bool Integer(JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
