using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class GenerationDefaultsTests
{
    [Fact]
    public void Load_FullFile_GivesEveryValue()
    {
        GenerationDefaults defaults = Load("""
            {"eos_token_id":[151645,151643,151645],"bos_token_id":151643,"pad_token_id":7,"do_sample":true,"temperature":0.6,
            "top_k":20,"top_p":0.95,"min_p":0.05,"repetition_penalty":1.05,"max_new_tokens":2048,"transformers_version":"4"}
            """, null);
        Assert.Equal([151645, 151643], defaults.EndTokens.AsSpan().ToArray());
        Assert.Equal((151643, true, 0.6f, 20), (defaults.BeginToken, defaults.DoSample, defaults.Temperature, defaults.TopK));
        Assert.Equal((0.95f, 0.05f, 1.05f, 2048), (defaults.TopP, defaults.MinP, defaults.RepetitionPenalty, defaults.MaxNewTokens));
    }

    [Fact]
    public void Load_SingleEndToken_IsAListOfOne() => Assert.Equal([2], Load("""{"eos_token_id":2}""", null).EndTokens.AsSpan().ToArray());

    [Fact]
    public void Load_WithoutGenerationConfig_TakesTheTokensOfConfigAndNothingElse()
    {
        GenerationDefaults defaults = Load(null, """{"eos_token_id":2047,"bos_token_id":5,"temperature":0.1,"top_k":50,"do_sample":7}""");
        Assert.Equal([2047], defaults.EndTokens.AsSpan().ToArray());
        Assert.Equal((5, null, null, null), (defaults.BeginToken, defaults.Temperature, defaults.TopK, defaults.DoSample));
    }

    [Fact]
    public void Load_TokensInBoth_PrefersGenerationConfigForEach()
    {
        GenerationDefaults defaults = Load("""{"eos_token_id":[3,4],"bos_token_id":null}""", """{"eos_token_id":2,"bos_token_id":1}""");
        Assert.Equal([3, 4], defaults.EndTokens.AsSpan().ToArray());
        Assert.Equal(1, defaults.BeginToken);
    }

    [Fact]
    public void Load_NoFileAtAll_SuggestsNothing()
    {
        GenerationDefaults defaults = Load(null, null);
        Assert.Empty(defaults.EndTokens);
        Assert.Null(defaults.BeginToken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Load_TopKThatMeansNoLimit_IsNull(int topK) => Assert.Null(Load($$"""{"top_k":{{topK}}}""", null).TopK);

    [Theory]
    [InlineData("""{"eos_token_id":"2"}""", "eos_token_id: \"2\" is not a token id or an array of token ids.")]
    [InlineData("""{"eos_token_id":[1,-2]}""", "eos_token_id: [1,-2] is not a token id or an array of token ids.")]
    [InlineData("""{"eos_token_id":99999999999}""", "eos_token_id: 99999999999 is not a token id or an array of token ids.")]
    [InlineData("""{"bos_token_id":-1}""", "bos_token_id: -1 is not an integer from 0.")]
    [InlineData("""{"do_sample":1}""", "do_sample: 1 is not true or false.")]
    [InlineData("""{"temperature":-0.5}""", "temperature: -0.5 is not a number from 0.")]
    [InlineData("""{"temperature":1e300}""", "temperature: 1e300 is not a number from 0.")]
    [InlineData("""{"top_k":2.5}""", "top_k: 2.5 is not an integer from -1.")]
    [InlineData("""{"top_p":1.5}""", "top_p: 1.5 is not a number from 0 to 1.")]
    [InlineData("""{"min_p":"x"}""", "min_p: \"x\" is not a number from 0 to 1.")]
    [InlineData("""{"repetition_penalty":0}""", "repetition_penalty: 0 is not a number above 0.")]
    [InlineData("""{"max_new_tokens":0}""", "max_new_tokens: 0 is not an integer from 1.")]
    public void Load_WrongValue_IsNamed(string json, string problem) =>
        Assert.Equal([problem], Assert.Throws<CheckpointException>(() => Load(json, null)).Problems);

    [Fact]
    public void Load_SeveralWrongValues_AreAllInOneException() =>
        Assert.Equal(3, Assert.Throws<CheckpointException>(() => Load("""{"top_p":2,"top_k":"a","eos_token_id":{}}""", null)).Problems.Count);

    [Theory]
    [InlineData("", "the file is not valid JSON")]
    [InlineData("[1]", "the file is not a JSON object")]
    public void Load_Malformed_IsRefused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => Load(json, null)).Message);

    private static GenerationDefaults Load(string? generation, string? config)
    {
        using var folder = new TemporaryFolder();
        if (generation is not null)
            folder.Write("generation_config.json", generation);
        if (config is not null)
            folder.Write("config.json", config);
        return GenerationDefaults.Load(folder.Path);
    }
}
