using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>
/// A pre-tokenizer's pattern, written for Oniguruma, in the words of .NET's regular expressions: same matches on code points
/// up to U+FFFF. What has no equal is refused by name.
/// </summary>
internal sealed class PatternTranslation
{
    private static readonly HashSet<string> Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
        "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn",
    ];

    private readonly string _pattern;
    private readonly Func<string, TokenizerException> _fail;
    private readonly StringBuilder _output = new();
    private readonly PatternCharacters _characters;
    private int _at;

    /// <param name="pattern">The pattern as it stands in the file.</param>
    /// <param name="fail">Makes the exception for a problem.</param>
    public PatternTranslation(string pattern, Func<string, TokenizerException> fail)
    {
        _pattern = pattern;
        _fail = fail;
        _characters = new PatternCharacters(_output, Unsupported);
        Stack<(int Start, bool IgnoreCase)> groups = new();
        bool ignoreCase = false;
        // Where the last complete atom starts in the output; -1 when a quantifier has nothing to repeat.
        int atom = -1;
        while (_at < pattern.Length)
        {
            int start = _output.Length;
            char letter = pattern[_at];
            switch (letter)
            {
                case '(':
                    groups.Push((start, ignoreCase));
                    ignoreCase = OpenGroup(ignoreCase);
                    atom = -1;
                    break;
                case ')':
                    if (!groups.TryPop(out (int Start, bool IgnoreCase) group))
                        throw Unsupported("an unbalanced )");
                    Copy(1);
                    (atom, ignoreCase) = group;
                    break;
                case '|':
                    Copy(1);
                    atom = -1;
                    break;
                case '*' or '+' or '?' or '{':
                    if (atom < 0)
                        throw Unsupported($"the quantifier {letter} with nothing to repeat");
                    Quantifier(atom);
                    break;
                case '[':
                    CharacterClass(ignoreCase);
                    atom = start;
                    break;
                case '\\':
                    if (Escape(out char literal))
                        _characters.Literal(literal, ignoreCase);
                    atom = start;
                    break;
                case '.':
                    Copy(1);
                    atom = start;
                    break;
                case '^' or '$':
                    throw Unsupported($"the anchor {letter}");
                default:
                    _at++;
                    _characters.Literal(letter, ignoreCase);
                    atom = start;
                    break;
            }
        }

        if (groups.Count > 0)
            throw Unsupported("an unclosed (");
        Result = _output.ToString();
    }

    /// <summary>The pattern for .NET.</summary>
    public string Result { get; }

    /// <summary>Whether the pattern names this character by itself or by a range, not by a category.</summary>
    public bool Names(char letter) => _characters.Names(letter);

    private bool OpenGroup(bool ignoreCase)
    {
        if (Next("(?i:"))
        {
            _output.Append("(?:");
            return true;
        }

        foreach (string opening in (ReadOnlySpan<string>)["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"])
        {
            if (Next(opening))
            {
                _output.Append(opening);
                return ignoreCase;
            }
        }

        if (_pattern.AsSpan(_at).StartsWith("(?"))
            throw Unsupported("the group " + _pattern.Substring(_at, Math.Min(4, _pattern.Length - _at)));
        Next("(");
        _output.Append("(?:");
        return ignoreCase;
    }

    private void Quantifier(int atom)
    {
        bool counted = _pattern[_at] == '{';
        if (counted)
        {
            int end = _pattern.IndexOf('}', _at);
            string inside = end < 0 ? "" : _pattern[(_at + 1)..end];
            string[] bounds = inside.Split(',');
            if (bounds.Length > 2 || !IsNumber(bounds[0]) || (bounds.Length == 2 && bounds[1].Length > 0 && !IsNumber(bounds[1])))
                throw Unsupported("a { that is no repetition {n}, {n,} or {n,m}");
            Copy(end + 1 - _at);
        }
        else
        {
            Copy(1);
        }

        if (Next("?"))
        {
            if (counted)
                throw Unsupported("a ? behind {n,m}");
            _output.Append('?');
        }
        else if (_at < _pattern.Length && _pattern[_at] == '+')
        {
            if (counted)
                throw Unsupported("a + behind {n,m}");
            // Possessive: what is matched is not given back, .NET's atomic group.
            _at++;
            _output.Insert(atom, "(?>").Append(')');
        }

        static bool IsNumber(string text) =>
            text.Length is > 0 and < 5 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private void CharacterClass(bool ignoreCase)
    {
        Copy(1);
        if (_at < _pattern.Length && _pattern[_at] == '^')
            Copy(1);
        bool empty = true;
        while (true)
        {
            if (_at >= _pattern.Length)
                throw Unsupported("an unclosed [");
            if (_pattern[_at] == ']' && !empty)
                break;
            if (!Member(out char first))
            {
                empty = false;
                continue;
            }

            empty = false;
            char last = first;
            if (_at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                _at++;
                if (!Member(out last) || last < first)
                    throw Unsupported("a range that does not run from one character up to another");
            }

            _characters.Member(first, last, ignoreCase);
        }

        Copy(1);
    }

    /// <summary>Reads one member of a class: a character, or (answer false) a category that is already written.</summary>
    private bool Member(out char letter)
    {
        letter = _pattern[_at];
        if (letter == '\\')
            return Escape(out letter);
        if (letter is '[' or ']' || _pattern.AsSpan(_at).StartsWith("&&"))
            throw Unsupported($"{letter} inside [ ]; nested classes and intersections have no equal");
        _at++;
        return true;
    }

    /// <summary>Reads an escape: true with the character it stands for, false when a category was written.</summary>
    private bool Escape(out char literal)
    {
        literal = default;
        char kind = _at + 1 < _pattern.Length ? _pattern[_at + 1] : throw Unsupported("a \\ at the end");
        if (kind is 's' or 'S')
        {
            Copy(2);
            return false;
        }

        if (kind is 'd' or 'D')
        {
            _at += 2;
            _output.Append(kind == 'd' ? @"\p{Nd}" : @"\P{Nd}");
            return false;
        }

        if (kind is 'p' or 'P')
        {
            int end = _pattern.IndexOf('}', _at);
            string name = end > _at + 3 && _pattern[_at + 2] == '{' ? _pattern[(_at + 3)..end] : "";
            bool not = name.StartsWith('^');
            if (!Categories.Contains(not ? name[1..] : name))
                throw Unsupported($"the property \\{kind}{{{name}}}; general categories are supported");
            _output.Append(not == (kind == 'P') ? @"\p{" : @"\P{").Append(name.AsSpan(not ? 1 : 0)).Append('}');
            _at = end + 1;
            return false;
        }

        if (kind is 'u')
        {
            if (_at + 6 > _pattern.Length || !ushort.TryParse(_pattern.AsSpan(_at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
                throw Unsupported("a \\u without four hexadecimal digits");
            _at += 6;
            literal = (char)code;
            return true;
        }

        literal = kind switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            _ when kind < 0x80 && !char.IsAsciiLetterOrDigit(kind) => kind,
            _ => throw Unsupported($"the escape \\{kind}"),
        };
        _at += 2;
        return true;
    }

    private void Copy(int count)
    {
        _output.Append(_pattern, _at, count);
        _at += count;
    }

    private bool Next(string text)
    {
        if (!_pattern.AsSpan(_at).StartsWith(text))
            return false;
        _at += text.Length;
        return true;
    }

    private TokenizerException Unsupported(string what) => _fail($"the pattern has {what}, at character {_at} of \"{_pattern}\"");
}
