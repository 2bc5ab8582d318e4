using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// The dense layers of a Qwen MoE configuration, which two keys say together: <c>mlp_only_layers</c> lists some, and every
/// layer where (layer + 1) is no multiple of <c>decoder_sparse_step</c> is dense too.
/// </summary>
internal static class DenseLayers
{
    /// <summary>The second of the two keys.</summary>
    public const string StepKey = "decoder_sparse_step";

    private const string LayersKey = "num_hidden_layers";

    // No experts at all: every layer is dense.
    private static readonly string[] _countKeys = ["num_experts", "num_local_experts"];

    /// <summary>What the message says where the file's dense layers are not the declared ones; null where they are.</summary>
    public static string? Difference(JsonElement root, ConfigKey key)
    {
        JsonElement declared = JsonValues.Parse(key.Name, key.Expected);
        if (!TryInteger(root, LayersKey, null, out int layers) || layers < 0 || layers > 1_000_000)
            return $"{key.Name}: {LayersKey} is not a number of layers, so that the dense layers cannot be told.";
        if (!TryInteger(root, StepKey, 1, out int step) || step < 1)
            return $"{StepKey}: {JsonValues.Text(root.GetProperty(StepKey))} is not a whole number above zero.";

        var listed = new HashSet<int>();
        if (root.TryGetProperty(key.Name, out JsonElement list) && list.ValueKind != JsonValueKind.Null)
        {
            if (list.ValueKind != JsonValueKind.Array)
                return $"{key.Name}: {JsonValues.Text(list)} is not a list of layers.";
            foreach (JsonElement layer in list.EnumerateArray())
            {
                if (layer.ValueKind != JsonValueKind.Number || !layer.TryGetInt32(out int index))
                    return $"{key.Name}: {JsonValues.Text(list)} is not a list of layers.";
                listed.Add(index);
            }
        }

        bool hasExperts = true;
        foreach (string count in _countKeys)
            hasExperts &= !(TryInteger(root, count, null, out int experts) && experts == 0);

        var dense = new List<int>();
        for (int layer = 0; layer < layers; layer++)
        {
            if (!hasExperts || listed.Contains(layer) || (layer + 1) % step != 0)
                dense.Add(layer);
        }

        var expected = new List<int>();
        foreach (JsonElement layer in declared.EnumerateArray())
            expected.Add(layer.GetInt32());
        return CollectionsMarshal.AsSpan(dense).SequenceEqual(CollectionsMarshal.AsSpan(expected))
            ? null
            : $"{key.Name}: the declaration's dense layers are [{string.Join(", ", expected)}], those of the file [{string.Join(", ", dense)}] ({StepKey} {step}).";
    }

    private static bool TryInteger(JsonElement root, string name, int? whenAbsent, out int value)
    {
        value = whenAbsent ?? 0;
        if (!root.TryGetProperty(name, out JsonElement element) || element.ValueKind == JsonValueKind.Null)
            return whenAbsent is not null;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }
}
