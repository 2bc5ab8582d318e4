using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>Holds config.json against what a declaration says about its keys.</summary>
public static class ConfigCheck
{
    private const string OfKeys = "differences";

    private const string RotaryScaling = "rope_scaling";
    private const string RotaryParameters = "rope_parameters";

    private static readonly string[] RotaryObjects = [RotaryParameters, RotaryScaling];

    /// <summary>Checks every key of config.json. A key is, in this order:</summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item>listed by the declaration, and compared by its rule (a listed <c>rope_theta</c> or
    /// <c>partial_rotary_factor</c> is looked for inside <c>rope_parameters</c> and <c>rope_scaling</c> too);</item>
    /// <item>null, which says nothing;</item>
    /// <item>known to have no influence on any model (where the file comes from, training, generation defaults);</item>
    /// <item>known to change the mathematics (<c>rope_scaling</c>, <c>sliding_window</c>, <c>quantization_config</c> and the
    /// like) and refused by name, unless its value is one that changes nothing;</item>
    /// <item>unknown, which is an error.</item>
    /// </list>
    /// Where the file has a <c>text_config</c> (a model of text and images), the keys are those of that object.
    /// </remarks>
    /// <param name="path">The file config.json.</param>
    /// <param name="keys">What the declaration lists, every key once.</param>
    /// <exception cref="CheckpointException">The file is missing or malformed, or differs: all differences in one exception.</exception>
    /// <exception cref="ArgumentException">A declared value is not JSON, or a key is listed twice.</exception>
    public static void Verify(string path, params ReadOnlySpan<ConfigKey> keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using JsonDocument document = CheckpointFile.ReadJson(path);
        JsonElement root = TextConfig.Of(document.RootElement);
        var problems = new ProblemList(path);
        var listed = new HashSet<string>();
        foreach (ConfigKey key in keys)
        {
            if (key.Rule == ConfigRule.DenseLayers)
                listed.Add(DenseLayers.StepKey);
            if (key.Rule == ConfigRule.WindowLayers)
                listed.Add(WindowLayers.CountKey);
            if (key.Rule == ConfigRule.ExpertLayers)
                listed.UnionWith(ExpertLayers.OtherKeys(key));
            if (key.OtherName is not null)
                listed.Add(key.OtherName);
            if (!listed.Add(key.Name))
                throw new ArgumentException($"The key '{key.Name}' is listed twice.", nameof(keys));
            CheckListed(root, key, problems);
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!listed.Contains(property.Name))
                CheckUnlisted(root, property, listed, problems);
        }

        if (TextConfig.IsWrapped(document.RootElement))
            CheckWrapper(document.RootElement, problems);
        problems.ThrowIfAny();
    }

    // Around the text model, only what is known to reach into it: quantised weights, above all.
    private static void CheckWrapper(JsonElement wrapper, ProblemList problems)
    {
        foreach (JsonProperty property in wrapper.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Null && MathematicsKeys.TryJudge(wrapper, property, out string? problem) && problem is not null)
                problems.Add(OfKeys, problem);
        }
    }

    private static void CheckListed(JsonElement root, ConfigKey key, ProblemList problems)
    {
        if (key.Rule == ConfigRule.Irrelevant)
            return;
        if (key.Rule is ConfigRule.DenseLayers or ConfigRule.WindowLayers or ConfigRule.ExpertLayers)
        {
            string? layers = key.Rule switch
            {
                ConfigRule.DenseLayers => DenseLayers.Difference(root, key),
                ConfigRule.WindowLayers => WindowLayers.Difference(root, key),
                _ => ExpertLayers.Difference(root, key),
            };
            if (layers is not null)
                problems.Add(OfKeys, layers);
            return;
        }

        bool isFound = false;
        foreach ((string place, JsonElement value) in Found(root, key))
        {
            // Null where the declaration says null, and what the family means by a missing key otherwise.
            if (value.ValueKind == JsonValueKind.Null)
            {
                isFound |= key.Expected == "null";
                continue;
            }

            isFound = true;
            if (Difference(place, value, key) is { } difference)
                problems.Add(OfKeys, difference);
        }

        if (!isFound && key.Rule != ConfigRule.Refused && DifferenceWhenAbsent(key) is { } absent)
            problems.Add(OfKeys, absent);
    }

    private readonly record struct Said(string Place, JsonElement Value);

    private static List<Said> Found(JsonElement root, ConfigKey key)
    {
        var found = new List<Said>();
        AddValues(root, key.Name, found);
        if (key.OtherName is not null)
            AddValues(root, key.OtherName, found);
        return found;
    }

    /// <summary>Every place where the file says the key, with its value.</summary>
    private static void AddValues(JsonElement root, string name, List<Said> found)
    {
        foreach ((string section, string member) in Places(name))
        {
            JsonElement holder = root;
            if (section.Length > 0 && (!root.TryGetProperty(section, out holder) || holder.ValueKind != JsonValueKind.Object))
                continue;
            if (holder.TryGetProperty(member, out JsonElement value))
                found.Add(new Said(section.Length == 0 ? member : $"{section}.{member}", value));
        }
    }

    // Section (or nothing) and member.
    private static IEnumerable<(string Section, string Member)> Places(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string section = dot < 0 ? "" : name[..dot];
        string member = name[(dot + 1)..];
        yield return (section, member);
        if (section.Length == 0 && MathematicsKeys.IsRotaryMember(name))
        {
            foreach (string rotary in RotaryObjects)
                yield return (rotary, member);
        }
        else if (section == RotaryScaling)
        {
            yield return (RotaryParameters, member);
            if (member == "rope_type")
            {
                yield return (RotaryScaling, "type");
                yield return (RotaryParameters, "type");
            }
        }
    }

    private static string? Difference(string place, JsonElement value, ConfigKey key)
    {
        switch (key.Rule)
        {
            case ConfigRule.Equal:
                JsonElement declared = JsonValues.Parse(key.Name, key.Expected);
                return JsonValues.AreEqual(value, declared) || (key.Also is not null && JsonValues.AreEqual(value, JsonValues.Parse(key.Name, key.Also)))
                    ? null
                    : $"{place}: the declaration says {JsonValues.Text(declared)}, the file {JsonValues.Text(value)}.{Reason(key)}";
            case ConfigRule.AtLeast:
                JsonElement least = JsonValues.Parse(key.Name, key.Expected);
                return IsAtLeast(value, least)
                    ? null
                    : $"{place}: the declaration needs at least {JsonValues.Text(least)}, the file says {JsonValues.Text(value)}.{Reason(key)}";
            default:
                bool isHarmless = key.Expected is not null && JsonValues.AreEqual(value, JsonValues.Parse(key.Name, key.Expected));
                return isHarmless ? null : $"{place}: {JsonValues.Text(value)} is refused: {key.Reason ?? "the declaration does not say it"}.";
        }
    }

    private static string? DifferenceWhenAbsent(ConfigKey key)
    {
        JsonElement declared = JsonValues.Parse(key.Name, key.Expected);
        if (key.WhenAbsent is null)
        {
            return declared.ValueKind == JsonValueKind.Null
                ? null
                : $"{key.Name}: the declaration says {JsonValues.Text(declared)}, the file does not say it.{Reason(key)}";
        }

        JsonElement meant = JsonValues.Parse(key.Name, key.WhenAbsent);
        bool agrees = key.Rule == ConfigRule.Equal ? JsonValues.AreEqual(meant, declared) : IsAtLeast(meant, declared);
        return agrees
            ? null
            : $"{key.Name}: the declaration says {JsonValues.Text(declared)}, the file does not say it, which means {JsonValues.Text(meant)}.{Reason(key)}";
    }

    private static void CheckUnlisted(JsonElement root, JsonProperty property, HashSet<string> listed, ProblemList problems)
    {
        if (property.Value.ValueKind == JsonValueKind.Null || IrrelevantKeys.Contains(property.Name))
            return;

        if (property.Value.ValueKind == JsonValueKind.Object && listed.Any(key => IsMemberOf(key, property.Name)))
        {
            foreach (JsonProperty member in property.Value.EnumerateObject())
                CheckUnlistedMember(property.Name, member, listed, problems);
            return;
        }

        if (!MathematicsKeys.TryJudge(root, property, out string? problem))
            problem = $"{property.Name}: {JsonValues.Text(property.Value)} is unknown, so that what it does to the model is too; it must be declared, null, or left out.";
        if (problem is not null)
            problems.Add(OfKeys, problem);

        if (property.Name is RotaryParameters or RotaryScaling && property.Value.ValueKind == JsonValueKind.Object)
            CheckUnlistedRotary(property, listed, problems);
    }

    // Of an object that the declaration lists members of, every other member.
    private static void CheckUnlistedMember(string section, JsonProperty member, HashSet<string> listed, ProblemList problems)
    {
        bool isKnown = member.Value.ValueKind == JsonValueKind.Null
            || IrrelevantKeys.Contains(member.Name)
            || (RotaryObjects.Contains(section) && IsWholeRotation(member))
            || listed.Any(key => Places(key).Contains((section, member.Name)));
        if (!isKnown)
            problems.Add(OfKeys, $"{section}.{member.Name}: {JsonValues.Text(member.Value)} is unknown, so that what it does to the model is too; it must be declared, null, or left out.");
    }

    private static bool IsMemberOf(string key, string section) =>
        key.Contains('.', StringComparison.Ordinal) && Places(key).Any(place => place.Section == section);

    // A base or a partial rotation inside the rotary object that no listed key was compared with.
    private static void CheckUnlistedRotary(JsonProperty rotary, HashSet<string> listed, ProblemList problems)
    {
        foreach (JsonProperty member in rotary.Value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null || !MathematicsKeys.IsRotaryMember(member.Name) || listed.Contains(member.Name))
                continue;
            if (!IsWholeRotation(member))
                problems.Add(OfKeys, $"{rotary.Name}.{member.Name}: {JsonValues.Text(member.Value)} is refused: the declaration does not say it.");
        }
    }

    private static bool IsWholeRotation(JsonProperty member) =>
        member.Name == "partial_rotary_factor" && JsonValues.AreEqual(member.Value, JsonValues.Parse(member.Name, "1"));

    private static bool IsAtLeast(JsonElement value, JsonElement least) =>
        value.ValueKind == JsonValueKind.Number && least.ValueKind == JsonValueKind.Number && value.GetDouble() >= least.GetDouble();

    private static string Reason(ConfigKey key) => key.Reason is null ? "" : $" {key.Reason}";
}
