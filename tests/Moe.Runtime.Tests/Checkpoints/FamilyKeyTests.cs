using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>Keys of config.json that mean something only together, under another name, as null, or inside another object.</summary>
public sealed class FamilyKeyTests
{
    private const string Behind = """{"pattern":"Behind","use_sliding_window":false,"sliding_window":4096,"max_window_layers":28,"max_position_embeddings":64}""";
    private const string All = """{"pattern":"All","use_sliding_window":true,"sliding_window":9,"max_window_layers":28,"max_position_embeddings":64}""";
    private const string Step = "\"num_hidden_layers\":3,\"interleave_moe_layer_step\":1";
    private const string Span = "\"num_hidden_layers\":3,\"moe_layer_start_index\":1,\"moe_layer_end_index\":-1,\"moe_layer_interval\":1";
    private const string Second = """["full_attention","sliding_attention"]""";
    private const string Both = """["sliding_attention","sliding_attention"]""";
    private const string First = """["sliding_attention","full_attention"]""";
    private const string None = """["full_attention","full_attention"]""";

    [Theory]
    [InlineData(Behind, Second, """{"use_sliding_window":true,"sliding_window":9,"max_window_layers":1}""")]
    [InlineData(Behind, Second, """{"use_sliding_window":true,"sliding_window":9,"layer_types":["full_attention","sliding_attention"]}""")]
    [InlineData(Behind, None, """{"use_sliding_window":true,"sliding_window":9}""")]
    [InlineData(Behind, None, """{"use_sliding_window":false,"sliding_window":9,"max_window_layers":0}""")]
    [InlineData(Behind, None, """{"use_sliding_window":true,"sliding_window":null,"max_window_layers":0}""")]
    [InlineData(Behind, None, """{"use_sliding_window":true,"sliding_window":9,"max_window_layers":0,"max_position_embeddings":9}""")]
    [InlineData(Behind, None, "{}")]
    [InlineData(All, Both, """{"max_window_layers":1}""")]
    [InlineData(All, First, """{"layer_types":["sliding_attention","full_attention"]}""")]
    public void Windows_TheSameLayers_Agree(string absent, string declared, string json) => Verify(absent, declared, json);

    [Theory]
    [InlineData(Behind, Second, """{"use_sliding_window":true,"sliding_window":9,"max_window_layers":0}""", "layers with a window are [1], those of the file [0, 1]")]
    [InlineData(Behind, Second, """{"sliding_window":9,"max_window_layers":1}""", "layers with a window are [1], those of the file []")]
    [InlineData(Behind, None, """{"use_sliding_window":true,"sliding_window":9,"layer_types":["full_attention","sliding_attention"]}""", "layers with a window are [], those of the file [1]")]
    [InlineData(Behind, None, """{"layer_types":["full_attention","chunked_attention"]}""", "is not a list of sliding_attention and full_attention for 2 layers")]
    [InlineData(Behind, None, """{"layer_types":["full_attention"]}""", "is not a list of sliding_attention and full_attention for 2 layers")]
    [InlineData(All, Second, "{}", "layers with a window are [1], those of the file [0, 1]")]
    public void Windows_OnOtherLayers_AreRefused(string absent, string declared, string json, string says) =>
        Assert.Contains(says, Assert.Throws<CheckpointException>(() => Verify(absent, declared, json)).Message);

    [Theory]
    [InlineData("[2]", Step, """{"moe_layers":[2],"interleave_moe_layer_step":1}""", true)]
    [InlineData("[1]", Step, """{"interleave_moe_layer_step":2}""", true)]
    [InlineData("[0,1,2]", Step, "{}", true)]
    [InlineData("[]", Step, """{"moe_layers":[]}""", true)]
    [InlineData("[2]", Step, """{"interleave_moe_layer_step":2}""", false)]
    [InlineData("[2]", Step, """{"moe_layers":"two"}""", false)]
    [InlineData("[2]", Step, """{"interleave_moe_layer_step":0}""", false)]
    [InlineData("[1,2]", Span, "{}", true)]
    [InlineData("[1]", Span, """{"moe_layer_end_index":1}""", true)]
    [InlineData("[1]", Span, """{"moe_layer_start_index":0,"moe_layer_end_index":2,"moe_layer_interval":2}""", true)]
    [InlineData("[0,1,2]", Span, "{}", false)]
    [InlineData("[1]", Span, """{"moe_layer_interval":0}""", false)]
    public void ExpertLayers_OfSeveralKeys_AreComparedAsLayers(string declared, string absent, string json, bool agrees) => Agrees(
        new ConfigKey(absent == Step ? "moe_layers" : "moe_layer_interval", ConfigRule.ExpertLayers, "0", "{\"layers\":" + declared + "," + absent + "}"), json, agrees);

    [Theory]
    [InlineData("[0,1]", """{"num_hidden_layers":2,"num_experts":0}""", true)]
    [InlineData("[]", """{"num_hidden_layers":2,"num_experts":4}""", true)]
    [InlineData("[0,1]", """{"num_hidden_layers":2,"num_experts":4}""", false)]
    public void DenseLayers_WithoutExperts_AreAll(string declared, string json, bool agrees)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("config.json", json);
        ConfigKey[] keys = [new("mlp_only_layers", ConfigRule.DenseLayers, declared), new("num_hidden_layers", ConfigRule.Irrelevant), new("num_experts", ConfigRule.Irrelevant)];
        if (agrees)
            ConfigCheck.Verify(path, keys);
        else
            Assert.Throws<CheckpointException>(() => ConfigCheck.Verify(path, keys));
    }

    [Theory]
    [InlineData("""{"num_experts":6}""", true)]
    [InlineData("""{"num_local_experts":6}""", true)]
    [InlineData("""{"num_local_experts":5}""", false)]
    [InlineData("{}", false)]
    public void Key_UnderItsOtherName_IsCompared(string json, bool agrees) =>
        Agrees(new ConfigKey("num_experts", ConfigRule.Equal, "6", WhenAbsent: "128", OtherName: "num_local_experts"), json, agrees);

    // Null in the file is a value where the declaration says null, and a missing key elsewhere.
    [Theory]
    [InlineData("null", """{"normalize":null}""", true)]
    [InlineData("null", "{}", false)]
    [InlineData("1", """{"normalize":null}""", true)]
    public void Null_WhereTheDeclarationSaysNull_IsAValue(string declared, string json, bool agrees) =>
        Agrees(new ConfigKey("normalize", ConfigRule.Equal, declared, WhenAbsent: "1"), json, agrees);

    [Theory]
    [InlineData("""{"model_type":"outer","vision_config":{"rope_theta":1},"text_config":{"hidden_size":8}}""", true)]
    [InlineData("""{"hidden_size":8,"text_config":{"hidden_size":9}}""", false)]
    [InlineData("""{"text_config":{"hidden_size":8,"magic":1}}""", false)]
    [InlineData("""{"text_config":{"hidden_size":8},"quantization_config":{"bits":4}}""", false)]
    public void TextConfig_IsWhatTheKeysAreComparedWith(string json, bool agrees) =>
        Agrees(new ConfigKey("hidden_size", ConfigRule.Equal, "8"), json, agrees);

    private static void Verify(string absent, string declared, string json)
    {
        using var folder = new TemporaryFolder();
        ConfigCheck.Verify(
            folder.Write("config.json", json),
            new ConfigKey("layer_types", ConfigRule.WindowLayers, declared, absent),
            new ConfigKey("use_sliding_window", ConfigRule.Irrelevant),
            new ConfigKey("sliding_window", ConfigRule.Irrelevant),
            new ConfigKey("max_position_embeddings", ConfigRule.Irrelevant));
    }

    private static void Agrees(ConfigKey key, string json, bool agrees)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("config.json", json);
        if (agrees)
            ConfigCheck.Verify(path, key);
        else
            Assert.Throws<CheckpointException>(() => ConfigCheck.Verify(path, key));
    }
}
