using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>The NFC normalizer, through a tokenizer, against the normalisation of another runtime.</summary>
public class CanonicalCompositionTests
{
    private static readonly JsonNode Expected = JsonNode.Parse(File.ReadAllText(Path.Combine(TokenizerFixture.Folder, "canonical-composition.json")))!;

    [Fact]
    public void Normalizer_StringsThatNeedOrderAndJoining_AreInFormC()
    {
        Tokenizer tokenizer = NewTokenizer();
        foreach (JsonNode? pair in Expected["strings"]!.AsArray())
            Assert.Equal(pair![1]!.GetValue<string>(), Normalized(tokenizer, pair[0]!.GetValue<string>()));
    }

    [Fact]
    public void Normalizer_EveryCharacter_IsInFormC()
    {
        // Above stand tags, variation selectors and private use, which are their own form C.
        StringBuilder all = new();
        for (int value = 0; value < 0x34000; value++)
        {
            if (Rune.IsValid(value))
                all.Append(new Rune(value).ToString()).Append('\n');
        }

        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(Normalized(NewTokenizer(), all.ToString())));
        Assert.Equal(Expected["everyCharacterSha256"]!.GetValue<string>(), Convert.ToHexStringLower(digest));
    }

    [Fact]
    public void Normalizer_LongRunOfMarks_IsOrderedQuickly()
    {
        // Alternating classes 230 and 220: a sort that moves one mark at a time would take hours.
        string marks = string.Concat(System.Linq.Enumerable.Repeat("\u0307\u0323", 200_000));
        string expected = "q" + new string('\u0323', 200_000) + new string('\u0307', 200_000);
        Assert.Equal(expected, Normalized(NewTokenizer(), "q" + marks));
    }

    private static Tokenizer NewTokenizer()
    {
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        return TokenizerFixture.Load(json);
    }

    private static string Normalized(Tokenizer tokenizer, string text) => tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false);
}
