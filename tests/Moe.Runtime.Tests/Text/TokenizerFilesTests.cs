using System;
using System.IO;
using System.Text.Json.Nodes;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>What the files may say, and how a bad one is refused.</summary>
public class TokenizerFilesTests
{
    [Fact]
    public void Load_FairyTales_KnowsItsTokens()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TokenizerFixture.Folder, "fairytales"));
        Assert.Equal(2048, tokenizer.VocabularySize);
        Assert.True(tokenizer.TryGetId("<|endoftext|>", out int end));
        Assert.Equal(2047, end);
        Assert.True(tokenizer.IsSpecial(2047));
        Assert.False(tokenizer.IsSpecial(5));
        Assert.Equal(2047, tokenizer.BeginOfText);
        Assert.False(tokenizer.TryGetId("<|nothing|>", out _));
        Assert.Equal("ab", tokenizer.Decode([.. tokenizer.Encode("a"), 2047, 999_999, .. tokenizer.Encode("b")]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Fact]
    public void Encode_WithoutSpecialTokens_LeavesTheBeginningOut()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(TokenizerFixture.Folder, "characters"));
        int[] with = tokenizer.Encode("Once");
        Assert.Equal(1, tokenizer.BeginOfText);
        Assert.Equal(1, with[0]);
        Assert.Equal(with[1..], tokenizer.Encode("Once", addSpecialTokens: false));
        Assert.Equal([1], tokenizer.Encode(""));
    }

    [Theory]
    [InlineData("""{"add_bos_token": true, "bos_token": "<s>"}""", new[] { 1 }, new int[0])]
    [InlineData("""{"add_bos_token": false, "bos_token": "<s>"}""", new int[0], new int[0])]
    [InlineData("""{"add_eos_token": true, "eos_token": {"content": "</s>", "lstrip": false}}""", new[] { 1 }, new[] { 2 })]
    [InlineData("""{"add_bos_token": null}""", new[] { 1 }, new int[0])]
    public void Load_ConfigThatSpeaksOfBeginningAndEnd_WinsOverTheTemplate(string config, int[] before, int[] behind)
    {
        Tokenizer tokenizer = TokenizerFixture.LoadText(TokenizerFixture.ReadJson("characters").ToJsonString(), config);
        Assert.Equal([.. before, .. tokenizer.Encode("a", addSpecialTokens: false), .. behind], tokenizer.Encode("a"));
    }

    [Fact]
    public void Load_TemplateMissingButConfigAddsTheBeginning_AddsIt()
    {
        // DeepSeek-V3's tokenizer.json has no template; the beginning of text stands in tokenizer_config.json alone.
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        Tokenizer tokenizer = TokenizerFixture.LoadText(json.ToJsonString(), """{"add_bos_token": true, "bos_token": "<|endoftext|>"}""");
        Assert.Equal(2047, tokenizer.Encode("a")[0]);
    }

    [Fact]
    public void Load_AddedTokenInTheConfigAlone_IsFound()
    {
        Tokenizer tokenizer = TokenizerFixture.LoadText(
            TokenizerFixture.ReadJson("fairytales").ToJsonString(),
            """{"added_tokens_decoder": {"2048": {"content": "<think>", "special": false, "normalized": false}}}""");
        Assert.Equal([2048], tokenizer.Encode("<think>"));
        Assert.Equal(2049, tokenizer.VocabularySize);
        Assert.Equal("<think>", tokenizer.Decode([2048]));
    }

    [Fact]
    public void Load_MergesAsPairsAndAsStrings_GiveTheSameIds()
    {
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        Tokenizer pairs = TokenizerFixture.Load(json);
        JsonArray merges = json["model"]!["merges"]!.AsArray();
        for (int i = 0; i < merges.Count; i++)
            merges[i] = $"{merges[i]![0]} {merges[i]![1]}";
        Tokenizer strings = TokenizerFixture.Load(json);
        foreach (string text in TokenizerFixture.Strings[..1000])
            Assert.Equal(pairs.Encode(text), strings.Encode(text));
    }

    [Fact]
    public void Load_MissingFolder_NamesTheFile()
    {
        string folder = Path.Combine(Path.GetTempPath(), "no-such-folder-" + Guid.NewGuid());
        TokenizerException e = Assert.Throws<TokenizerException>(() => Tokenizer.Load(folder));
        Assert.Equal(Path.Combine(folder, "tokenizer.json"), e.File);
        Assert.Contains("does not exist", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => Tokenizer.Load(null!));
    }

    [Theory]
    [InlineData("", "malformed JSON")]
    [InlineData("{", "malformed JSON")]
    [InlineData("[]", "expected an object, found array")]
    [InlineData("""{"model": 1, "model": 2}""", "malformed JSON")]
    [InlineData("""{"decoder": {"type": "ByteLevel"}}""", "\"model\" is missing")]
    public void Load_FileThatIsNoTokenizer_IsRefused(string json, string problem)
    {
        TokenizerException e = Assert.Throws<TokenizerException>(() => TokenizerFixture.LoadText(json));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.EndsWith("tokenizer.json", e.File, StringComparison.Ordinal);
    }

    /// <summary>Each row replaces one section of a good file and names the place and the words of the refusal.</summary>
    [Theory]
    [InlineData("model.merges", null, "model", "\"merges\" is missing")]
    [InlineData("model.vocab", null, "model", "\"vocab\" is missing")]
    [InlineData("model.vocab", "{}", "model.vocab", "the vocabulary is empty")]
    [InlineData("model.type", "\"WordPiece\"", "model", "model type WordPiece is not supported")]
    [InlineData("model.type", "\"Unigram\"", "model", "model type Unigram is not supported")]
    [InlineData("model.dropout", "0.1", "model.dropout", "dropout")]
    [InlineData("model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix", "not supported")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix", "not supported")]
    [InlineData("model.merges", "[[\"a\", \"b\", \"c\"]]", "model.merges[0]", "two parts, found 3")]
    [InlineData("model.merges", "[\"ab\"]", "model.merges[0]", "two tokens with one space")]
    [InlineData("model.merges", "[\"h e\", \"h nothing\"]", "model.merges[1]", "\"nothing\" is not in model.vocab")]
    [InlineData("model.merges", "[\"! !\"]", "model.merges[0]", "\"!!\" is not in model.vocab")]
    [InlineData("model.merges", "{}", "model.merges", "expected an array, found object")]
    [InlineData("model.vocab.!", "5", "model.vocab.!", "id 5 belongs to \"&\" and to \"!\"")]
    [InlineData("model.vocab.!", "-1", "model.vocab.!", "id -1 is outside")]
    [InlineData("model.vocab.!", "2000000000", "model.vocab.!", "is outside")]
    [InlineData("model.vocab.!", "1e99", "model.vocab.!", "whole number")]
    [InlineData("model.vocab.!", null, "model.vocab", "the byte token \"!\" is missing")]
    [InlineData("added_tokens", """[{"id": 7, "content": "<x>"}]""", "added_tokens[0]", "id 7 belongs to")]
    [InlineData("added_tokens", """[{"id": 2048, "content": "the"}]""", "added_tokens[0]", "has id 2048 here")]
    [InlineData("added_tokens", """[{"id": 2048, "content": "\ud800"}]""", "added_tokens[0].content", "not valid Unicode")]
    [InlineData("added_tokens", """[{"content": "<x>"}]""", "added_tokens[0]", "\"id\" is missing")]
    [InlineData("normalizer", """{"type": "NFKC"}""", "normalizer", "normalizer NFKC is not supported")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}""", "normalizer.normalizers[1]", "normalizer Lowercase")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": " +"}, "content": " "}""", "normalizer.pattern", "regular expression")]
    [InlineData("pre_tokenizer", """{"type": "Whitespace"}""", "pre_tokenizer", "pre-tokenizer Whitespace is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}""", "pre_tokenizer.pretokenizers[1]", "ByteLevel must be last")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\p{Han}+"}, "behavior": "Isolated", "invert": false}""", "pre_tokenizer.pattern", @"the property \p{Han}")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", @"the escape \w")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[a[b]]"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "nested classes")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[a&&b]"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "intersections")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[𝒜-𝒵]"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "above U+FFFF")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a$"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "the anchor $")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "an unclosed (")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[\\u0000-\\uD7FF\\uE000-\\uFFFF]"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern", "names every character")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Sideways"}""", "pre_tokenizer.behavior", "Sideways")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "last"}""", "pre_tokenizer", "\"last\" is not known")]
    [InlineData("pre_tokenizer", "null", "model", "neither unk_token nor byte_fallback")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "post_processor", "post-processor BertProcessing is not supported")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}], "special_tokens": {}}""", "post_processor.single[0].SpecialToken.id", "\"<s>\" is not defined")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"<s>": {"ids": [4000]}}}""", "post_processor.special_tokens.<s>.ids[0]", "id 4000, which the vocabulary does not hold")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [], "special_tokens": {}}""", "post_processor.single", "leaves the text out")]
    [InlineData("decoder", "null", "", "no decoder")]
    [InlineData("decoder", """{"type": "WordPiece"}""", "decoder", "decoder WordPiece is not supported")]
    [InlineData("decoder", """{"type": "Strip", "content": " ", "start": 1, "stop": 0}""", "decoder", "without Fuse")]
    public void Load_SectionThatCannotBeHonoured_IsRefusedByName(string section, string? value, string key, string problem)
    {
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        JsonObject parent = json;
        string[] path = section.Split('.');
        foreach (string step in path[..^1])
            parent = parent[step]!.AsObject();
        parent.Remove(path[^1]);
        string text = json.ToJsonString();
        if (value is not null)
        {
            // Put in as text, so that values which no JSON writer would write stay as they are.
            parent[path[^1]] = "@@value@@";
            text = json.ToJsonString().Replace("\"@@value@@\"", value, StringComparison.Ordinal);
        }

        TokenizerException e = Assert.Throws<TokenizerException>(() => TokenizerFixture.LoadText(text));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Equal(key, e.Key);
        Assert.EndsWith("tokenizer.json", e.File, StringComparison.Ordinal);
        Assert.StartsWith(e.File, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"add_bos_token": true}""", "add_bos_token", "bos_token is not given")]
    [InlineData("""{"add_bos_token": true, "bos_token": "<s>"}""", "bos_token", "\"<s>\" is not in the vocabulary")]
    [InlineData("""{"bos_token": {"content": "<s>"}}""", "bos_token.content", "is not in the vocabulary")]
    [InlineData("""{"split_special_tokens": true}""", "split_special_tokens", "not supported")]
    [InlineData("""{"add_prefix_space": true}""", "add_prefix_space", "contradicts")]
    [InlineData("""{"add_bos_token": "yes"}""", "add_bos_token", "expected true or false, found string")]
    [InlineData("""{"added_tokens_decoder": {"x": {"content": "<x>"}}}""", "added_tokens_decoder.x", "the key is not an id")]
    [InlineData("""{"added_tokens_decoder": {"2000": {"content": "<x>"}}}""", "added_tokens_decoder.2000", "id 2000 belongs to")]
    [InlineData("nonsense", "$", "malformed JSON")]
    public void Load_ConfigThatCannotBeHonoured_IsRefusedByName(string config, string key, string problem)
    {
        string json = TokenizerFixture.ReadJson("fairytales").ToJsonString();
        TokenizerException e = Assert.Throws<TokenizerException>(() => TokenizerFixture.LoadText(json, config));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.EndsWith("tokenizer_config.json", e.File, StringComparison.Ordinal);
        if (key != "$")
            Assert.Equal(key, e.Key);
    }
}
