namespace Moe.Generators.Families;

/// <summary>How a key of config.json is held against the declaration: the runtime's ConfigRule of the same name.</summary>
internal enum ConfigRowRule
{
    Equal,
    AtLeast,
    Irrelevant,
    Refused,
    DenseLayers,
    WindowLayers,
    ExpertLayers,

    /// <summary>Not compared: it says what the architecture itself cannot, so that a family can read it back.</summary>
    Remark,
}

/// <summary>
/// What a family's config.json says about an architecture under one key. Values are null, bool, long, double, string, a list
/// of those, or a <see cref="ConfigSection"/>.
/// </summary>
/// <param name="Key">The key; members of an object after a dot: "attn_config.clip_qkv".</param>
/// <param name="Rule">How it is compared.</param>
/// <param name="Value">The declared value.</param>
/// <param name="WhenAbsent">The value that the configuration class means when the key is missing.</param>
/// <param name="IsRequired">The key must be there; <paramref name="WhenAbsent"/> means nothing.</param>
/// <param name="Reason">What a message adds.</param>
/// <param name="Also">Another value that means the declared one, or null.</param>
/// <param name="OtherName">Another key that says the same, or null.</param>
internal sealed record ConfigRow(
    string Key, ConfigRowRule Rule, object? Value, object? WhenAbsent, bool IsRequired, string? Reason = null, object? Also = null, string? OtherName = null)
{
    /// <summary>A key that every file of the family has.</summary>
    public static ConfigRow Required(string key, object? value) => new(key, ConfigRowRule.Equal, value, null, true);

    /// <summary>A key with the value that its absence means.</summary>
    public static ConfigRow Usual(string key, object? value, object? whenAbsent) => new(key, ConfigRowRule.Equal, value, whenAbsent, false);

    /// <summary>A key that the family knows and that no output depends on.</summary>
    public static ConfigRow Irrelevant(string key) => new(key, ConfigRowRule.Irrelevant, null, null, false);

    /// <summary>A key that must be absent, null or <paramref name="harmless"/>.</summary>
    public static ConfigRow Refused(string key, object? harmless, string reason) => new(key, ConfigRowRule.Refused, harmless, null, false, reason);

    /// <summary>A number of which the file may say more.</summary>
    public static ConfigRow AtLeast(string key, int value, int whenAbsent) => new(key, ConfigRowRule.AtLeast, value, whenAbsent, false);
}
