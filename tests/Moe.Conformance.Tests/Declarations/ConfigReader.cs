using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>Keys of a Hugging Face config.json, with what the family assumes where one is missing.</summary>
/// <param name="root">The whole file.</param>
internal sealed class ConfigReader(JsonElement root)
{
    /// <summary>The family: "model_type".</summary>
    /// <exception cref="FormatException">It is missing or no text.</exception>
    public string ModelType => Find("model_type") is { ValueKind: JsonValueKind.String } type ? type.GetString()! : throw Wrong("model_type", "a text that names the family");

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value of a missing or null key.</param>
    /// <exception cref="FormatException">The key holds something else.</exception>
    public int Integer(string key, int absent) => Find(key) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out int value) => value,
        _ => throw Wrong(key, "a whole number"),
    };

    /// <summary>A whole number for which null is a value of its own.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value of a missing key.</param>
    /// <param name="isNull">The value of null.</param>
    public int Integer(string key, int absent, int isNull) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null ? isNull : Integer(key, absent);

    /// <summary>A real number.</summary>
    /// <inheritdoc cref="Integer(string, int)"/>
    public double Real(string key, double absent) => Find(key) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        _ => throw Wrong(key, "a number"),
    };

    /// <summary>A truth value.</summary>
    /// <inheritdoc cref="Integer(string, int)"/>
    public bool Flag(string key, bool absent) => Find(key) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A list of whole numbers; empty where it is missing.</summary>
    public IReadOnlyList<int> Integers(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(item => item.GetInt32()).ToArray(),
        _ => throw Wrong(key, "a list of whole numbers"),
    };

    /// <summary>"hidden_act" as a choice of the language.</summary>
    /// <exception cref="FormatException">The language has no such activation.</exception>
    public string Activation() => Find("hidden_act")?.GetString() switch
    {
        null or "silu" or "swish" => "SiLU",
        "gelu" => "Gelu",
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => "GeluTanh",
        "relu" => "ReLU",
        _ => throw Wrong("hidden_act", "silu, gelu, gelu_new, gelu_pytorch_tanh or relu"),
    };

    /// <summary>Refuses keys that change the mathematics in ways the language has no word for.</summary>
    /// <param name="keys">Keys that must be missing or null.</param>
    /// <exception cref="FormatException">One is neither.</exception>
    public void Refuse(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Find(key) is not null)
                throw new FormatException($"config.json: {key} is {Find(key)!.Value.GetRawText()}, which the language has no word for; only a model where it is null can be declared.");
        }
    }

    private JsonElement? Find(string key) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private FormatException Wrong(string key, string expected) =>
        new($"config.json: {key} is {(Find(key) is { } found ? found.GetRawText() : "missing")}; expected {expected}.");
}
