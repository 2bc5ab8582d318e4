using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>
/// One attribute as C# text. Arguments that equal what the language assumes are left out, so that a declaration says what
/// is particular.
/// </summary>
internal sealed class WordText(string name)
{
    private readonly List<string> _arguments = [];

    /// <summary>A positional argument.</summary>
    public WordText Positional(string text)
    {
        _arguments.Add(text);
        return this;
    }

    /// <summary>A positional number.</summary>
    public WordText Positional(int value) => Positional(Number(value));

    /// <summary>A whole number, unless it is the usual one.</summary>
    public WordText With(string argument, int value, int usual = 0) => value == usual ? this : Add(argument, Number(value));

    /// <summary>A real number, unless it is the usual one.</summary>
    public WordText With(string argument, double value, double usual) => value.Equals(usual) ? this : Add(argument, Number(value));

    /// <summary>A truth value, unless it is the usual one.</summary>
    public WordText With(string argument, bool value, bool usual = false) => value == usual ? this : Add(argument, value ? "true" : "false");

    /// <summary>A choice, unless it is the usual one; written with the name of its enum.</summary>
    public WordText Choice(string argument, string type, string value, string usual) =>
        value == usual ? this : Add(argument, type + "." + value);

    /// <summary>A list of real numbers.</summary>
    public WordText List(string argument, IEnumerable<double> values) => Add(argument, $"[{string.Join(", ", values.Select(Number))}]");

    /// <summary>Any C#, where there is one.</summary>
    public WordText Text(string argument, string? text) => text is null ? this : Add(argument, text);

    /// <summary>Whether it says anything.</summary>
    public bool HasArguments => _arguments.Count > 0;

    /// <summary>The attribute in its brackets.</summary>
    public override string ToString() => HasArguments ? $"[{name}({string.Join(", ", _arguments)})]" : $"[{name}]";

    /// <summary>A whole number as C#, digits grouped by three from five on.</summary>
    public static string Number(int value) =>
        value is > -10_000 and < 10_000
            ? value.ToString(CultureInfo.InvariantCulture)
            : value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '_');

    /// <summary>A real number as C#, exact.</summary>
    public static string Number(double value) =>
        value == (int)value ? Number((int)value) : value.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-").Replace("E", "e");

    private WordText Add(string argument, string text)
    {
        _arguments.Add($"{argument} = {text}");
        return this;
    }
}
