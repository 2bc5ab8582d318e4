using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>The library's merges and our own are two implementations of one rule list: they must agree at every length.</summary>
public class LetterMergesTests
{
    // Many merges ("a" to "t" and the letter of the space), and now and then any byte.
    private static readonly Gen<char> Letter = Gen.Frequency(
        (8, Gen.Int['a', 't'].Select(value => (char)value)),
        (2, Gen.Const('Ġ')),
        (1, Gen.Byte.Select(ByteAlphabet.ToChar)));

    [Fact]
    public void Encode_AnyLetters_GivesTheIdsOfTheChain() =>
        Compare(TokenizerFixture.ReadJson("fairytales"), Letter.Array[0, 60], 5_000);

    [Fact]
    public void Encode_PiecesAroundTheLimit_GivesTheIdsOfTheChain() =>
        Compare(TokenizerFixture.ReadJson("fairytales"), Letter.Array[LetterMerges.LongestPiece - 3, LetterMerges.LongestPiece + 3], 200);

    [Fact]
    public void Encode_EveryPairATokenInScrambledOrder_GivesTheIdsOfTheChain() =>
        Compare(TokenizerFixture.PairsJson(), Gen.Byte.Select(ByteAlphabet.ToChar).Array[0, 60], 2_000);

    [Fact]
    public void Encode_RunsOfOneLetter_GivesTheIdsOfTheChain() =>
        Compare(TokenizerFixture.PairsJson(), Gen.Int[0, 3].Select(value => "ab!Ġ"[value]).Array[0, 40], 5_000);

    [Fact]
    public void Encode_RuleTwiceAndRulesThatNeverApply_GivesTheIdsOfTheChain()
    {
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        JsonObject vocab = json["model"]!["vocab"]!.AsObject();
        JsonArray merges = json["model"]!["merges"]!.AsArray();
        vocab["a b"] = 3000;
        vocab[" "] = 3001;
        vocab["a "] = 3002;
        vocab[""] = 3003;
        // The last of two equal rules counts: "he", first in the file, goes last now.
        merges.Add(new JsonArray("h", "e"));
        merges.Add(new JsonArray("a", " "));
        merges.Add(new JsonArray("a ", "b"));
        merges.Add(new JsonArray("", "a"));
        merges.Add(new JsonArray("a", ""));
        Compare(json, Letter.Array[0, 60], 2_000);
        Assert.NotEqual(
            TokenizerFixture.Read("fairytales").Tokenizer.Encode("there"),
            TokenizerFixture.Load(json).Encode("there"));
    }

    private static void Compare(JsonObject json, Gen<char[]> pieces, int rounds)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json.ToJsonString());
            using JsonDocument document = JsonSection.Open(file, out JsonSection root);
            JsonSection model = root.Required("model");
            Vocabulary vocabulary = new(model.Required("vocab"));
            BytePairMerges merges = new(model.Required("merges"), vocabulary);
            LetterMerges library = new(merges, vocabulary);
            pieces.Sample(
                letters =>
                {
                    List<int> fromLibrary = [], fromChain = [];
                    library.Encode(letters, fromLibrary);
                    SymbolChain chain = new(merges);
                    foreach (char letter in letters)
                        chain.Add(vocabulary.TryGetId([letter], out int id) ? id : throw new InvalidDataException($"no letter {letter}"));
                    chain.MergeInto(fromChain);
                    return fromLibrary.SequenceEqual(fromChain);
                },
                iter: rounds);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
