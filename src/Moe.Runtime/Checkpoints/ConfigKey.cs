namespace Moe.Runtime.Checkpoints;

/// <summary>How a key of config.json is held against the declaration.</summary>
public enum ConfigRule
{
    /// <summary>The file's value must equal the declared one.</summary>
    Equal,

    /// <summary>The file's number may be larger, as a checkpoint's context may be longer than the declared one.</summary>
    AtLeast,

    /// <summary>The family knows the key and it has no influence on what the model computes.</summary>
    Irrelevant,

    /// <summary>The key changes the mathematics in a way that the declaration does not say: any value but the expected one is refused.</summary>
    Refused,

    /// <summary>
    /// Which layers are dense, in the words of the Qwen MoE families: those in <c>mlp_only_layers</c>, and those where
    /// (layer + 1) is no multiple of <c>decoder_sparse_step</c>. The expected value is the list of dense layers.
    /// </summary>
    DenseLayers,

    /// <summary>
    /// Which layers see a window of positions, in the words of the Qwen families: <c>layer_types</c>, or without it a pattern
    /// over <c>max_window_layers</c>, where <c>use_sliding_window</c> and <c>sliding_window</c> give one at all. The expected
    /// value is a list of "sliding_attention" and "full_attention"; the value when absent is an object with the pattern
    /// ("All", "Behind") and the defaults of the other keys.
    /// </summary>
    WindowLayers,

    /// <summary>
    /// Which layers have experts: a list, without it a step (<c>moe_layers</c>, <c>interleave_moe_layer_step</c>), or first, last
    /// and interval (<c>moe_layer_start_index</c>, <c>moe_layer_end_index</c>, <c>moe_layer_interval</c>). The value when absent is an
    /// object with the declared layers ("layers"), their number ("num_hidden_layers") and the defaults of the other keys.
    /// </summary>
    ExpertLayers,
}

/// <summary>A key of config.json that the declaration has something to say about. Values are JSON texts.</summary>
/// <param name="Name">
/// The key; for a member of an object, both with a dot between: <c>attn_config.clip_qkv</c>. Members of <c>rope_scaling</c> are
/// looked for in <c>rope_parameters</c> too, and <c>rope_type</c> under its older name <c>type</c>.
/// </param>
/// <param name="Rule">How it is compared.</param>
/// <param name="Expected">
/// The declared value. For <see cref="ConfigRule.Refused"/>, the one value (besides null) that is harmless, or null if none
/// is; unused for <see cref="ConfigRule.Irrelevant"/>.
/// </param>
/// <param name="WhenAbsent">
/// For <see cref="ConfigRule.Equal"/> and <see cref="ConfigRule.AtLeast"/>: the value that the family means when the key is missing or null.
/// Null: the key is required, unless the declared value is the JSON <c>null</c>.
/// </param>
/// <param name="Reason">What the message adds: why it is refused, or where the declaration says the value.</param>
/// <param name="Also">For <see cref="ConfigRule.Equal"/>: another value that means the declared one.</param>
/// <param name="OtherName">Another key that says the same; either will do.</param>
public readonly record struct ConfigKey(
    string Name,
    ConfigRule Rule,
    string? Expected = null,
    string? WhenAbsent = null,
    string? Reason = null,
    string? Also = null,
    string? OtherName = null);
