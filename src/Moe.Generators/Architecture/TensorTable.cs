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
    private const string Layer = "model.layers.{layer}.";
    private const string Weight = ".weight";
    private const string Bias = "Bias";

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
        .InLayer("ExpertGate", "mlp.experts.{expert}.gate_proj")
        .InLayer("ExpertUp", "mlp.experts.{expert}.up_proj")
        .InLayer("ExpertDown", "mlp.experts.{expert}.down_proj");

    /// <summary>Roles that are listed.</summary>
    public IReadOnlyCollection<string> Roles => _places.Keys;

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

        return new TensorPlace((isExpert ? Layer + "mlp.experts.{expert}." : Layer) + Snake(role) + Weight);
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
