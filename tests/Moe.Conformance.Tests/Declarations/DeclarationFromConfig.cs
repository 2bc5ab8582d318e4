using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>
/// A Hugging Face config.json → the declaration that reads its checkpoints, as C# text. Families: llama, mixtral,
/// qwen3_moe, deepseek_v3, with the meaning and the defaults that transformers 4.57 gives their keys.
/// </summary>
internal static class DeclarationFromConfig
{
    /// <summary>The declaration of the model that the file describes.</summary>
    /// <param name="json">The text of config.json.</param>
    /// <param name="name">A name for the class.</param>
    /// <exception cref="FormatException">
    /// The family is not one of the four, a key has a wrong type, or one says something that the language cannot.
    /// </exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static ModelText Read(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var config = new ConfigReader(document.RootElement);
        config.Refuse("rope_scaling", "quantization_config");
        return config.ModelType switch
        {
            "llama" => Llama(config, name),
            "mixtral" => Mixtral(config, name),
            "qwen3_moe" => Qwen3Moe(config, name),
            "deepseek_v3" => DeepSeekV3(config, name),
            string other => throw new FormatException($"config.json: model_type is \"{other}\"; declarations can be written for llama, mixtral, qwen3_moe and deepseek_v3."),
        };
    }

    private static ModelText Llama(ConfigReader config, string name)
    {
        int hidden = config.Integer("hidden_size", 4096);
        var block = new BlockText(name + "Block",
        [
            Attention(config, hidden, heads: 32, keyValueHeads: null, config.Flag("attention_bias", false)),
            FeedForward(config, "FeedForward", config.Integer("intermediate_size", 11_008)).With("Bias", config.Flag("mlp_bias", false)),
        ]);
        return new ModelText(
            name,
            Model(config, "Llama", 32_000, hidden, context: 2048, epsilon: 1e-6, rotaryBase: 10_000),
            Enumerable.Repeat(block, config.Integer("num_hidden_layers", 32)).ToArray());
    }

    private static ModelText Mixtral(ConfigReader config, string name)
    {
        config.Refuse("sliding_window");
        int hidden = config.Integer("hidden_size", 4096);
        var block = new BlockText(name + "Block",
        [
            Attention(config, hidden, heads: 32, keyValueHeads: 8, bias: false),
            Router(config.Integer("num_experts_per_tok", 2)).Choice("Weights", "RouterWeights", "Renormalised", "Raw"),
            Experts(config, "RoutedExperts", config.Integer("num_local_experts", 8), config.Integer("intermediate_size", 14_336)),
        ]);
        return new ModelText(
            name,
            Model(config, "Mixtral", 32_000, hidden, context: 131_072, epsilon: 1e-5, rotaryBase: 1_000_000),
            Enumerable.Repeat(block, config.Integer("num_hidden_layers", 32)).ToArray());
    }

    private static ModelText Qwen3Moe(ConfigReader config, string name)
    {
        if (config.Flag("use_sliding_window", false))
            config.Refuse("sliding_window");

        int hidden = config.Integer("hidden_size", 2048);
        int experts = config.Integer("num_experts", 128);
        WordText attention = Attention(config, hidden, heads: 32, keyValueHeads: 4, config.Flag("attention_bias", false)).With("QueryKeyNorm", true);
        var dense = new BlockText(name + "DenseBlock", [attention, FeedForward(config, "FeedForward", config.Integer("intermediate_size", 6144))]);
        var sparse = new BlockText(name + "ExpertBlock",
        [
            attention,
            Router(config.Integer("num_experts_per_tok", 8))
                .Choice("Weights", "RouterWeights", config.Flag("norm_topk_prob", false) ? "Renormalised" : "Raw", "Raw"),
            Experts(config, "RoutedExperts", experts, config.Integer("moe_intermediate_size", 768)),
        ]);

        IReadOnlyList<int> dedicated = config.Integers("mlp_only_layers");
        int step = config.Integer("decoder_sparse_step", 1);
        return new ModelText(
            name,
            Model(config, "Qwen3Moe", 151_936, hidden, context: 32_768, epsilon: 1e-6, rotaryBase: 10_000),
            Enumerable.Range(0, config.Integer("num_hidden_layers", 24))
                .Select(layer => experts > 0 && (layer + 1) % step == 0 && !dedicated.Contains(layer) ? sparse : dense)
                .ToArray());
    }

    private static ModelText DeepSeekV3(ConfigReader config, string name)
    {
        int hidden = config.Integer("hidden_size", 7168);
        int rank = config.Integer("q_lora_rank", absent: 1536, isNull: 0);
        int headSize = config.Integer("qk_nope_head_dim", 128);
        bool bias = config.Flag("attention_bias", false);
        WordText attention = new WordText("LatentAttention")
            .With("Heads", config.Integer("num_attention_heads", 128))
            .With("QueryRank", rank)
            .With("KeyValueRank", config.Integer("kv_lora_rank", 512))
            .With("HeadSize", headSize)
            .With("RotarySize", config.Integer("qk_rope_head_dim", 64))
            .With("ValueHeadSize", config.Integer("v_head_dim", 128), headSize)
            .With("QueryBias", bias && rank > 0)
            .With("KeyValueBias", bias)
            .With("OutputBias", bias);

        // One group, or none, limits nothing.
        int groups = config.Integer("n_group", 8);
        bool isLimited = groups > 1;
        bool isRenormalised = config.Flag("norm_topk_prob", true);
        WordText router = Router(config.Integer("num_experts_per_tok", 8))
            .Choice("Score", "RouterScore", "Sigmoid", "Softmax")
            .With("SelectionBias", true)
            .With("Groups", isLimited ? groups : 0)
            .With("KeptGroups", isLimited ? config.Integer("topk_group", 4) : 0)
            .Choice("GroupKey", "GroupKey", isLimited ? "SumOfBestTwo" : "Maximum", "Maximum")
            .Choice("OutsideGroups", "OutsideGroups", isLimited ? "Zero" : "NegativeInfinity", "NegativeInfinity")
            .Choice("Weights", "RouterWeights", isRenormalised ? "Renormalised" : "Raw", "Raw")
            .With("RenormaliseEpsilon", isRenormalised ? 1e-20 : 0, 0)
            .With("WeightScale", config.Real("routed_scaling_factor", 2.5), 1);

        int width = config.Integer("moe_intermediate_size", 2048);
        var words = new List<WordText> { attention, router };
        if (config.Integer("n_shared_experts", 1) is > 0 and int shared)
            words.Add(Experts(config, "SharedExperts", shared, width));
        words.Add(Experts(config, "RoutedExperts", config.Integer("n_routed_experts", 256), width));
        var sparse = new BlockText(name + "ExpertBlock", words);
        var dense = new BlockText(name + "DenseBlock", [attention, FeedForward(config, "FeedForward", config.Integer("intermediate_size", 18_432))]);

        int firstSparse = config.Integer("first_k_dense_replace", 3);
        return new ModelText(
            name,
            Model(config, "DeepSeekV3", 129_280, hidden, context: 4096, epsilon: 1e-6, rotaryBase: 10_000, config.Flag("rope_interleave", true)),
            Enumerable.Range(0, config.Integer("num_hidden_layers", 61)).Select(layer => layer < firstSparse ? dense : sparse).ToArray());
    }

    private static WordText[] Model(
        ConfigReader config, string layout, int vocabulary, int hidden, int context, double epsilon, double rotaryBase, bool isInterleaved = false) =>
    [
        new WordText("MoeModel")
            .With("VocabularySize", config.Integer("vocab_size", vocabulary))
            .With("HiddenSize", hidden)
            .With("ContextLength", config.Integer("max_position_embeddings", context)),
        new WordText("Norm").With("Epsilon", config.Real("rms_norm_eps", epsilon), 1e-6),
        new WordText("Rotary")
            .With("Base", config.Real("rope_theta", rotaryBase), 10_000)
            .Choice("Layout", "RotaryLayout", isInterleaved ? "Interleaved" : "HalfSplit", "HalfSplit"),
        new WordText("Head").With("Tied", config.Flag("tie_word_embeddings", false)),
        new WordText("Checkpoint").Positional("CheckpointLayout." + layout),
    ];

    private static WordText Attention(ConfigReader config, int hidden, int heads, int? keyValueHeads, bool bias)
    {
        heads = config.Integer("num_attention_heads", heads);
        int size = hidden / heads;
        return new WordText("Attention")
            .With("Heads", heads)
            .With("KeyValueHeads", config.Integer("num_key_value_heads", keyValueHeads ?? heads, heads), heads)
            .With("HeadSize", config.Integer("head_dim", size), hidden % heads == 0 ? size : 0)
            .With("QueryBias", bias)
            .With("KeyBias", bias)
            .With("ValueBias", bias)
            .With("OutputBias", bias);
    }

    private static WordText FeedForward(ConfigReader config, string word, int width) =>
        new WordText(word).With("IntermediateSize", width).Choice("Activation", "Activation", config.Activation(), "SiLU");

    private static WordText Experts(ConfigReader config, string word, int count, int width) =>
        new WordText(word).Positional(count).With("IntermediateSize", width).Choice("Activation", "Activation", config.Activation(), "SiLU");

    private static WordText Router(int topK) => new WordText("Router").With("TopK", topK);
}
