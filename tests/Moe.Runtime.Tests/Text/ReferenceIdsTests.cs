using System;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>Ids and text against huggingface/tokenizers.</summary>
public class ReferenceIdsTests
{
    [Theory]
    [InlineData("fairytales", 10000)]
    [InlineData("characters", 10000)]
    [InlineData("gpt2", 2000)]
    [InlineData("gpt2-prefix-space", 2000)]
    [InlineData("qwen2", 2000)]
    [InlineData("llama3", 2000)]
    [InlineData("deepseek3", 2000)]
    [InlineData("gpt4o", 2000)]
    [InlineData("possessive", 2000)]
    [InlineData("behaviours", 2000)]
    [InlineData("mixtral-metaspace", 2000)]
    [InlineData("metaspace-learnt", 2000)]
    [InlineData("metaspace-never", 2000)]
    [InlineData("unknown-apart", 2000)]
    [InlineData("normalized-added", 2000)]
    public void Encode_StringsOfAFixture_GivesTheReferenceIds(string name, int count)
    {
        TokenizerFixture fixture = TokenizerFixture.Read(name);
        Assert.Equal(count, fixture.Ids.Length);
        for (int i = 0; i < count; i++)
        {
            string text = TokenizerFixture.Strings[i];
            Assert.True(
                fixture.Ids[i].AsSpan().SequenceEqual(fixture.Tokenizer.Encode(text)),
                $"string {i}, {System.Text.Json.JsonSerializer.Serialize(text)}: expected {string.Join(' ', fixture.Ids[i])}, found {string.Join(' ', fixture.Tokenizer.Encode(text))}");
        }
    }
}
