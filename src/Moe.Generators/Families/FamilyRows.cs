using System.Collections.Generic;

namespace Moe.Generators.Families;

/// <summary>Keys that several families share.</summary>
internal static class FamilyRows
{
    /// <summary>Family, sizes, norm, rotation, head.</summary>
    public static IEnumerable<ConfigRow> Model(FamilyView model, string type, ModelDefaults absent)
    {
        yield return ConfigRow.Required("model_type", type);
        yield return ConfigRow.Usual("vocab_size", model.Model.VocabularySize, absent.Vocabulary);
        yield return ConfigRow.Usual("hidden_size", model.HiddenSize, absent.Hidden);
        yield return ConfigRow.Usual("num_hidden_layers", model.Layers, absent.Layers);
        yield return ConfigRow.Usual("num_attention_heads", model.Heads, absent.Heads);
        yield return ConfigRow.AtLeast("max_position_embeddings", model.Model.ContextLength, absent.Context);
        yield return ConfigRow.Usual("rms_norm_eps", model.Model.FinalNorm.Epsilon, absent.Epsilon);
        foreach (ConfigRow row in RotaryConfig.Rows(model, absent))
            yield return row;
        yield return ConfigRow.Usual("tie_word_embeddings", model.Model.TiedHead, absent.Tied);
    }

    /// <summary>Grouped-query attention.</summary>
    public static IEnumerable<ConfigRow> Heads(FamilyView model, ModelDefaults absent, bool hasHeadSize = true)
    {
        yield return ConfigRow.Usual("num_key_value_heads", model.Attention.KeyValueHeads, absent.KeyValueHeads == 0 ? model.Heads : absent.KeyValueHeads);
        if (hasHeadSize)
            yield return ConfigRow.Usual("head_dim", model.Attention.HeadSize, absent.HeadSize == 0 ? model.HiddenSize / model.Heads : absent.HeadSize);
    }

    /// <summary>Latent attention (DeepSeek-V2 and V3).</summary>
    public static IEnumerable<ConfigRow> Latent(FamilyView model)
    {
        yield return ConfigRow.Usual("num_key_value_heads", model.Latent.Heads, model.Latent.Heads);
        yield return ConfigRow.Irrelevant("head_dim");
        yield return model.Latent.QueryRank == 0 ? ConfigRow.Usual("q_lora_rank", null, null) : ConfigRow.Required("q_lora_rank", model.Latent.QueryRank);
        yield return ConfigRow.Usual("kv_lora_rank", model.Latent.KeyValueRank, 512);
        yield return ConfigRow.Usual("qk_nope_head_dim", model.Latent.HeadSize, 128);
        yield return ConfigRow.Usual("qk_rope_head_dim", model.Latent.RotarySize, 64);
        yield return ConfigRow.Usual("qk_head_dim", model.Latent.HeadSize + model.Latent.RotarySize, model.Latent.HeadSize + model.Latent.RotarySize);
        yield return ConfigRow.Usual("v_head_dim", model.Latent.ValueHeadSize, 128);
        yield return ConfigRow.Usual("attention_bias", model.Latent.OutputBias, false);
    }

    /// <summary>A window over positions, the same in all layers; a file without one, or with one as long as the context, has none.</summary>
    public static ConfigRow Window(FamilyView model) => model.Attention.Reach is { IsChunked: false } reach
        ? ConfigRow.Required("sliding_window", reach.Positions)
        : ConfigRow.AtLeast("sliding_window", model.Model.ContextLength, model.Model.ContextLength);

    /// <summary>The activation.</summary>
    public static ConfigRow Activation(FamilyView model, string key = "hidden_act") => ConfigRow.Usual(key, model.ActivationName, "silu") with
    {
        // Two names of one function.
        Also = model.ActivationName switch { "silu" => "swish", "gelu_pytorch_tanh" => "gelu_new", _ => null },
    };

    /// <summary>A key that says something only where the model has dense layers.</summary>
    public static ConfigRow IfDense(FamilyView model, string key, int whenAbsent) =>
        model.Dense is { } dense ? ConfigRow.Usual(key, dense.IntermediateSize, whenAbsent) : ConfigRow.Irrelevant(key);
}
