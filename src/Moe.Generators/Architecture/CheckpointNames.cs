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

    /// <summary>The name of a tensor that the model has once although its role belongs to a layer: a shared cell, a router of all layers.</summary>
    public static string PatternOfModel(CheckpointLayout layout, string role) => Pattern(layout, role).Replace("layers.{layer}.", "");

    private static string InLayer(CheckpointLayout layout, string role)
    {
        // The suffix follows from the role: a bias is named like its matrix or norm; numbers that are no map have none.
        if (Plain(layout, role) is { } plain)
            return plain;
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
        "RouterUp" => Experts(layout) + ".gate_up",
        "RouterDown" => Experts(layout) + ".gate_down",
        "RouterResidual" => Experts(layout) + ".gate_residual",
        "RouterCellInput" => Experts(layout) + ".gate_cell.input",
        "RouterCellState" => Experts(layout) + ".gate_cell.state",
        "RouterNodes" => Experts(layout) + ".gate_nodes",
        "RouterLeaves" => Experts(layout) + ".gate_leaves",
        "RouterCodes" => Experts(layout) + ".gate_codes",
        "RouterMix" => Experts(layout) + ".gate_mix",
        "DispatchDown" => Experts(layout) + ".dispatch_down",
        "DispatchUp" => Experts(layout) + ".dispatch_up",
        "SharedSwitch" => "mlp.shared_expert_gate",
        "SharedMix" => "mlp.shared_mix",
        _ => OfGroup(layout, role) ?? throw new ArgumentOutOfRangeException(nameof(role), role, "No checkpoint name is known for this role."),
    };

    private static string? Plain(CheckpointLayout layout, string role) => role switch
    {
        "RouterVectors" => Experts(layout) + ".gate.vectors",
        "RouterTemperature" => Experts(layout) + ".gate.temperature",
        "RouterTable" => Experts(layout) + ".gate.table",
        "Calibration" => Experts(layout) + ".gate.calibration",
        _ when role.EndsWith("ConstantMix", StringComparison.Ordinal) => Group(layout, role, "ConstantMix") + "constant_experts.{expert}.mix",
        _ when role.EndsWith("ConstantVector", StringComparison.Ordinal) => Group(layout, role, "ConstantVector") + "constant_experts.{expert}.vector",
        _ => null,
    };

    /// <summary>Weights of one of several groups of experts: the group's name stands before the role.</summary>
    private static string? OfGroup(CheckpointLayout layout, string role)
    {
        foreach ((string projection, string name) in _projections)
        {
            foreach ((string suffix, string end) in new[] { ("LoraA", ".lora_A"), ("LoraB", ".lora_B"), ("", "") })
            {
                string expert = "Expert" + projection + suffix;
                if (role.EndsWith(expert, StringComparison.Ordinal))
                    return Group(layout, role, expert) + "experts.{expert}." + name + end;
            }

            if (role.EndsWith(projection, StringComparison.Ordinal))
                return Group(layout, role, projection) + name;
        }

        return null;
    }

    private static readonly (string Role, string Name)[] _projections = [("Gate", "gate_proj"), ("Up", "up_proj"), ("Down", "down_proj")];

    private static string Group(CheckpointLayout layout, string role, string end)
    {
        string name = role.Substring(0, role.Length - end.Length);
        return Experts(layout) + "." + (name.Length == 0 ? "" : char.ToLowerInvariant(name[0]) + name.Substring(1) + ".");
    }

    private static string Experts(CheckpointLayout layout) => layout == CheckpointLayout.Mixtral ? "block_sparse_moe" : "mlp";
}
