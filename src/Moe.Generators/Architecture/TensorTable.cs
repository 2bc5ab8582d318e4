using System;
using System.Collections.Generic;
using System.Text;

namespace Moe.Generators.Architecture;

/// <summary>
/// What a family calls each weight in its checkpoints, by the weight's role in the graph. A bias that is not listed is named
/// like its matrix or norm, ".bias" for ".weight"; any other role that is not listed lies under its own name.
/// </summary>
internal sealed class TensorTable
{
    /// <summary>Stands before a role whose weight has another name in layers of linear attention.</summary>
    public const string LinearAttention = "Linear:";

    private const string Layer = "model.layers.{layer}.";
    private const string Weight = ".weight";
    private const string Bias = "Bias";

    // Longer ends first.
    private static readonly (string End, string Name)[] _groupEnds =
    [
        ("ExpertOutputBias", "experts.bias"),
        ("ConstantMix", "constant_experts.{expert}.mix"),
        ("ConstantVector", "constant_experts.{expert}.vector"),
        ("ExpertGateLoraA", "experts.{expert}.gate_proj.lora_A.weight"),
        ("ExpertGateLoraB", "experts.{expert}.gate_proj.lora_B.weight"),
        ("ExpertUpLoraA", "experts.{expert}.up_proj.lora_A.weight"),
        ("ExpertUpLoraB", "experts.{expert}.up_proj.lora_B.weight"),
        ("ExpertDownLoraA", "experts.{expert}.down_proj.lora_A.weight"),
        ("ExpertDownLoraB", "experts.{expert}.down_proj.lora_B.weight"),
        ("ExpertGateBias", "experts.{expert}.gate_proj.bias"),
        ("ExpertUpBias", "experts.{expert}.up_proj.bias"),
        ("ExpertDownBias", "experts.{expert}.down_proj.bias"),
        ("ExpertGate", "experts.{expert}.gate_proj.weight"),
        ("ExpertUp", "experts.{expert}.up_proj.weight"),
        ("ExpertDown", "experts.{expert}.down_proj.weight"),
        ("SliceGateBias", "gate_proj.bias"),
        ("SliceUpBias", "up_proj.bias"),
        ("SliceDownBias", "down_proj.bias"),
        ("SliceGate", "gate_proj.weight"),
        ("SliceUp", "up_proj.weight"),
        ("SliceDown", "down_proj.weight"),
        ("GateBias", "gate_proj.bias"),
        ("UpBias", "up_proj.bias"),
        ("DownBias", "down_proj.bias"),
        ("Gate", "gate_proj.weight"),
        ("Up", "up_proj.weight"),
        ("Down", "down_proj.weight"),
    ];

    private readonly Dictionary<string, TensorPlace> _places;

    private TensorTable(Dictionary<string, TensorPlace> places) => _places = places;

    /// <summary>The names that most Hugging Face decoders share.</summary>
    public static TensorTable Usual { get; } = new TensorTable(new Dictionary<string, TensorPlace>(StringComparer.Ordinal))
        .With("Embedding", "model.embed_tokens.weight")
        .With("FinalNorm", "model.norm.weight")
        .With("Head", "lm_head.weight")
        .InLayer("AttentionNorm", "input_layernorm")
        .InLayer("FeedForwardNorm", "post_attention_layernorm")
        .With("Sinks", Layer + "self_attn.sinks")
        .InLayer("Query", "self_attn.q_proj")
        .InLayer("Key", "self_attn.k_proj")
        .InLayer("Value", "self_attn.v_proj")
        .InLayer("Output", "self_attn.o_proj")
        .InLayer("QueryNorm", "self_attn.q_norm")
        .InLayer("KeyNorm", "self_attn.k_norm")
        .InLayer("QueryKeyValue", "self_attn.qkv_proj")
        .InLayer("OutputGate", "self_attn.output_gate")
        .InLayer("HeadsNorm", "self_attn.norm")
        .InLayer("HeadRouter", "self_attn.head_gate")
        .InLayer("AttentionRouter", "self_attn.gate")
        .InLayer("AttentionExpertQuery", "self_attn.experts.{expert}.q_proj")
        .InLayer("AttentionExpertOutput", "self_attn.experts.{expert}.o_proj")
        .With("AttentionExpertOutputBias", Layer + "self_attn.experts.bias")
        .InLayer("QueryDown", "self_attn.q_a_proj")
        .InLayer("QueryDownNorm", "self_attn.q_a_layernorm")
        .InLayer("QueryUp", "self_attn.q_b_proj")
        .InLayer("KeyValueDown", "self_attn.kv_a_proj_with_mqa")
        .InLayer("KeyValueNorm", "self_attn.kv_a_layernorm")
        .InLayer("KeyValueUp", "self_attn.kv_b_proj")
        .InLayer("Gate", "mlp.gate_proj")
        .InLayer("Up", "mlp.up_proj")
        .InLayer("Down", "mlp.down_proj")
        .InLayer("SharedGate", "mlp.shared_experts.gate_proj")
        .InLayer("SharedUp", "mlp.shared_experts.up_proj")
        .InLayer("SharedDown", "mlp.shared_experts.down_proj")
        .InLayer("Router", "mlp.gate")
        .With("SelectionBias", Layer + "mlp.gate.e_score_correction_bias")
        .InLayer("RouterUp", "mlp.gate_up")
        .InLayer("RouterDown", "mlp.gate_down")
        .InLayer("RouterResidual", "mlp.gate_residual")
        .InLayer("RouterCellInput", "mlp.gate_cell.input")
        .InLayer("RouterCellState", "mlp.gate_cell.state")
        .InLayer("RouterNodes", "mlp.gate_nodes")
        .InLayer("RouterLeaves", "mlp.gate_leaves")
        .InLayer("RouterCodes", "mlp.gate_codes")
        .InLayer("RouterMix", "mlp.gate_mix")
        .With("RouterVectors", Layer + "mlp.gate.vectors")
        .With("RouterTemperature", Layer + "mlp.gate.temperature")
        .With("RouterTable", Layer + "mlp.gate.table")
        .With("Calibration", Layer + "mlp.gate.calibration")
        .InLayer("DispatchDown", "mlp.dispatch_down")
        .InLayer("DispatchUp", "mlp.dispatch_up")
        .InLayer("SharedSwitch", "mlp.shared_expert_gate")
        .InLayer("SharedMix", "mlp.shared_mix")
        .InLayer("ExpertGate", "mlp.experts.{expert}.gate_proj")
        .InLayer("ExpertUp", "mlp.experts.{expert}.up_proj")
        .InLayer("ExpertDown", "mlp.experts.{expert}.down_proj");

    /// <summary>Whether the role is listed.</summary>
    public bool Has(string role) => _places.ContainsKey(role);

    /// <summary>The table with another name for a role.</summary>
    public TensorTable With(string role, string pattern) => With(role, new TensorPlace(pattern));

    /// <summary>The table with another place for a role.</summary>
    public TensorTable With(string role, TensorPlace place) =>
        new(new Dictionary<string, TensorPlace>(_places, StringComparer.Ordinal) { [role] = place });

    /// <summary>The table with another module of the layer for a role: its tensor is the module's weight.</summary>
    public TensorTable InLayer(string role, string module) => With(role, Layer + module + Weight);

    /// <summary>The table with one tensor for several roles.</summary>
    public TensorTable Fused(TensorPlace place)
    {
        TensorTable table = this;
        foreach (string role in place.Roles)
            table = table.With(role, place);
        return table;
    }

    /// <summary>Where the weight of a role lies.</summary>
    /// <param name="role">The role.</param>
    /// <param name="isExpert">Each expert has one.</param>
    public TensorPlace Of(string role, bool isExpert)
    {
        if (_places.TryGetValue(role, out TensorPlace? place))
            return place;
        if (role.EndsWith(Bias, StringComparison.Ordinal)
            && _places.TryGetValue(role.Substring(0, role.Length - Bias.Length), out TensorPlace? weight)
            && weight.Pattern.EndsWith(Weight, StringComparison.Ordinal))
        {
            return Biased(weight);
        }

        return OfGroup(role) ?? new TensorPlace((isExpert ? Layer + "mlp.experts.{expert}." : Layer) + Snake(role) + Weight);
    }

    // Weights of one of several groups of experts: the group's name stands before the role.
    private static TensorPlace? OfGroup(string role)
    {
        foreach ((string end, string name) in _groupEnds)
        {
            if (!role.EndsWith(end, StringComparison.Ordinal))
                continue;
            string group = role.Substring(0, role.Length - end.Length);
            return new TensorPlace(Layer + "mlp." + (group.Length == 0 ? "" : char.ToLowerInvariant(group[0]) + group.Substring(1) + ".") + name);
        }

        return null;
    }

    // The biases of fused matrices are fused alike.
    private static TensorPlace Biased(TensorPlace weight)
    {
        var roles = System.Collections.Immutable.ImmutableArray.CreateBuilder<string>();
        foreach (string role in weight.Roles)
            roles.Add(role + Bias);
        return weight with
        {
            Pattern = weight.Pattern.Substring(0, weight.Pattern.Length - Weight.Length) + ".bias",
            Roles = roles.ToImmutable(),
            Transposed = false,
        };
    }

    private static string Snake(string role)
    {
        var text = new StringBuilder();
        foreach (char letter in role)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
