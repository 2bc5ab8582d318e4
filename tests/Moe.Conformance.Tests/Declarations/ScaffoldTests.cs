using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Architecture;
using Moe.Runtime.Checkpoints;
using Moe.Scaffold;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>Options of config.json that no checkpoint here exercises, each against what transformers 4.57 does with it.</summary>
public class ScaffoldTests
{
    [Theory]
    [InlineData("Small", true)]
    [InlineData("_2", true)]
    [InlineData("class", false)]
    [InlineData("1x", false)]
    [InlineData("a b", false)]
    [InlineData("a.b", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Name_MustBeOneInCSharp(string? name, bool isOne) => Assert.Equal(isOne, Scaffolding.IsName(name));

    [Theory]
    [InlineData("# A heading")]
    [InlineData("[1, 2]")]
    public void FileThatIsNoJsonObject_IsNamed(string text) => Assert.StartsWith(
        "docs/README.md: the file is no", Assert.Throws<FormatException>(() => Scaffolding.Read(text, "Small", "docs/README.md")).Message, StringComparison.Ordinal);

    [Fact]
    public void Llama_WithUsualValues_SaysOnlyWhatIsParticular()
    {
        string text = Scaffolding.Read(
            """
            {"model_type": "llama", "vocab_size": 32000, "hidden_size": 64, "num_attention_heads": 4, "head_dim": 16, "num_key_value_heads": 2,
             "intermediate_size": 172, "num_hidden_layers": 3, "max_position_embeddings": 256, "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
             "tie_word_embeddings": true}
            """,
            "Small").File("Demo");
        Assert.Equal(
            """
            using Moe;

            namespace Demo;

            [Block]
            [Attention(Heads = 4, KeyValueHeads = 2)]
            [FeedForward(IntermediateSize = 172)]
            public class SmallBlock;

            [MoeModel(VocabularySize = 32_000, HiddenSize = 64, ContextLength = 256)]
            [Norm(Epsilon = 1e-5)]
            [Rotary(Base = 500_000)]
            [Head(Tied = true)]
            [Checkpoint(CheckpointLayout.Llama)]
            [Layers(3, typeof(SmallBlock))]
            public partial class Small;

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void DeepSeekV3_WithoutAnyKey_IsTheReleasedModel()
    {
        // The published sizes: 671 billion parameters, 37 billion of them active, the head and the embedding included.
        MoeArchitecture model = Read("""{"model_type": "deepseek_v3"}""");
        Assert.Equal([new LayerRange(0, 3, 0), new LayerRange(3, 58, 1)], model.Layers.ToArray());
        var cost = Moe.Generators.Passes.Cost.Of(model, Moe.Generators.Ir.GraphBuilder.Build(model));
        Assert.Equal(671, cost.TotalParameters / 1_000_000_000);
        Assert.InRange(cost.ActiveParameters, 37_000_000_000, 38_000_000_000);
    }

    [Fact]
    public void Mixtral_WithoutAnyKey_IsMixtral8x7B()
    {
        MoeArchitecture model = Read("""{"model_type": "mixtral"}""");
        var cost = Moe.Generators.Passes.Cost.Of(model, Moe.Generators.Ir.GraphBuilder.Build(model));
        Assert.Equal(46_702_792_704, cost.TotalParameters);
        Assert.Equal(12_879_925_248, cost.ActiveParameters);
    }

    [Theory]
    [InlineData("", 8, 16)]
    [InlineData("\"head_dim\": null, \"num_key_value_heads\": null,", 8, 16)]
    [InlineData("\"head_dim\": 20, \"num_key_value_heads\": 2,", 2, 20)]
    public void Llama_HeadKeys_HaveDefaults(string keys, int keyValueHeads, int headSize)
    {
        var attention = (MultiHeadAttention)Only("{\"model_type\": \"llama\", " + keys + " \"hidden_size\": 128, \"num_attention_heads\": 8}").Attention;
        Assert.Equal((8, keyValueHeads, headSize), (attention.Heads, attention.KeyValueHeads, attention.HeadSize));
        Assert.Equal(new RotaryArchitecture(10_000, headSize, RotaryLayout.HalfSplit), attention.Rotary);
    }

    [Fact]
    public void Llama_WithBiases_HasThemEverywhere()
    {
        BlockArchitecture block = Only("""{"model_type": "llama", "attention_bias": true, "mlp_bias": true, "hidden_act": "gelu_pytorch_tanh"}""");
        var attention = (MultiHeadAttention)block.Attention;
        Assert.True(attention is { QueryBias: true, KeyBias: true, ValueBias: true, OutputBias: true, QueryKeyNormEpsilon: null });
        Assert.Equal(new DenseFeedForward(new ExpertShape(11_008, Activation.GeluTanh, true, true)), block.FeedForward);
    }

    [Theory]
    [InlineData("", "EEEEEE")]
    [InlineData("\"mlp_only_layers\": [1, 4],", "EDEEDE")]
    [InlineData("\"decoder_sparse_step\": 2,", "DEDEDE")]
    [InlineData("\"decoder_sparse_step\": 3, \"mlp_only_layers\": [2],", "DDDDDE")]
    [InlineData("\"num_experts\": 0,", "DDDDDD")]
    public void Qwen3Moe_SparseKeys_SayWhichLayersHaveExperts(string keys, string expected)
    {
        MoeArchitecture model = Read("{\"model_type\": \"qwen3_moe\", " + keys + " \"num_hidden_layers\": 6}");
        string kinds = string.Concat(model.Layers.SelectMany(range =>
            Enumerable.Repeat(model.Blocks[range.Block].FeedForward is DenseFeedForward ? 'D' : 'E', range.Count)));
        Assert.Equal(expected, kinds);
    }

    [Fact]
    public void Qwen3Moe_WithoutRenormalisation_KeepsRawWeights()
    {
        BlockArchitecture block = Only("""{"model_type": "qwen3_moe"}""");
        Assert.Equal(new RawWeights(1), ((ExpertFeedForward)block.FeedForward).Router.Weights);
        Assert.Equal(1e-6, ((MultiHeadAttention)block.Attention).QueryKeyNormEpsilon);

        block = Only("""{"model_type": "qwen3_moe", "norm_topk_prob": true, "rms_norm_eps": 0.001}""");
        Assert.Equal(new RenormalisedWeights(0, 0, false, false, 1), ((ExpertFeedForward)block.FeedForward).Router.Weights);
        Assert.Equal(0.001, ((MultiHeadAttention)block.Attention).QueryKeyNormEpsilon);
    }

    [Theory]
    [InlineData("\"attention_bias\": true,", 1536, true, true)]
    [InlineData("\"attention_bias\": true, \"q_lora_rank\": null,", 0, false, true)]
    [InlineData("\"q_lora_rank\": null,", 0, false, false)]
    public void DeepSeekV3_QueryRank_NullProjectsDirectlyWithoutBias(string keys, int rank, bool queryBias, bool otherBiases)
    {
        var attention = (LatentAttention)Read("{\"model_type\": \"deepseek_v3\", " + keys + " \"rms_norm_eps\": 0.01}").Blocks[0].Attention;
        Assert.Equal((rank, queryBias, otherBiases, otherBiases), (attention.QueryRank, attention.QueryBias, attention.KeyValueBias, attention.OutputBias));
        Assert.Equal(1e-6, attention.NormEpsilon);
    }

    [Theory]
    [InlineData("\"rope_interleave\": false, \"n_group\": 1, \"topk_group\": 1, \"norm_topk_prob\": false, \"routed_scaling_factor\": 1.0,", false)]
    [InlineData("", true)]
    public void DeepSeekV3_RoutingKeys_ChooseTheStages(string keys, bool isUsual)
    {
        MoeArchitecture model = Read("{\"model_type\": \"deepseek_v3\", " + keys + " \"n_shared_experts\": 2}");
        BlockArchitecture block = model.Blocks[1];
        var experts = (ExpertFeedForward)block.FeedForward;
        Assert.Equal(isUsual ? RotaryLayout.Interleaved : RotaryLayout.HalfSplit, block.Attention.Rotary!.Layout);
        Assert.Equal(
            new TopKSelection(8, 0, 8, true, isUsual ? new GroupLimit(8, 4, GroupKey.SumOfBestTwo, OutsideGroups.Zero) : null),
            experts.Router.Selection);
        Assert.Equal<WeightsStage>(isUsual ? new RenormalisedWeights(1e-20, 0, false, false, 2.5) : new RawWeights(1), experts.Router.Weights);
        Assert.Equal(new SharedExpertGroup(2, new ExpertShape(2048, Activation.SiLU, true, false)), experts.Shared);
    }

    [Theory]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"rope_type": "llama3"}}""", "rope_scaling")]
    [InlineData("""{"model_type": "llama", "quantization_config": {}}""", "quantization_config")]
    [InlineData("""{"model_type": "qwen3", "layer_types": ["chunked_attention"], "num_hidden_layers": 1}""", "layer_types")]
    [InlineData("""{"model_type": "qwen3", "rope_parameters": {"full_attention": {"rope_theta": 10000.0}}}""", "rope_parameters")]
    [InlineData("""{"model_type": "mixtral", "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1000000.0, "partial_rotary_factor": 0.5}}""", "partial_rotary_factor: 0.5")]
    [InlineData("""{"model_type": "hunyuan_v1_moe", "moe_intermediate_size": 7}""", "moe_intermediate_size")]
    [InlineData("""{"model_type": "hunyuan_v1_moe", "use_cla": true}""", "use_cla: true")]
    [InlineData("""{"model_type": "ernie4_5_moe", "moe_gate": "top2"}""", "moe_gate")]
    [InlineData("""{"model_type": "granitemoe", "position_embedding_type": "nope"}""", "position_embedding_type")]
    [InlineData("""{"model_type": "minimax", "shared_intermediate_size": 64}""", "shared_intermediate_size")]
    [InlineData("""{"model_type": "minimax", "postnorm": false}""", "postnorm")]
    [InlineData("""{"model_type": "llama4", "text_config": {"model_type": "llama4_text"}, "quantization_config": {"quant_method": "fp8"}}""", "quantization_config")]
    [InlineData("""{"model_type": "llama", "hidden_act": "mish"}""", "hidden_act")]
    [InlineData("""{"model_type": "llama", "hidden_size": "wide"}""", "hidden_size")]
    [InlineData("""{"model_type": "llama", "hidden_size": 64.5}""", "hidden_size")]
    [InlineData("""{"model_type": "deepseek_v3", "norm_topk_prob": 1}""", "norm_topk_prob")]
    [InlineData("""{"model_type": "mixtral", "surprise": 3}""", "surprise: 3")]
    [InlineData("""{"model_type": "olmoe", "sliding_window": 16}""", "sliding_window: 16")]
    [InlineData("""{"model_type": "qwen3", "rope_scaling": {"rope_type": "mystery"}}""", "rope_scaling.rope_type is \"mystery\"")]
    [InlineData("""{"model_type": "dbrx", "ffn_config": {"moe_normalize_expert_weights": 2}}""", "ffn_config.moe_normalize_expert_weights is 2")]
    [InlineData("""{"model_type": "gpt2"}""", "gpt2")]
    [InlineData("""{}""", "model_type")]
    public void Config_ThatCannotBeSaid_IsRefusedByName(string json, string named)
    {
        string folder = Directory.CreateTempSubdirectory("moe-scaffold-").FullName;
        string path = Path.Combine(folder, "config.json");
        File.WriteAllText(path, json);
        Exception failure = Assert.ThrowsAny<Exception>(() => Scaffolding.Verify(path, Scaffolding.Read(json, "Model")));
        Directory.Delete(folder, recursive: true);
        Assert.True(failure is FormatException or CheckpointException, failure.ToString());
        Assert.Contains(named, failure.Message);
    }

    // Who wrote the file decides: DeepSeek's code and transformers since 5.16 multiply, the class before it did not.
    [Theory]
    [InlineData("", true)]
    [InlineData("\"transformers_version\": \"4.33.1\",", true)]
    [InlineData("\"transformers_version\": \"4.57.6\",", false)]
    [InlineData("\"transformers_version\": \"4.57.6\", \"auto_map\": {\"AutoConfig\": \"configuration_deepseek.DeepseekV2Config\"},", true)]
    [InlineData("\"transformers_version\": \"4.53.3\",", true)]
    [InlineData("\"transformers_version\": \"5.0.0rc1\",", false)]
    [InlineData("\"transformers_version\": \"5.16.0\",", true)]
    [InlineData("\"transformers_version\": \"5.17.0.dev0\",", true)]
    public void DeepSeekV2_SoftmaxScale_FollowsTheWriter(string keys, bool isScaled)
    {
        MoeArchitecture model = Read("{\"model_type\": \"deepseek_v2\", \"num_experts_per_tok\": 2, " + keys
            + " \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 40, \"mscale\": 0.707, \"mscale_all_dim\": 0.707, \"original_max_position_embeddings\": 4096}}");
        var yarn = Assert.IsType<YarnScaling>(model.Blocks[0].Attention.Rotary!.Scaling);
        double mscale = (0.0707 * Math.Log(40)) + 1;
        Assert.Equal(isScaled ? mscale * mscale : 1, yarn.SoftmaxFactor, 1e-12);
        Assert.Equal(1, yarn.AttentionFactor, 1e-12);
    }

    [Theory]
    [InlineData("\"use_sliding_window\": true, \"sliding_window\": 9, \"max_window_layers\": 2,", "0099")]
    [InlineData("\"use_sliding_window\": true, \"sliding_window\": 9,", "0000")]
    [InlineData("\"use_sliding_window\": false, \"sliding_window\": 9, \"max_window_layers\": 0,", "0000")]
    [InlineData("\"use_sliding_window\": true, \"sliding_window\": null, \"max_window_layers\": 0,", "0000")]
    [InlineData("\"use_sliding_window\": true, \"sliding_window\": 9, \"max_position_embeddings\": 9, \"max_window_layers\": 0,", "0000")]
    [InlineData("\"use_sliding_window\": true, \"sliding_window\": 9, \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\", \"full_attention\"],", "0900")]
    public void Qwen3_WindowKeys_SayWhichLayersHaveOne(string keys, string expected)
    {
        MoeArchitecture model = Read("{\"model_type\": \"qwen3\", " + keys + " \"num_hidden_layers\": 4}");
        Assert.Equal(expected, string.Concat(model.Layers.SelectMany(range =>
            Enumerable.Repeat(((MultiHeadAttention)model.Blocks[range.Block].Attention).Reach?.Positions ?? 0, range.Count))));
    }

    private static BlockArchitecture Only(string json) => Assert.Single(Read(json).Blocks);

    private static MoeArchitecture Read(string json) => DeclarationCompilation.Architecture(
        DeclarationCompilation.Of([Scaffolding.Read(json, "Model").File("Read")]), "Read.Model");
}
