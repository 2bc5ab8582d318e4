using System;

namespace Moe.Generators.Architecture;

/// <summary>
/// What each family calls a weight in its checkpoints. A pattern holds {layer} and {expert} where a number goes, which is
/// also how C# interpolates it.
/// </summary>
internal static class CheckpointNames
{
    /// <summary>The tensor's name for a weight's role in the graph.</summary>
    public static string Pattern(CheckpointLayout layout, string role) => role switch
    {
        "Embedding" => "model.embed_tokens.weight",
        "FinalNorm" => "model.norm.weight",
        "FinalNormBias" => "model.norm.bias",
        "Head" => "lm_head.weight",
        "HeadBias" => "lm_head.bias",
        _ => "model.layers.{layer}." + InLayer(layout, role),
    };

    private static string InLayer(CheckpointLayout layout, string role)
    {
        // The suffix follows from the role: a bias is named like its matrix or norm.
        if (role == "SelectionBias")
            return Experts(layout) + ".gate.e_score_correction_bias";
        if (role == "Sinks")
            return "self_attn.sinks";
        if (role.EndsWith("Bias", StringComparison.Ordinal))
            return Module(layout, role.Substring(0, role.Length - "Bias".Length)) + ".bias";
        return Module(layout, role) + ".weight";
    }

    private static string Module(CheckpointLayout layout, string role) => role switch
    {
        "AttentionNorm" => "input_layernorm",
        "FeedForwardNorm" => "post_attention_layernorm",
        "Query" => "self_attn.q_proj",
        "Key" => "self_attn.k_proj",
        "Value" => "self_attn.v_proj",
        "Output" => "self_attn.o_proj",
        "QueryNorm" => "self_attn.q_norm",
        "KeyNorm" => "self_attn.k_norm",
        "QueryDown" => "self_attn.q_a_proj",
        "QueryDownNorm" => "self_attn.q_a_layernorm",
        "QueryUp" => "self_attn.q_b_proj",
        "KeyValueDown" => "self_attn.kv_a_proj_with_mqa",
        "KeyValueNorm" => "self_attn.kv_a_layernorm",
        "KeyValueUp" => "self_attn.kv_b_proj",
        "Gate" => "mlp.gate_proj",
        "Up" => "mlp.up_proj",
        "Down" => "mlp.down_proj",
        "SharedGate" => "mlp.shared_experts.gate_proj",
        "SharedUp" => "mlp.shared_experts.up_proj",
        "SharedDown" => "mlp.shared_experts.down_proj",
        "Router" => Experts(layout) + ".gate",
        "ExpertGate" => Experts(layout) + ".experts.{expert}." + (layout == CheckpointLayout.Mixtral ? "w1" : "gate_proj"),
        "ExpertUp" => Experts(layout) + ".experts.{expert}." + (layout == CheckpointLayout.Mixtral ? "w3" : "up_proj"),
        "ExpertDown" => Experts(layout) + ".experts.{expert}." + (layout == CheckpointLayout.Mixtral ? "w2" : "down_proj"),
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No checkpoint name is known for this role."),
    };

    private static string Experts(CheckpointLayout layout) => layout == CheckpointLayout.Mixtral ? "block_sparse_moe" : "mlp";
}
