using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>A tokenizer and the ids that the reference implementation gives; written by Fixtures/make-fixtures.mjs.</summary>
internal sealed class TokenizerFixture
{
    private static readonly ConcurrentDictionary<string, Lazy<TokenizerFixture>> Fixtures = new();
    private static readonly Lazy<string[]> AllStrings = new(() => Unzip("strings").Deserialize<string[]>()!);

    private TokenizerFixture(string name)
    {
        JsonNode fixture = Unzip(name);
        string from = fixture["base"]!.GetValue<string>();
        JsonObject json = from == "pairs" ? PairsJson() : ReadJson(from);
        foreach ((string key, JsonNode? section) in fixture["sections"]!.AsObject())
        {
            if (key != "model")
            {
                json[key] = section?.DeepClone();
                continue;
            }

            foreach ((string inner, JsonNode? value) in section!.AsObject())
                json["model"]![inner] = value?.DeepClone();
        }

        Tokenizer = Load(json);
        Ids = fixture["ids"].Deserialize<int[][]>()!;
        foreach ((string index, JsonNode? text) in fixture["decoded"]!.AsObject())
            Decoded[int.Parse(index)] = text!.GetValue<string>();
    }

    public Tokenizer Tokenizer { get; }

    public int[][] Ids { get; }

    /// <summary>What the reference decodes, where that is not the string itself.</summary>
    public Dictionary<int, string> Decoded { get; } = [];

    public static string[] Strings => AllStrings.Value;

    public static TokenizerFixture Read(string name) =>
        Fixtures.GetOrAdd(name, key => new Lazy<TokenizerFixture>(() => new TokenizerFixture(key))).Value;

    /// <summary>The folder of the fixtures, found from the test's own folder upwards.</summary>
    public static string Folder { get; } = FindFolder();

    public static JsonObject ReadJson(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, name, "tokenizer.json")))!.AsObject();

    public static Tokenizer Load(JsonObject tokenizer, JsonObject? config = null) => LoadText(tokenizer.ToJsonString(), config?.ToJsonString());

    /// <summary>Writes the files into a folder of their own and loads them.</summary>
    public static Tokenizer LoadText(string tokenizer, string? config = null)
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer);
            if (config is not null)
                File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
            return Tokenizer.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// A byte-level vocabulary in which every pair of bytes is a token and merges in a scrambled order: wherever text is cut
    /// wrongly, the ids tell. The same as in make-fixtures.mjs.
    /// </summary>
    public static JsonObject PairsJson()
    {
        const int pairs = 65536;
        char[] letters = new char[256];
        int shifted = 256;
        for (int value = 0; value < 256; value++)
            letters[value] = (char)(value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? value : shifted++);

        JsonObject vocab = [];
        for (int value = 0; value < 256; value++)
            vocab[letters[value].ToString()] = value;
        for (int pair = 0; pair < pairs; pair++)
            vocab[$"{letters[pair >> 8]}{letters[pair & 255]}"] = 256 + pair;
        JsonArray merges = [];
        for (long rank = 0; rank < pairs; rank++)
        {
            int pair = (int)(rank * 40503 % pairs);
            merges.Add(new JsonArray(letters[pair >> 8].ToString(), letters[pair & 255].ToString()));
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 256 + pairs, ["content"] = "<|endoftext|>", ["special"] = true }),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocab, ["merges"] = merges },
        };
    }

    private static JsonNode Unzip(string name)
    {
        using GZipStream stream = new(File.OpenRead(Path.Combine(Folder, name + ".json.gz")), CompressionMode.Decompress);
        return JsonNode.Parse(stream)!;
    }

    private static string FindFolder()
    {
        string inside = Path.Combine("tests", "Moe.Runtime.Tests", "Text", "Fixtures");
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(Path.Combine(folder, inside)))
                return Path.Combine(folder, inside);
        }

        throw new DirectoryNotFoundException($"{inside} was not found above {AppContext.BaseDirectory}");
    }
}
