using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Generation;

/// <summary>A tokenizer whose ids are the text's UTF-8 bytes, with two special tokens behind them.</summary>
internal static class ByteTokenizer
{
    public const int Begin = 256;

    public const int End = 257;

    public static Tokenizer WithBegin { get; } = Create(hasBegin: true);

    public static Tokenizer WithoutBegin { get; } = Create(hasBegin: false);

    private static Tokenizer Create(bool hasBegin)
    {
        var vocabulary = new JsonObject();
        int spare = 256;
        for (int value = 0; value < 256; value++)
        {
            // GPT-2 writes printable bytes as themselves and the others, in order, from U+0100 on.
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            vocabulary[((char)(isPrintable ? value : spare++)).ToString()] = value;
        }

        JsonObject Added(string content, int id) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };
        var root = new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added("<|begin|>", Begin), Added("<|end|>", End)),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        string folder = Directory.CreateTempSubdirectory("moe-tokenizer-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), root.ToJsonString());
            if (hasBegin)
                File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"bos_token": "<|begin|>"}""");

            return Tokenizer.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
