using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>Damaged files: a <see cref="TokenizerException"/> or a tokenizer that works, and nothing else.</summary>
public class TokenizerFuzzTests
{
    private static readonly string[] Probes = ["", " a  b\n", "Once upon a time 123", "née 𝒜𝟘 <s>x</s> <|endoftext|>", "▁a\u0301 \0"];

    private static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("MOE_FUZZ"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : 800;

    [Fact]
    public void Load_FileWithDamagedBytes_IsRefusedOrWorks() => Fuzz((json, random) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        for (int n = 1 + random.Next(2); n > 0; n--)
        {
            int at = random.Next(bytes.Length);
            bytes = random.Next(4) switch
            {
                0 => bytes[..at],
                1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
                2 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(9))..]],
                _ => [.. bytes[..at], "{}[],:\"\\u0e-9ntf"u8[random.Next(16)], .. bytes[(at + 1)..]],
            };
            if (bytes.Length == 0)
                break;
        }

        return bytes;
    });

    [Fact]
    public void Load_FileWithDamagedValues_IsRefusedOrWorks() => Fuzz((json, random) =>
    {
        for (int n = 1 + random.Next(3); n > 0; n--)
        {
            List<JsonNode> nodes = [.. Descendants(json)];
            JsonNode victim = nodes[random.Next(nodes.Count)];
            JsonNode? other = random.Next(10) switch
            {
                0 => null,
                1 => random.Next(-2, 300),
                2 => int.MaxValue,
                3 => 1e300,
                4 => "",
                5 => new string[] { "ByteLevel", "Split", "Metaspace", "Sequence", "Strip", "Fuse", "Isolated", "first", "(?i:a|)*", "[^\\p{L}]++", "a{0,9}" }[random.Next(11)],
                6 => new JsonArray(),
                7 => new JsonObject(),
                8 => random.Next(2) == 0,
                _ => nodes[random.Next(nodes.Count)].DeepClone(),
            };
            if (victim.Parent is JsonObject parent)
            {
                string key = victim.GetPropertyName();
                parent.Remove(key);
                if (random.Next(4) > 0)
                    parent[random.Next(8) == 0 ? key + "x" : key] = other;
            }
            else if (victim.Parent is JsonArray list)
            {
                list[victim.GetElementIndex()] = other;
            }
        }

        return Encoding.UTF8.GetBytes(json.ToJsonString());
    });

    private static void Fuzz(Func<JsonObject, Random, byte[]> damage)
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        int refused = 0, worked = 0;
        string bytesJson = SmallBytes().ToJsonString(), charactersJson = SmallCharacters().ToJsonString();
        try
        {
            string file = Path.Combine(folder, "tokenizer.json");
            for (int seed = 0; seed < Rounds; seed++)
            {
                Random random = new(seed);
                byte[] bytes = damage(JsonNode.Parse(seed % 2 == 0 ? bytesJson : charactersJson)!.AsObject(), random);
                File.WriteAllBytes(file, bytes);
                try
                {
                    Tokenizer tokenizer;
                    try
                    {
                        tokenizer = Tokenizer.Load(folder);
                        worked++;
                    }
                    catch (TokenizerException)
                    {
                        refused++;
                        continue;
                    }

                    foreach (string probe in Probes)
                    {
                        int[] ids = tokenizer.Encode(probe);
                        Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                        StreamingDecoder decoder = tokenizer.NewDecoder();
                        Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Push)) + decoder.Flush());
                    }
                }
                catch (Exception e)
                {
                    Assert.Fail($"seed {seed}: {e}\n{Encoding.UTF8.GetString(bytes)}");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Assert.True(refused > Rounds / 10 && worked > Rounds / 100, $"{refused} refused, {worked} worked: one of the two ways is hardly tried");
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            // The last ones only: the many entries of vocab and merges would crowd out everything else.
            JsonObject item => item.Select(member => member.Value).TakeLast(12),
            JsonArray list => list.TakeLast(6),
            _ => [],
        };
        foreach (JsonNode child in children.OfType<JsonNode>().ToList())
        {
            yield return child;
            foreach (JsonNode deeper in Descendants(child))
                yield return deeper;
        }
    }

    private static JsonObject SmallBytes()
    {
        JsonObject json = TokenizerFixture.ReadJson("fairytales");
        JsonObject vocab = [];
        foreach ((string token, JsonNode? id) in json["model"]!["vocab"]!.AsObject().Where(entry => entry.Value!.GetValue<int>() < 300))
            vocab[token] = id!.DeepClone();
        JsonArray merges = [];
        foreach (JsonNode? merge in json["model"]!["merges"]!.AsArray())
        {
            if (vocab.ContainsKey(merge![0]!.GetValue<string>() + merge[1]!.GetValue<string>()))
                merges.Add(merge.DeepClone());
        }

        json["model"]!["vocab"] = vocab;
        json["model"]!["merges"] = merges;
        json["added_tokens"]![0]!["id"] = 300;
        json["normalizer"] = JsonNode.Parse("""{"type": "Sequence", "normalizers": [{"type": "NFC"}]}""");
        json["pre_tokenizer"] = JsonNode.Parse(
            """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}""");
        json["post_processor"] = JsonNode.Parse(
            """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "e"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"e": {"id": "e", "ids": [300], "tokens": ["e"]}}}""");
        return json;
    }

    private static JsonObject SmallCharacters()
    {
        JsonObject json = TokenizerFixture.ReadJson("characters");
        JsonObject vocab = [];
        foreach ((string token, JsonNode? id) in json["model"]!["vocab"]!.AsObject().Where(entry => entry.Value!.GetValue<int>() < 259 || entry.Key.Length == 1))
            vocab[token] = id!.DeepClone();
        vocab["▁a"] = 5000;
        json["model"]!["vocab"] = vocab;
        json["model"]!["merges"] = new JsonArray("▁ a");
        json["pre_tokenizer"] = JsonNode.Parse("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}""");
        return json;
    }
}
