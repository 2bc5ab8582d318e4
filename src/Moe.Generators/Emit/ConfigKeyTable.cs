using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Emit;

/// <summary>One entry of the emitted table of config.json keys.</summary>
internal sealed record ConfigKeyText(string Code);

/// <summary>
/// What each family's config.json says about an architecture, under the family's own keys and with the values that its
/// configuration class means when a key is missing (transformers 4.57).
/// </summary>
internal static class ConfigKeyTable
{
    /// <summary>The keys of the model's layout.</summary>
    public static IEnumerable<ConfigKeyText> Of(MoeArchitecture architecture) => architecture.Layout switch
    {
        CheckpointLayout.Llama => Common(architecture, "llama", 2048, 1e-6, 10_000).Concat(Attention(architecture, null)).Concat(Llama(architecture)),
        CheckpointLayout.Mixtral => Common(architecture, "mixtral", 131_072, 1e-5, 1_000_000).Concat(Attention(architecture, 8)).Concat(Mixtral(architecture)),
        CheckpointLayout.Qwen3Moe => Common(architecture, "qwen3_moe", 32_768, 1e-6, 10_000).Concat(Attention(architecture, 4)).Concat(Qwen3Moe(architecture)),
        CheckpointLayout.DeepSeekV3 => Common(architecture, "deepseek_v3", 4096, 1e-6, 10_000).Concat(DeepSeekV3(architecture)),
        _ => Native(architecture),
    };

    private static IEnumerable<ConfigKeyText> Common(MoeArchitecture architecture, string type, int context, double epsilon, double rotaryBase)
    {
        BlockArchitecture block = architecture.Blocks[0];
        yield return Equal("model_type", Quote(type), null);
        yield return Equal("vocab_size", architecture.VocabularySize);
        yield return Equal("hidden_size", architecture.HiddenSize);
        yield return Equal("num_hidden_layers", architecture.LayerCount);
        yield return Equal("num_attention_heads", block.Attention.Heads);
        yield return AtLeast("max_position_embeddings", architecture.ContextLength, context);
        yield return Equal("rms_norm_eps", Number(architecture.FinalNorm.Epsilon), Number(epsilon));
        yield return Equal("rope_theta", Number(block.Attention.Rotary?.Base ?? 0), Number(rotaryBase));
        yield return Equal("tie_word_embeddings", Truth(architecture.TiedHead), Truth(false));
    }

    private static IEnumerable<ConfigKeyText> Attention(MoeArchitecture architecture, int? keyValueHeadsWhenAbsent)
    {
        var attention = (MultiHeadAttention)architecture.Blocks[0].Attention;
        yield return Equal("num_key_value_heads", Number(attention.KeyValueHeads), Number(keyValueHeadsWhenAbsent ?? attention.Heads));
        yield return Equal("head_dim", Number(attention.HeadSize), Number(architecture.HiddenSize / attention.Heads));
    }

    private static IEnumerable<ConfigKeyText> Llama(MoeArchitecture architecture)
    {
        ExpertShape shape = Dense(architecture)!.Shape;
        yield return Equal("intermediate_size", shape.IntermediateSize);
        yield return Activation(shape);
        yield return Equal("attention_bias", Truth(((MultiHeadAttention)architecture.Blocks[0].Attention).QueryBias), Truth(false));
        yield return Equal("mlp_bias", Truth(shape.Bias), Truth(false));
    }

    private static IEnumerable<ConfigKeyText> Mixtral(MoeArchitecture architecture)
    {
        ExpertFeedForward experts = Experts(architecture)!;
        yield return Equal("intermediate_size", experts.Routed!.Shape.IntermediateSize);
        yield return Activation(experts.Routed!.Shape);
        yield return Equal("num_local_experts", Number(experts.Experts), Number(8));
        yield return Equal("num_experts_per_tok", Number(experts.Router.Selection.MaxSelected), Number(2));
    }

    private static IEnumerable<ConfigKeyText> Qwen3Moe(MoeArchitecture architecture)
    {
        DenseFeedForward? dense = Dense(architecture);
        ExpertFeedForward? experts = Experts(architecture);
        yield return Equal("attention_bias", Truth(((MultiHeadAttention)architecture.Blocks[0].Attention).QueryBias), Truth(false));
        yield return Activation(experts?.Routed?.Shape ?? dense!.Shape);
        yield return dense is null ? Irrelevant("intermediate_size") : Equal("intermediate_size", dense.Shape.IntermediateSize);
        yield return new ConfigKeyText($"new(\"mlp_only_layers\", ConfigRule.DenseLayers, {CSharp.Text(DenseLayers(architecture))})");
        if (experts is null)
        {
            foreach (string key in new[] { "moe_intermediate_size", "num_experts", "num_experts_per_tok", "norm_topk_prob" })
                yield return Irrelevant(key);
            yield break;
        }

        yield return Equal("moe_intermediate_size", Number(experts.Routed!.Shape.IntermediateSize), Number(768));
        yield return Equal("num_experts", Number(experts.Experts), Number(128));
        yield return Equal("num_experts_per_tok", Number(experts.Router.Selection.MaxSelected), Number(8));
        yield return Equal("norm_topk_prob", Truth(experts.Router.Weights is RenormalisedWeights), Truth(false));
    }

    private static IEnumerable<ConfigKeyText> DeepSeekV3(MoeArchitecture architecture)
    {
        var attention = (LatentAttention)architecture.Blocks[0].Attention;
        DenseFeedForward? dense = Dense(architecture);
        ExpertFeedForward? experts = Experts(architecture);
        yield return Equal("num_key_value_heads", Number(attention.Heads), Number(attention.Heads));
        yield return Irrelevant("head_dim");
        yield return Equal("q_lora_rank", attention.QueryRank == 0 ? "null" : Number(attention.QueryRank), null);
        yield return Equal("kv_lora_rank", Number(attention.KeyValueRank), Number(512));
        yield return Equal("qk_nope_head_dim", Number(attention.HeadSize), Number(128));
        yield return Equal("qk_rope_head_dim", Number(attention.RotarySize), Number(64));
        yield return Equal("qk_head_dim", Number(attention.HeadSize + attention.RotarySize), Number(attention.HeadSize + attention.RotarySize));
        yield return Equal("v_head_dim", Number(attention.ValueHeadSize), Number(128));
        yield return Equal("attention_bias", Truth(attention.OutputBias), Truth(false));
        yield return Equal("rope_interleave", Truth(attention.Rotary?.Layout == RotaryLayout.Interleaved), Truth(true));
        yield return Activation(experts?.Routed?.Shape ?? dense!.Shape);
        int denseLayers = architecture.Layers.Where(range => architecture.Blocks[range.Block].FeedForward is DenseFeedForward).Sum(range => range.Count);
        yield return Equal("first_k_dense_replace", Number(denseLayers), Number(3));
        yield return dense is null ? Irrelevant("intermediate_size") : Equal("intermediate_size", Number(dense.Shape.IntermediateSize), Number(18_432));
        yield return Equal("scoring_func", Quote("sigmoid"), Quote("sigmoid"));
        yield return Equal("topk_method", Quote("noaux_tc"), Quote("noaux_tc"));
        foreach (string key in new[] { "moe_layer_freq", "ep_size", "seq_aux", "aux_loss_alpha" })
            yield return Irrelevant(key);
        if (experts is null)
            yield break;

        var selection = (TopKSelection)experts.Router.Selection;
        yield return Equal("moe_intermediate_size", Number(experts.Routed!.Shape.IntermediateSize), Number(2048));
        yield return Equal("n_routed_experts", Number(experts.Experts), Number(256));
        yield return Equal("n_shared_experts", Number(experts.Shared?.Count ?? 0), Number(1));
        yield return Equal("num_experts_per_tok", Number(selection.TopK), Number(8));
        yield return Equal("n_group", Number(selection.Groups?.Groups ?? 1), Number(8));
        yield return Equal("topk_group", Number(selection.Groups?.KeptGroups ?? 1), Number(4));
        yield return Equal("norm_topk_prob", Truth(experts.Router.Weights is RenormalisedWeights), Truth(true));
        yield return Equal("routed_scaling_factor", Number(experts.Router.Weights.Scale), Number(2.5));
    }

    /// <summary>A native checkpoint needs no config.json; one that is there may say these things and nothing else.</summary>
    private static IEnumerable<ConfigKeyText> Native(MoeArchitecture architecture)
    {
        yield return Irrelevant("model_type");
        yield return Optional("vocab_size", architecture.VocabularySize);
        yield return Optional("hidden_size", architecture.HiddenSize);
        yield return Optional("num_hidden_layers", architecture.LayerCount);
        yield return AtLeast("max_position_embeddings", architecture.ContextLength, architecture.ContextLength);
        yield return Equal("tie_word_embeddings", Truth(architecture.TiedHead), Truth(architecture.TiedHead));
    }

    private static string DenseLayers(MoeArchitecture architecture) => "[" + string.Join(", ", architecture.Layers
        .Where(range => architecture.Blocks[range.Block].FeedForward is DenseFeedForward)
        .SelectMany(range => Enumerable.Range(range.First, range.Count))) + "]";

    private static DenseFeedForward? Dense(MoeArchitecture architecture) =>
        architecture.Blocks.Select(block => block.FeedForward).OfType<DenseFeedForward>().FirstOrDefault();

    private static ExpertFeedForward? Experts(MoeArchitecture architecture) =>
        architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().FirstOrDefault();

    // A function of the author's has no name that a config.json could say.
    private static ConfigKeyText Activation(ExpertShape shape) => shape.Function is not null ? Irrelevant("hidden_act") : Equal(
        "hidden_act",
        Quote(shape.Activation switch
        {
            Moe.Activation.SiLU => "silu",
            Moe.Activation.Gelu => "gelu",
            Moe.Activation.GeluTanh => "gelu_pytorch_tanh",
            Moe.Activation.ReLU => "relu",
            Moe.Activation.Tanh => "tanh",
            Moe.Activation.Sigmoid => "sigmoid",
            Moe.Activation.ReLUSquared => "relu2",
            Moe.Activation.QuickGelu => "quick_gelu",
            _ => "linear",
        }),
        Quote("silu"));

    private static ConfigKeyText Equal(string key, int value) => Equal(key, Number(value), null);

    private static ConfigKeyText Optional(string key, int value) => Equal(key, Number(value), Number(value));

    private static ConfigKeyText Equal(string key, string value, string? whenAbsent) =>
        new($"new({CSharp.Text(key)}, ConfigRule.Equal, {CSharp.Text(value)}{(whenAbsent is null ? "" : ", " + CSharp.Text(whenAbsent))})");

    private static ConfigKeyText AtLeast(string key, int value, int whenAbsent) =>
        new($"new({CSharp.Text(key)}, ConfigRule.AtLeast, {CSharp.Text(Number(value))}, {CSharp.Text(Number(whenAbsent))})");

    private static ConfigKeyText Irrelevant(string key) => new($"new({CSharp.Text(key)}, ConfigRule.Irrelevant)");

    private static string Quote(string text) => "\"" + text + "\"";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Truth(bool value) => value ? "true" : "false";
}
