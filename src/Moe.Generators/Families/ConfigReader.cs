using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Moe.Generators.Families;

/// <summary>Reads the keys of a config.json, with what the family assumes where one is missing.</summary>
/// <param name="root">The file, or an object in it.</param>
/// <param name="path">Where the object lies, with a dot at its end; empty for the file.</param>
internal sealed class ConfigReader(ConfigSection root, string path = "")
{
    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Whether the key is there and null.</summary>
    public bool IsNull(string key) => root.TryGetValue(key, out object? value) && value is null;

    /// <summary>Whether the key holds an object.</summary>
    public bool IsSection(string key) => Find(key) is ConfigSection;

    /// <summary>Whether any key holds an object.</summary>
    public bool HasSections => root.Values.Any(value => value is ConfigSection);

    /// <summary>Whether the key holds a list.</summary>
    public bool IsList(string key) => Find(key) is System.Collections.IEnumerable and not (string or ConfigSection);

    /// <summary>Whether the key holds a number.</summary>
    public bool IsNumber(string key) => Find(key) is int or long or double;

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="absent">The value of a missing or null key.</param>
    /// <exception cref="FormatException">The key holds something else; here and in every method below.</exception>
    public int Integer(string key, int absent) => Find(key) switch
    {
        null => absent,
        int integer => integer,
        long integer when integer is >= int.MinValue and <= int.MaxValue => (int)integer,
        double real when real == (int)real => (int)real,
        _ => throw Wrong(key, "a whole number"),
    };

    /// <summary>A whole number that the file must say.</summary>
    public int Integer(string key) => Has(key) ? Integer(key, 0) : throw Wrong(key, "a whole number");

    /// <summary>A whole number for which null is a value of its own.</summary>
    public int Integer(string key, int absent, int isNull) =>
        IsNull(key) ? isNull : Integer(key, absent);

    /// <summary>A real number.</summary>
    public double Real(string key, double absent) => Find(key) switch
    {
        null => absent,
        int or long or double => Convert.ToDouble(Find(key), CultureInfo.InvariantCulture),
        _ => throw Wrong(key, "a number"),
    };

    /// <summary>A truth value.</summary>
    public bool Flag(string key, bool absent) => Find(key) switch
    {
        null => absent,
        bool truth => truth,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A text.</summary>
    public string? Text(string key, string? absent) => Find(key) switch
    {
        null => absent,
        string text => text,
        _ => throw Wrong(key, "a text"),
    };

    /// <summary>A list of whole numbers; null where it is missing.</summary>
    public int[]? Integers(string key) => List(key)?.Select(item => item is long or int ? Convert.ToInt32(item, CultureInfo.InvariantCulture) : throw Wrong(key, "a list of whole numbers")).ToArray();

    /// <summary>A list of numbers; null where it is missing.</summary>
    public double[]? Reals(string key) => List(key)?.Select(item => item is long or int or double ? Convert.ToDouble(item, CultureInfo.InvariantCulture) : throw Wrong(key, "a list of numbers")).ToArray();

    /// <summary>A list of texts; null where it is missing.</summary>
    public string[]? Texts(string key) => List(key)?.Select(item => item as string ?? throw Wrong(key, "a list of texts")).ToArray();

    /// <summary>An object; an empty one where it is missing.</summary>
    public ConfigReader Section(string key) => Find(key) switch
    {
        null => new ConfigReader(new ConfigSection(), path + key + "."),
        ConfigSection section => new ConfigReader(section, path + key + "."),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>An activation by its name in the library.</summary>
    public Activation Activation(string key, string absent = "silu") => Text(key, absent) switch
    {
        "silu" or "swish" => Moe.Activation.SiLU,
        "gelu" => Moe.Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Moe.Activation.GeluTanh,
        "relu" => Moe.Activation.ReLU,
        "relu2" => Moe.Activation.ReLUSquared,
        "quick_gelu" => Moe.Activation.QuickGelu,
        "tanh" => Moe.Activation.Tanh,
        "sigmoid" => Moe.Activation.Sigmoid,
        "linear" => Moe.Activation.Identity,
        _ => throw Wrong(key, "silu, gelu, gelu_new, gelu_pytorch_tanh, relu, relu2, quick_gelu, tanh, sigmoid or linear"),
    };

    /// <summary>What the file says under a key that cannot be used.</summary>
    public FormatException Wrong(string key, string expected) =>
        new($"config.json: {path}{key} is {(Find(key) is { } found ? ConfigText.Of(found) : "missing")}; expected {expected}.");

    private IEnumerable<object?>? List(string key) => Find(key) switch
    {
        null => null,
        string => throw Wrong(key, "a list"),
        System.Collections.IEnumerable list and not ConfigSection => list.Cast<object?>(),
        _ => throw Wrong(key, "a list"),
    };

    private object? Find(string key) => root.TryGetValue(key, out object? value) ? value : null;
}
