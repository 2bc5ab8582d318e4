using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Keys of config.json that change what a model computes. Where the declaration does not list them, only the values
/// that change nothing are let through.
/// </summary>
internal static class MathematicsKeys
{
    private const string Scaling = "the rotary positions are scaled, and the declaration has unscaled ones";
    private const string Window = "attention sees a window of the context, and the declaration's sees all of it";
    private const string Capping = "logits are capped with a hyperbolic tangent, which the declaration does not say";
    private const string Multiplier = "activations are multiplied by a constant that the declaration does not have";

    // Key → the harmless values besides null, and what any other value does.
    private static readonly Dictionary<string, Judgement> Table = new()
    {
        ["use_sliding_window"] = new(["false"], Window),
        ["attention_chunk_size"] = new([], "attention is cut into chunks, and the declaration's sees the whole context"),
        ["quantization_config"] = new([], "the weights are quantised; use the checkpoint in BF16, F16 or F32"),
        ["compression_config"] = new([], "the weights are compressed; use the checkpoint in BF16, F16 or F32"),
        ["num_nextn_predict_layers"] = new(["0"], "the checkpoint has further layers that predict several tokens, which the declaration does not have"),
        ["attn_logit_softcapping"] = new([], Capping),
        ["final_logit_softcapping"] = new([], Capping),
        ["router_logit_softcapping"] = new([], Capping),
        ["query_pre_attn_scalar"] = new([], "attention scores are scaled by another number than 1/√(head size)"),
        ["attention_multiplier"] = new([], "attention scores are scaled by another number than 1/√(head size)"),
        ["embedding_multiplier"] = new(["1"], Multiplier),
        ["residual_multiplier"] = new(["1"], Multiplier),
        ["logits_scaling"] = new(["1"], Multiplier),
        ["logit_scale"] = new(["1"], Multiplier),
        ["clip_qkv"] = new([], "queries, keys and values are clipped, which the declaration does not say"),
        ["partial_rotary_factor"] = new(["1"], "only a part of each head is rotated, and the declaration rotates all of it"),
        ["alibi"] = new(["false"], "positions are biases of attention, and the declaration's are rotary"),
        ["attention_bias"] = new(["false"], "the attention projections have biases, which the declaration does not have"),
        ["mlp_bias"] = new(["false"], "the feed-forward projections have biases, which the declaration does not have"),
        ["is_encoder_decoder"] = new(["false"], "it is an encoder and a decoder, and the declaration is a decoder"),
        ["add_cross_attention"] = new(["false"], "it attends to an encoder, and the declaration has none"),
        ["pruned_heads"] = new(["{}", "[]"], "attention heads have been removed"),
    };

    private readonly record struct Judgement(string[] Harmless, string Effect);

    /// <summary>Judges a key that the declaration does not list and whose value is not null.</summary>
    /// <param name="root">The whole of config.json.</param>
    /// <param name="property">The key and its value.</param>
    /// <param name="problem">What is wrong, or null if the value changes nothing.</param>
    /// <returns>False if the key is not one of these.</returns>
    internal static bool TryJudge(JsonElement root, JsonProperty property, out string? problem)
    {
        JsonElement value = property.Value;
        string? effect;
        switch (property.Name)
        {
            case "rope_scaling" or "rope_parameters":
                effect = IsUnscaled(value) ? null : Scaling;
                break;
            case "sliding_window":
                effect = root.TryGetProperty("use_sliding_window", out JsonElement use) && use.ValueKind == JsonValueKind.False ? null : Window;
                break;
            case "layer_types":
                effect = IsFullAttention(value) ? null : "not every layer has full attention, and the declaration's layers have";
                break;
            default:
                if (!Table.TryGetValue(property.Name, out Judgement row))
                {
                    problem = null;
                    return false;
                }

                effect = row.Harmless.Any(harmless => JsonValues.AreEqual(value, JsonValues.Parse(property.Name, harmless))) ? null : row.Effect;
                break;
        }

        problem = effect is null ? null : $"{property.Name}: {JsonValues.Text(value)} is refused: {effect}.";
        return true;
    }

    /// <summary>
    /// The members of the rotary objects that <see cref="ConfigCheck"/> compares with a declared key of the same name.
    /// </summary>
    internal static bool IsRotaryMember(string name) => name is "rope_theta" or "partial_rotary_factor";

    // {"rope_type": "default", "rope_theta": 10000.0}: newer releases keep the base in the same object; older ones
    // spell the type "type". Whatever else such an object says (factor, mrope_section, a set for each layer type)
    // means something.
    private static bool IsUnscaled(JsonElement rotary)
    {
        if (rotary.ValueKind != JsonValueKind.Object)
            return false;
        foreach (JsonProperty member in rotary.EnumerateObject())
        {
            bool isHarmless = member.Value.ValueKind == JsonValueKind.Null
                || IsRotaryMember(member.Name)
                || (member.Name is "rope_type" or "type" && member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("default"));
            if (!isHarmless)
                return false;
        }

        return true;
    }

    private static bool IsFullAttention(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array
        && types.EnumerateArray().All(type => type.ValueKind == JsonValueKind.String && type.ValueEquals("full_attention"));
}
