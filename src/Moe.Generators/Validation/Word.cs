using System;
using System.Collections.Generic;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>An argument that holds after inheritance: its value, where it is written and on which level of the chain.</summary>
internal readonly record struct Setting(ArgumentValue Value, Part Part, int Level);

/// <summary>One word of the language as it holds for a class: each argument from the nearest level that writes it.</summary>
internal sealed class Word
{
    private const string Reset = "Reset";

    private readonly Dictionary<string, Setting> _settings;

    private Word(string name, Part part, int level, bool isPresent, Dictionary<string, Setting> settings)
    {
        Name = name;
        Part = part;
        Level = level;
        IsPresent = isPresent;
        _settings = settings;
    }

    /// <summary>Its name, such as "Router".</summary>
    public string Name { get; }

    /// <summary>The nearest attribute that carries it; the class itself where none does.</summary>
    public Part Part { get; }

    /// <summary>Level of <see cref="Part"/>, 0 for the class itself.</summary>
    public int Level { get; }

    /// <summary>Whether any level carries it.</summary>
    public bool IsPresent { get; }

    /// <summary>
    /// Merges the attributes of that name on the levels before <paramref name="end"/>, the nearest level first. An
    /// attribute with Reset is the last one looked at.
    /// </summary>
    /// <param name="levels">The levels, the class itself first.</param>
    /// <param name="name">The word.</param>
    /// <param name="end">How many levels may speak.</param>
    /// <param name="key">Of a repeatable word, the Name that the attributes carry; null for a word that stands once.</param>
    public static Word Merge(EquatableArray<TypeLevel> levels, string name, int end = int.MaxValue, string? key = null)
    {
        var settings = new Dictionary<string, Setting>(StringComparer.Ordinal);
        Part? nearest = null;
        int nearestLevel = 0;
        for (int level = 0; level < Math.Min(end, levels.Count); level++)
        {
            int occurrence = -1;
            foreach (AttributeDeclaration attribute in levels[level].Attributes)
            {
                if (attribute.Name != name)
                    continue;

                occurrence++;
                if (key is not null && KeyOf(attribute) != key)
                    continue;

                var part = new Part(levels[level].TypeName, name, occurrence);
                if (nearest is null)
                    (nearest, nearestLevel) = (part, level);

                bool reset = false;
                foreach (ArgumentDeclaration argument in attribute.Arguments)
                {
                    if (argument.Name == Reset)
                        reset = argument.Value.Integer != 0;
                    else if (!settings.ContainsKey(argument.Name))
                        settings.Add(argument.Name, new Setting(argument.Value, part with { Argument = argument.Name }, level));
                }

                if (reset)
                    return new Word(name, nearest, nearestLevel, true, settings);
            }
        }

        Part fallback = new(levels.Count > 0 ? levels[0].TypeName : "");
        return new Word(name, nearest ?? fallback, nearestLevel, nearest is not null, settings);
    }

    /// <summary>The Name that tells one attribute of a repeatable word from another; empty where it states none.</summary>
    public static string KeyOf(AttributeDeclaration attribute)
    {
        foreach (ArgumentDeclaration argument in attribute.Arguments)
        {
            if (argument.Name == "Name")
                return argument.Value.Text ?? "";
        }

        return "";
    }

    /// <summary>A word that nobody carries.</summary>
    public static Word Absent(string name, Part part) => new(name, part, 0, false, new Dictionary<string, Setting>());

    /// <summary>This word, with the arguments it does not write taken from <paramref name="defaults"/>.</summary>
    public Word Over(Word defaults)
    {
        var settings = new Dictionary<string, Setting>(_settings, StringComparer.Ordinal);
        foreach (KeyValuePair<string, Setting> setting in defaults._settings)
        {
            if (!settings.ContainsKey(setting.Key))
                settings.Add(setting.Key, setting.Value);
        }

        return new Word(Name, IsPresent ? Part : defaults.Part, Level, IsPresent || defaults.IsPresent, settings);
    }

    /// <summary>Whether any level writes the argument.</summary>
    public bool Has(string argument) => _settings.ContainsKey(argument);

    /// <summary>Where the argument is written; the attribute where it is not.</summary>
    public Part PartOf(string argument) => _settings.TryGetValue(argument, out Setting setting) ? setting.Part : Part;

    /// <summary>Level that writes the argument; that of the attribute where it is not written.</summary>
    public int LevelOf(string argument) => _settings.TryGetValue(argument, out Setting setting) ? setting.Level : Level;

    public int Integer(string argument, int absent = 0) =>
        _settings.TryGetValue(argument, out Setting setting) ? (int)setting.Value.Integer : absent;

    public bool Flag(string argument, bool absent = false) => Integer(argument, absent ? 1 : 0) != 0;

    public double Real(string argument, double absent) =>
        _settings.TryGetValue(argument, out Setting setting) ? setting.Value.Real : absent;

    /// <summary>A list of real numbers; empty where none is written.</summary>
    public EquatableArray<double> Reals(string argument) =>
        _settings.TryGetValue(argument, out Setting setting) ? setting.Value.Reals : default;

    /// <summary>A text or a type's full name; null where it is not written.</summary>
    public string? Text(string argument) => _settings.TryGetValue(argument, out Setting setting) ? setting.Value.Text : null;

    public T Choice<T>(string argument, T absent)
        where T : struct, Enum =>
        _settings.TryGetValue(argument, out Setting setting) ? (T)Enum.ToObject(typeof(T), (int)setting.Value.Integer) : absent;

    /// <summary>Of the two arguments, where the one on the nearer level is written; the first at a tie.</summary>
    public Part Nearer(string first, string second) => LevelOf(second) < LevelOf(first) ? PartOf(second) : PartOf(first);
}
