using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Moe.Runtime.Text;

/// <summary>A pattern that is matched over code points, though .NET's regular expressions see UTF-16 units.</summary>
/// <remarks>
/// A text with characters above U+FFFF is matched through its shadow: one unit for every code point, where such a character is
/// replaced by a character of the same general category that the pattern does not name. Patterns ask for nothing of a character but
/// its name and category, so the shadow matches where the text would. This keeps negated classes right and the engine's speed.
/// </remarks>
internal sealed class SplitPattern
{
    // The highest of each category, so that hardly ever all have to be looked through.
    private const string Usual =
        "\uFF3A\uFF5A\u1FFC\uFF9F\uFFDC\uFE2F\uABEC\uA672\uFF19\uA6EF\uA835\u3000\u2028\u2029\uFFFF"
        + "\uFFFB\uDFFF\uF8FF\uFF3F\uFF0D\uFF62\uFF63\u2E20\u2E21\uFF65\uFFEC\uFFE6\uFFE3\uFFFD\uFFFF";

    private readonly Regex _regex;
    private readonly char[] _standIns = new char[30];

    private SplitPattern(string pattern, Func<char, bool> names, Func<string, TokenizerException> fail)
    {
        try
        {
            // Interpreted where it is not known: the same under ahead-of-time compilation.
            _regex = KnownPatterns.Of(pattern) ?? new Regex(pattern, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            throw fail("the pattern is not a regular expression: " + e.Message);
        }

        foreach (char letter in Usual)
            Propose(letter);
        for (int letter = char.MaxValue; letter >= 0x300 && FirstWithout() >= 0; letter--)
            Propose((char)letter);
        if (FirstWithout() is >= 0 and int category)
            throw fail($"the pattern names every character of the category {(UnicodeCategory)category}, which leaves none to stand for those above U+FFFF");

        void Propose(char letter)
        {
            ref char standIn = ref _standIns[(int)char.GetUnicodeCategory(letter)];
            if (standIn == default && !names(letter))
                standIn = letter;
        }
    }

    // All control characters lie below; every other category has characters in this range.
    private int FirstWithout()
    {
        for (int category = 0; category < _standIns.Length; category++)
        {
            if (_standIns[category] == default && category != (int)UnicodeCategory.Control)
                return category;
        }

        return -1;
    }

    /// <summary>Compiles an Oniguruma pattern.</summary>
    public static SplitPattern FromRegex(string pattern, Func<string, TokenizerException> fail)
    {
        PatternTranslation translation = new(pattern, fail);
        return new SplitPattern(translation.Result, translation.Names, fail);
    }

    /// <summary>Whether a text has characters above U+FFFF, or halves of such. A search by vectors would first have to be compiled.</summary>
    public static bool HasSurrogates(ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            if (char.IsSurrogate(letter))
                return true;
        }

        return false;
    }

    /// <summary>Cuts the text into matches and what lies between them, in order, empty parts left out.</summary>
    public void Cut(ReadOnlySpan<char> text, List<(int Start, int End, bool Match)> parts)
    {
        int[]? units = null;
        ReadOnlySpan<char> shadow = text;
        if (HasSurrogates(text))
            shadow = Shadow(text, out units);

        int done = 0;
        foreach (ValueMatch match in _regex.EnumerateMatches(shadow))
        {
            int start = units is null ? match.Index : units[match.Index];
            int end = units is null ? match.Index + match.Length : units[match.Index + match.Length];
            if (done < start)
                parts.Add((done, start, false));
            if (start < end)
                parts.Add((start, end, true));
            done = end;
        }

        if (done < text.Length)
            parts.Add((done, text.Length, false));
    }

    /// <param name="text">Text without halves of surrogate pairs.</param>
    /// <param name="units">For each code point, and for the end, its place in the text.</param>
    private ReadOnlySpan<char> Shadow(ReadOnlySpan<char> text, out int[] units)
    {
        char[] shadow = new char[text.Length];
        units = new int[text.Length + 1];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            units[count] = i;
            shadow[count] = text[i];
            if (char.IsHighSurrogate(text[i]))
            {
                int value = char.ConvertToUtf32(text[i], text[++i]);
                shadow[count] = _standIns[(int)CharUnicodeInfo.GetUnicodeCategory(value)];
            }

            count++;
        }

        units[count] = text.Length;
        return shadow.AsSpan(0, count);
    }
}
