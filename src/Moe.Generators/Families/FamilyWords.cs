using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Words that several families share.</summary>
internal static class FamilyWords
{
    /// <summary>The model's own words.</summary>
    /// <param name="config">The file.</param>
    /// <param name="layout">The family.</param>
    /// <param name="absent">What its configuration class assumes.</param>
    /// <param name="rotary">The rotation, where it is not the usual one.</param>
    /// <param name="norm">The norm, where it is not RMSNorm.</param>
    /// <param name="headBias">The head has a bias.</param>
    public static WordText[] Model(
        ConfigReader config, CheckpointLayout layout, ModelDefaults absent, WordText? rotary = null, WordText? norm = null, bool headBias = false) =>
    [
        new WordText(Words.MoeModel)
            .With("VocabularySize", config.Integer("vocab_size", absent.Vocabulary))
            .With("HiddenSize", Hidden(config, absent))
            .With("ContextLength", config.Integer("max_position_embeddings", absent.Context)),
        norm ?? new WordText(Words.Norm).With("Epsilon", config.Real("rms_norm_eps", absent.Epsilon), 1e-6),
        rotary ?? RotaryConfig.Read(config, absent),
        new WordText(Words.Head).With("Tied", config.Flag("tie_word_embeddings", absent.Tied)).With("Bias", headBias),
        new WordText(Words.Checkpoint).Positional(layout),
    ];

    /// <summary>Grouped-query attention with a bias on all four projections or none.</summary>
    public static WordText Attention(ConfigReader config, ModelDefaults absent, bool bias) =>
        Attention(config, absent, bias, bias);

    /// <summary>Grouped-query attention.</summary>
    public static WordText Attention(ConfigReader config, ModelDefaults absent, bool inputBias, bool outputBias)
    {
        int hidden = Hidden(config, absent);
        int heads = config.Integer("num_attention_heads", absent.Heads);
        return new WordText(Words.Attention)
            .With("Heads", heads)
            .With("KeyValueHeads", config.Integer("num_key_value_heads", absent.KeyValueHeads == 0 ? heads : absent.KeyValueHeads, heads), heads)
            .With("HeadSize", HeadSize(config, absent), hidden % heads == 0 ? hidden / heads : 0)
            .With("QueryBias", inputBias)
            .With("KeyBias", inputBias)
            .With("ValueBias", inputBias)
            .With("OutputBias", outputBias);
    }

    /// <summary>Latent attention (DeepSeek-V2 and V3).</summary>
    public static WordText Latent(ConfigReader config, int heads)
    {
        int rank = config.Integer("q_lora_rank", absent: 1536, isNull: 0);
        int headSize = config.Integer("qk_nope_head_dim", 128);
        bool bias = config.Flag("attention_bias", false);
        return new WordText(Words.LatentAttention)
            .With("Heads", config.Integer("num_attention_heads", heads))
            .With("QueryRank", rank)
            .With("KeyValueRank", config.Integer("kv_lora_rank", 512))
            .With("HeadSize", headSize)
            .With("RotarySize", config.Integer("qk_rope_head_dim", 64))
            .With("ValueHeadSize", config.Integer("v_head_dim", 128), headSize)
            .With("QueryBias", bias && rank > 0)
            .With("KeyValueBias", bias)
            .With("OutputBias", bias);
    }

    /// <summary>A dense feed-forward part.</summary>
    public static WordText FeedForward(ConfigReader config, int width, bool bias = false) => new WordText(Words.FeedForward)
        .With("IntermediateSize", width)
        .Choice("Activation", config.Activation("hidden_act"), Moe.Activation.SiLU)
        .With("Bias", bias);

    /// <summary>Routed or shared experts.</summary>
    public static WordText Experts(ConfigReader config, string word, int count, int width, bool bias = false) => new WordText(word)
        .Positional(count)
        .With("IntermediateSize", width)
        .Choice("Activation", config.Activation("hidden_act"), Moe.Activation.SiLU)
        .With("Bias", bias);

    /// <summary>"sliding_window", or 0 where it reaches over the whole context.</summary>
    public static int Window(ConfigReader config, ModelDefaults absent)
    {
        int window = config.Integer("sliding_window", 0);
        return window >= config.Integer("max_position_embeddings", absent.Context) ? 0 : window;
    }

    /// <summary>The same block for every layer.</summary>
    public static BlockText[] Same(BlockText block, int layers) => Enumerable.Repeat(block, layers).ToArray();

    /// <summary>Dense layers first, then layers with experts.</summary>
    public static BlockText[] DenseFirst(BlockText dense, BlockText experts, int denseLayers, int layers) =>
        Enumerable.Range(0, layers).Select(layer => layer < denseLayers ? dense : experts).ToArray();

    /// <summary>"hidden_size".</summary>
    public static int Hidden(ConfigReader config, ModelDefaults absent) => config.Integer("hidden_size", absent.Hidden);

    /// <summary>"head_dim", or what it means when it is missing.</summary>
    public static int HeadSize(ConfigReader config, ModelDefaults absent)
    {
        int usual = absent.HeadSize != 0 ? absent.HeadSize : Hidden(config, absent) / System.Math.Max(1, config.Integer("num_attention_heads", absent.Heads));
        return config.Integer("head_dim", usual);
    }
}
