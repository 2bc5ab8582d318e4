using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace Moe.Generators.Declarations;

/// <summary>
/// One attribute to be written: as C# text, and as the declaration that the parser reads from that text. Arguments that
/// equal what the language assumes are left out, so that a declaration says what is particular.
/// </summary>
internal sealed class WordText(string name)
{
    private readonly List<(string? Name, string Text, ArgumentValue? Value)> _arguments = [];

    /// <summary>Name of the word.</summary>
    public string Name => name;

    /// <summary>A positional argument, as text only.</summary>
    public WordText Positional(string text)
    {
        _arguments.Add((null, text, null));
        return this;
    }

    /// <summary>The count of experts, a positional argument.</summary>
    public WordText Positional(int value)
    {
        _arguments.Add(("Count", Number(value), ArgumentValue.Of(value)));
        return this;
    }

    /// <summary>The layout of a checkpoint, a positional argument.</summary>
    public WordText Positional(CheckpointLayout layout)
    {
        _arguments.Add(("Layout", "CheckpointLayout." + layout, ArgumentValue.Of((int)layout)));
        return this;
    }

    /// <summary>A whole number, unless it is the usual one.</summary>
    public WordText With(string argument, int value, int usual = 0) =>
        value == usual ? this : Add(argument, Number(value), ArgumentValue.Of((long)value));

    /// <summary>A real number, unless it is the usual one.</summary>
    public WordText With(string argument, double value, double usual) =>
        value.Equals(usual) ? this : Add(argument, Number(value), ArgumentValue.Of(value));

    /// <summary>A truth value, unless it is the usual one.</summary>
    public WordText With(string argument, bool value, bool usual = false) =>
        value == usual ? this : Add(argument, value ? "true" : "false", ArgumentValue.Of(value ? 1 : 0));

    /// <summary>A choice, unless it is the usual one; written with the name of its enum.</summary>
    public WordText Choice<T>(string argument, T value, T usual)
        where T : struct, Enum =>
        value.Equals(usual) ? this : Add(argument, typeof(T).Name + "." + value, ArgumentValue.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture)));

    /// <summary>A choice by its name, unless it is the usual one; text only.</summary>
    public WordText Choice(string argument, string type, string value, string usual)
    {
        if (value != usual)
            _arguments.Add((null, $"{argument} = {type}.{value}", null));
        return this;
    }

    /// <summary>A list of real numbers.</summary>
    public WordText List(string argument, IEnumerable<double> values) =>
        Add(argument, $"[{string.Join(", ", values.Select(Number))}]", ArgumentValue.Of(values.ToImmutableArray()));

    /// <summary>Any C#, where there is one; text only.</summary>
    public WordText Text(string argument, string? text)
    {
        if (text is not null)
            _arguments.Add((null, $"{argument} = {text}", null));
        return this;
    }

    /// <summary>Whether it says anything.</summary>
    public bool HasArguments => _arguments.Count > 0;

    /// <summary>The declaration that the parser would read; arguments that are text only are missing from it.</summary>
    public AttributeDeclaration ToDeclaration() => new(
        name,
        _arguments.Where(argument => argument.Value is not null)
            .Select(argument => new ArgumentDeclaration(argument.Name!, argument.Value!.Value))
            .ToImmutableArray());

    /// <summary>The attribute in its brackets.</summary>
    public override string ToString() => HasArguments ? $"[{name}({string.Join(", ", _arguments.Select(argument => argument.Text))})]" : $"[{name}]";

    /// <summary>A whole number as C#, digits grouped by three from five on.</summary>
    public static string Number(int value) =>
        value is > -10_000 and < 10_000
            ? value.ToString(CultureInfo.InvariantCulture)
            : value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '_');

    /// <summary>A real number as C#, exact.</summary>
    public static string Number(double value)
    {
        if (value == (int)value)
            return Number((int)value);
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        if (double.Parse(text, CultureInfo.InvariantCulture) != value)
            text = value.ToString("G17", CultureInfo.InvariantCulture);
        return text.Replace("E-0", "e-").Replace("E+", "e").Replace("E", "e");
    }

    private WordText Add(string argument, string text, ArgumentValue value)
    {
        _arguments.Add((argument, $"{argument} = {text}", value));
        return this;
    }
}
