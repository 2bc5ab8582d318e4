using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// What a checkpoint suggests for generation, from its generation_config.json. Null where it suggests nothing.
/// </summary>
/// <param name="EndTokens">Ids of the tokens that end a text, every id once; empty if the checkpoint names none.</param>
/// <param name="BeginToken">Id of the token that begins a text.</param>
/// <param name="DoSample">Whether to draw at random rather than take the best token.</param>
/// <param name="Temperature">Divides the logits; not negative.</param>
/// <param name="TopK">Draw from so many best tokens; positive. The file's 0 and -1, which mean no limit, become null.</param>
/// <param name="TopP">Draw from the best tokens that have this share of the probability together; 0 to 1.</param>
/// <param name="MinP">Draw from tokens that have at least this share of the best one's probability; 0 to 1.</param>
/// <param name="RepetitionPenalty">Divides positive and multiplies negative logits of tokens that occurred; positive.</param>
/// <param name="MaxNewTokens">Tokens to generate at most; positive.</param>
public sealed record GenerationDefaults(
    ImmutableArray<int> EndTokens,
    int? BeginToken,
    bool? DoSample,
    float? Temperature,
    int? TopK,
    float? TopP,
    float? MinP,
    float? RepetitionPenalty,
    int? MaxNewTokens)
{
    private const string GenerationFile = "generation_config.json";
    private const string ConfigFile = "config.json";
    private const string OfValues = "wrong values";

    /// <summary>No suggestion at all.</summary>
    public static GenerationDefaults None { get; } = new([], null, null, null, null, null, null, null, null);

    /// <summary>
    /// Reads generation_config.json; the begin and end tokens that it does not name, or all if there is no such file,
    /// come from config.json. Keys that are not in this record are not looked at.
    /// </summary>
    /// <param name="folder">The checkpoint's folder. Neither file has to exist.</param>
    /// <exception cref="CheckpointException">A file is unreadable or malformed, or values have a wrong type or range; lists all.</exception>
    public static GenerationDefaults Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        GenerationDefaults fromGeneration = LoadFile(Path.Combine(folder, GenerationFile), isTokensOnly: false);
        if (!fromGeneration.EndTokens.IsEmpty && fromGeneration.BeginToken is not null)
            return fromGeneration;

        GenerationDefaults fromConfig = LoadFile(Path.Combine(folder, ConfigFile), isTokensOnly: true);
        return fromGeneration with
        {
            EndTokens = fromGeneration.EndTokens.IsEmpty ? fromConfig.EndTokens : fromGeneration.EndTokens,
            BeginToken = fromGeneration.BeginToken ?? fromConfig.BeginToken,
        };
    }

    private static GenerationDefaults LoadFile(string path, bool isTokensOnly)
    {
        if (!Path.Exists(path))
            return None;

        using JsonDocument document = CheckpointFile.ReadJson(path);
        var values = new Values(isTokensOnly ? TextConfig.Of(document.RootElement) : document.RootElement, new ProblemList(path));
        ImmutableArray<int> endTokens = values.Tokens("eos_token_id");
        int? beginToken = values.Integer("bos_token_id", 0);
        int? topK = isTokensOnly ? null : values.Integer("top_k", -1);
        var defaults = new GenerationDefaults(
            endTokens,
            beginToken,
            isTokensOnly ? null : values.Truth("do_sample"),
            isTokensOnly ? null : values.Number("temperature", "a number from 0", number => number >= 0),
            topK > 0 ? topK : null,
            isTokensOnly ? null : values.Number("top_p", "a number from 0 to 1", number => number is >= 0 and <= 1),
            isTokensOnly ? null : values.Number("min_p", "a number from 0 to 1", number => number is >= 0 and <= 1),
            isTokensOnly ? null : values.Number("repetition_penalty", "a number above 0", number => number > 0),
            isTokensOnly ? null : values.Integer("max_new_tokens", 1));
        values.Problems.ThrowIfAny();
        return defaults;
    }

    /// <summary>Reads single values; each that is wrong becomes a problem and null.</summary>
    private readonly record struct Values(JsonElement Root, ProblemList Problems)
    {
        internal bool? Truth(string key)
        {
            if (Find(key) is not { } value)
                return null;
            if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
                return value.GetBoolean();
            Wrong(key, "true or false", value);
            return null;
        }

        internal int? Integer(string key, int least)
        {
            if (Find(key) is not { } value)
                return null;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least)
                return number;
            Wrong(key, $"an integer from {least}", value);
            return null;
        }

        internal float? Number(string key, string needed, Func<float, bool> isRight)
        {
            if (Find(key) is not { } value)
                return null;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) && float.IsFinite(number) && isRight(number))
                return number;
            Wrong(key, needed, value);
            return null;
        }

        internal ImmutableArray<int> Tokens(string key)
        {
            if (Find(key) is not { } value)
                return [];

            bool isArray = value.ValueKind == JsonValueKind.Array;
            var tokens = new List<int>();
            for (int index = 0; index < (isArray ? value.GetArrayLength() : 1); index++)
            {
                JsonElement element = isArray ? value[index] : value;
                if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int token) && token >= 0)
                {
                    tokens.Add(token);
                }
                else
                {
                    Wrong(key, "a token id or an array of token ids", value);
                    return [];
                }
            }

            return [.. tokens.Distinct()];
        }

        private JsonElement? Find(string key) =>
            Root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private void Wrong(string key, string needed, JsonElement value) =>
            Problems.Add(OfValues, $"{key}: {JsonValues.Text(value)} is not {needed}.");
    }
}
