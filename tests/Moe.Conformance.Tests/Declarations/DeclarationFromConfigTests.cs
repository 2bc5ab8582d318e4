using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>Options of config.json that no checkpoint here exercises, each against what transformers 4.57 does with it.</summary>
public class DeclarationFromConfigTests
{
    [Fact]
    public void Llama_WithUsualValues_SaysOnlyWhatIsParticular()
    {
        string text = DeclarationFromConfig.Read(
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
    [InlineData("""{"model_type": "mixtral", "sliding_window": 4096}""", "sliding_window")]
    [InlineData("""{"model_type": "qwen3_moe", "use_sliding_window": true, "sliding_window": 4096}""", "sliding_window")]
    [InlineData("""{"model_type": "llama", "hidden_act": "mish"}""", "hidden_act")]
    [InlineData("""{"model_type": "llama", "hidden_size": "wide"}""", "hidden_size")]
    [InlineData("""{"model_type": "llama", "hidden_size": 64.5}""", "hidden_size")]
    [InlineData("""{"model_type": "deepseek_v3", "norm_topk_prob": 1}""", "norm_topk_prob")]
    [InlineData("""{"model_type": "gpt2"}""", "gpt2")]
    [InlineData("""{}""", "model_type")]
    public void Config_ThatCannotBeSaid_IsRefusedByName(string json, string named)
    {
        var failure = Assert.Throws<FormatException>(() => DeclarationFromConfig.Read(json, "Model"));
        Assert.Contains(named, failure.Message);
    }

    private static BlockArchitecture Only(string json) => Assert.Single(Read(json).Blocks);

    private static MoeArchitecture Read(string json) => DeclarationCompilation.Architecture(
        DeclarationCompilation.Of([DeclarationFromConfig.Read(json, "Model").File("Read")]), "Read.Model");
}
