using System;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class ConfigCheckTests
{
    private static readonly ConfigKey[] Keys =
    [
        new("model_type", ConfigRule.Equal, "\"qwen3_moe\""),
        new("hidden_size", ConfigRule.Equal, "72"),
        new("rope_theta", ConfigRule.Equal, "1000000", WhenAbsent: "10000"),
        new("rms_norm_eps", ConfigRule.Equal, "1E-06", WhenAbsent: "1e-6"),
        new("max_position_embeddings", ConfigRule.AtLeast, "256"),
        new("mlp_only_layers", ConfigRule.Equal, "[0]", WhenAbsent: "[]"),
        new("head_dim", ConfigRule.Equal, "32", WhenAbsent: "18"),
        new("tie_word_embeddings", ConfigRule.Equal, "false", WhenAbsent: "false"),
        new("decoder_sparse_step", ConfigRule.Equal, "1", WhenAbsent: "1"),
        new("shared_expert_intermediate_size", ConfigRule.Equal, "null"),
        new("hidden_act", ConfigRule.Equal, "\"silu\""),
        new("norm_topk_prob", ConfigRule.Irrelevant),
        new("attention_bias", ConfigRule.Refused, "false", Reason: "the declaration's projections have no bias"),
    ];

    private const string Good = """
        "model_type":"qwen3_moe","hidden_size":72,"rope_theta":1000000.0,"rms_norm_eps":1e-06,"max_position_embeddings":256,
        "mlp_only_layers":[0],"head_dim":32,"hidden_act":"silu"
        """;

    // As save_pretrained writes it for this family, with the keys of several releases together.
    [Fact]
    public void Config_AsTransformersWritesIt_Agrees() => Verify("{" + Good + """
        ,"architectures":["Qwen3MoeForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":1,
        "decoder_sparse_step":1,"dtype":"float32","torch_dtype":"bfloat16","eos_token_id":[2,3],"initializer_range":0.02,
        "norm_topk_prob":true,"output_router_logits":false,"pretraining_tp":1,"rope_scaling":null,
        "router_aux_loss_coef":0.001,"router_jitter_noise":0.0,"sliding_window":null,"tie_word_embeddings":false,
        "transformers_version":"4.57.6","use_cache":true,"use_sliding_window":false,"max_window_layers":28,
        "layer_types":["full_attention","full_attention"],"auto_map":{"AutoConfig":"x.Y"},"_name_or_path":"x",
        "id2label":{"0":"LABEL_0"},"hidden_dropout":0.1,"quantization_config":null,"whatever":null,"pad_token_id":null,
        "shared_expert_intermediate_size":null,"temperature":1.0,"is_encoder_decoder":false,"pruned_heads":{}}
        """);

    [Theory]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_theta\":1e6")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_theta\":1000000")]
    [InlineData("1e-06", "0.000001")]
    [InlineData("1e-06", "9.999999974752427e-07")]
    [InlineData("\"rms_norm_eps\":1e-06,", "")]
    [InlineData("\"rms_norm_eps\":1e-06", "\"rms_norm_eps\":null")]
    [InlineData("\"max_position_embeddings\":256", "\"max_position_embeddings\":40960")]
    [InlineData("[0]", "[ 0.0 ]")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":1000000.0}")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_parameters\":{\"rope_theta\":1000000}")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_scaling\":{\"type\":\"default\"}")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_scaling\":{\"rope_type\":\"default\",\"factor\":null}")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"sliding_window\":4096,\"use_sliding_window\":false")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"num_nextn_predict_layers\":0")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"partial_rotary_factor\":1.0")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_parameters\":{\"partial_rotary_factor\":1.0}")]
    public void Config_SameValueInAnotherForm_Agrees(string was, string becomes)
    {
        Assert.Contains(was, Good);
        Verify("{" + Good.Replace(was, becomes) + "}");
    }

    [Theory]
    [InlineData("\"hidden_size\":72", "\"hidden_size\":64", "hidden_size: the declaration says 72, the file 64.")]
    [InlineData("\"hidden_size\":72", "\"hidden_size\":\"72\"", "hidden_size: the declaration says 72, the file \"72\".")]
    [InlineData("\"hidden_size\":72", "\"hidden_size\":72.0000001", "hidden_size: the declaration says 72, the file 72.0000001.")]
    [InlineData("\"hidden_size\":72,", "", "hidden_size: the declaration says 72, the file does not say it.")]
    [InlineData("\"hidden_size\":72", "\"hidden_size\":null", "hidden_size: the declaration says 72, the file does not say it.")]
    [InlineData("\"head_dim\":32,", "", "head_dim: the declaration says 32, the file does not say it, which means 18.")]
    [InlineData("\"max_position_embeddings\":256", "\"max_position_embeddings\":255", "max_position_embeddings: the declaration needs at least 256, the file says 255.")]
    [InlineData("\"max_position_embeddings\":256", "\"max_position_embeddings\":true", "max_position_embeddings: the declaration needs at least 256, the file says true.")]
    [InlineData("[0]", "[0,1]", "mlp_only_layers: the declaration says [0], the file [0,1].")]
    [InlineData("\"rope_theta\":1000000.0,", "", "rope_theta: the declaration says 1000000, the file does not say it, which means 10000.")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_theta\":1000001", "rope_theta: the declaration says 1000000, the file 1000001.")]
    [InlineData("\"rope_theta\":1000000.0", "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000.0}", "rope_parameters.rope_theta: the declaration says 1000000, the file 10000.0.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"attention_bias\":true", "attention_bias: true is refused: the declaration's projections have no bias.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"mlp_bias\":true", "mlp_bias: true is refused: the feed-forward projections have biases, which the declaration does not have.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"shared_expert_intermediate_size\":5", "shared_expert_intermediate_size: the declaration says null, the file 5.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}", "rope_scaling: {\"type\":\"linear\",\"factor\":2.0} is refused: the rotary positions are scaled, and the declaration has unscaled ones.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_scaling\":{\"type\":\"default\",\"mrope_section\":[16,24,24]}", "rope_scaling: {\"type\":\"default\",\"mrope_section\":[16,24,24]} is refused: the rotary positions are scaled, and the declaration has unscaled ones.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_parameters\":{\"full_attention\":{\"rope_type\":\"default\"}}", "rope_parameters: {\"full_attention\":{\"rope_type\":\"default\"}} is refused: the rotary positions are scaled, and the declaration has unscaled ones.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"rope_parameters\":{\"partial_rotary_factor\":0.5}", "rope_parameters.partial_rotary_factor: 0.5 is refused: the declaration does not say it.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"sliding_window\":4096", "sliding_window: 4096 is refused: attention sees a window of the context, and the declaration's sees all of it.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"use_sliding_window\":true", "use_sliding_window: true is refused: attention sees a window of the context, and the declaration's sees all of it.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"layer_types\":[\"full_attention\",\"sliding_attention\"]", "layer_types: [\"full_attention\",\"sliding_attention\"] is refused: not every layer has full attention, and the declaration's layers have.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"quantization_config\":{\"quant_method\":\"fp8\"}", "quantization_config: {\"quant_method\":\"fp8\"} is refused: the weights are quantised; use the checkpoint in BF16, F16 or F32.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"attention_chunk_size\":8192", "attention_chunk_size: 8192 is refused: attention is cut into chunks, and the declaration's sees the whole context.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"num_nextn_predict_layers\":1", "num_nextn_predict_layers: 1 is refused: the checkpoint has further layers that predict several tokens, which the declaration does not have.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"attn_logit_softcapping\":50.0", "attn_logit_softcapping: 50.0 is refused: logits are capped with a hyperbolic tangent, which the declaration does not say.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"partial_rotary_factor\":0.5", "partial_rotary_factor: 0.5 is refused: only a part of each head is rotated, and the declaration rotates all of it.")]
    [InlineData("\"head_dim\":32", "\"head_dim\":32,\"moe_magic\":3", "moe_magic: 3 is unknown, so that what it does to the model is too; it must be declared, null, or left out.")]
    public void Config_OneDifference_IsNamedWithBothValues(string was, string becomes, string problem)
    {
        Assert.Contains(was, Good);
        var exception = Assert.Throws<CheckpointException>(() => Verify("{" + Good.Replace(was, becomes) + "}"));
        Assert.Equal([problem], exception.Problems);
    }

    [Fact]
    public void Config_ManyDifferences_AreAllInOneException()
    {
        var exception = Assert.Throws<CheckpointException>(() => Verify("""
            {"model_type":"mixtral","hidden_size":64,"sliding_window":4096,"magic":{"a":1},"hidden_act":"silu",
            "max_position_embeddings":128,"head_dim":32,"mlp_only_layers":[0],"quantization_config":{}}
            """));
        Assert.Equal(
            ["model_type", "hidden_size", "rope_theta", "max_position_embeddings", "sliding_window", "magic", "quantization_config"],
            exception.Problems.Select(problem => problem[..problem.IndexOf(':')]));
    }

    [Fact]
    public void Keys_ThatTheDeclarationLists_ReplaceTheKnownRules()
    {
        const string yarn = """{"type":"yarn","factor":40}""";
        ConfigKey[] keys =
        [
            new("rope_scaling", ConfigRule.Equal, """{"factor":40.0,"type":"yarn"}"""),
            new("sliding_window", ConfigRule.Equal, "4096"),
            new("dtype", ConfigRule.Equal, "\"float32\""),
            new("partial_rotary_factor", ConfigRule.Equal, "0.5"),
        ];
        VerifyWith(keys, $$"""{"rope_scaling":{{yarn}},"sliding_window":4096,"dtype":"float32","partial_rotary_factor":0.5}""");
        var exception = Assert.Throws<CheckpointException>(() => VerifyWith(keys, """{"rope_scaling":null,"sliding_window":null,"dtype":"float16","rope_parameters":{"partial_rotary_factor":0.25}}"""));
        Assert.Equal(4, exception.Problems.Count);
    }

    [Theory]
    [InlineData("", "the file is not valid JSON")]
    [InlineData("{", "the file is not valid JSON")]
    [InlineData("[]", "the file is not a JSON object")]
    [InlineData("{\"a\":NaN}", "the file is not valid JSON")]
    [InlineData("{\"hidden_size\":1,\"hidden_size\":2}", "the file is not valid JSON")]
    [InlineData("{\"\\ud800\":2}", "a text holds an unpaired surrogate")]
    public void Config_Malformed_IsRefused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => Verify(json)).Message);

    [Fact]
    public void Config_Missing_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("the file does not exist", Assert.Throws<CheckpointException>(() => ConfigCheck.Verify(folder.File("config.json"))).Message);
    }

    [Fact]
    public void Keys_WithoutValueOrMalformedOrTwice_AreTheCallersFault()
    {
        Assert.Throws<ArgumentException>(() => VerifyWith([new("a", ConfigRule.Equal)], "{\"a\":1}"));
        Assert.Throws<ArgumentException>(() => VerifyWith([new("a", ConfigRule.Equal, "silu")], "{\"a\":1}"));
        Assert.Throws<ArgumentException>(() => VerifyWith([new("a", ConfigRule.Irrelevant), new("a", ConfigRule.Irrelevant)], "{}"));
    }

    private static void Verify(string json) => VerifyWith(Keys, json);

    private static void VerifyWith(ConfigKey[] keys, string json)
    {
        using var folder = new TemporaryFolder();
        ConfigCheck.Verify(folder.Write("config.json", json), keys);
    }

    private static readonly ConfigKey[] Nested =
    [
        new("model_type", ConfigRule.Equal, "\"x\""),
        new("rope_scaling.rope_type", ConfigRule.Equal, "\"yarn\"", WhenAbsent: "\"default\""),
        new("rope_scaling.factor", ConfigRule.Equal, "4"),
        new("attn_config.clip_qkv", ConfigRule.Equal, "8", WhenAbsent: "null"),
        new("attn_config.model_type", ConfigRule.Irrelevant),
        new("layers", ConfigRule.Equal, "3", WhenAbsent: "3", Also: "-1"),
        new("rope_theta", ConfigRule.Equal, "10000", WhenAbsent: "10000"),
    ];

    [Theory]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"yarn","factor":4.0},"attn_config":{"clip_qkv":8,"model_type":"","attn_pdrop":null}}""")]
    [InlineData("""{"model_type":"x","rope_scaling":{"type":"yarn","factor":4,"rope_theta":10000},"attn_config":{"clip_qkv":8},"layers":-1}""")]
    [InlineData("""{"model_type":"x","rope_parameters":{"rope_type":"yarn","factor":4},"attn_config":{"clip_qkv":8.0},"layers":3}""")]
    public void Config_WithObjects_IsComparedMemberByMember(string json) => VerifyNested(json);

    [Theory]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"linear","factor":4},"attn_config":{"clip_qkv":8}}""", "rope_scaling.rope_type: the declaration says \"yarn\", the file \"linear\"")]
    [InlineData("""{"model_type":"x","attn_config":{"clip_qkv":8}}""", "rope_scaling.factor: the declaration says 4, the file does not say it")]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"yarn","factor":4,"beta_fast":2},"attn_config":{"clip_qkv":8}}""", "rope_scaling.beta_fast: 2 is unknown")]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"yarn","factor":4}}""", "attn_config.clip_qkv: the declaration says 8, the file does not say it, which means null")]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"yarn","factor":4},"attn_config":{"clip_qkv":8,"softcap":3}}""", "attn_config.softcap: 3 is unknown")]
    [InlineData("""{"model_type":"x","rope_scaling":{"rope_type":"yarn","factor":4},"attn_config":{"clip_qkv":8},"layers":2}""", "layers: the declaration says 3, the file 2")]
    public void Config_WithObjectsThatSayMoreOrOther_NamesTheMember(string json, string says)
    {
        var exception = Assert.Throws<CheckpointException>(() => VerifyNested(json));
        Assert.Contains(says, exception.Message);
    }

    private static void VerifyNested(string json)
    {
        using var folder = new TemporaryFolder();
        ConfigCheck.Verify(folder.Write("config.json", System.Text.Encoding.UTF8.GetBytes(json)), Nested);
    }
}
