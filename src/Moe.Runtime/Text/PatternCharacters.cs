using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>The characters that a pattern names: written for .NET by number, with their other cases where case is ignored, and remembered.</summary>
/// <param name="output">Where the pattern is written.</param>
/// <param name="unsupported">Makes the exception for what has no equal.</param>
internal sealed class PatternCharacters(StringBuilder output, Func<string, TokenizerException> unsupported)
{
    private readonly List<(char First, char Last)> _named = [];

    public bool Names(char letter)
    {
        foreach ((char first, char last) in _named)
        {
            if (letter >= first && letter <= last)
                return true;
        }

        return false;
    }

    /// <summary>Writes one character outside of a class.</summary>
    public void Literal(char letter, bool ignoreCase)
    {
        if (!ignoreCase || !HasCase(letter, letter))
        {
            Append(letter, letter);
            return;
        }

        output.Append('[');
        Member(letter, letter, ignoreCase);
        output.Append(']');
    }

    /// <summary>Writes a member of a class: one character or a range.</summary>
    public void Member(char first, char last, bool ignoreCase)
    {
        Append(first, last);
        if (!ignoreCase || !HasCase(first, last))
            return;
        if (first != last)
            throw unsupported("a range of letters whose case is ignored");
        if (!char.IsAsciiLetter(first))
            throw unsupported($"the letter {first} without regard to case");

        // Simple case folding of the ASCII letters takes in the long s and the Kelvin sign.
        char other = (char)(first ^ 0x20);
        Append(other, other);
        if ((first | 0x20) == 's')
            Append('\u017F', '\u017F');
        if ((first | 0x20) == 'k')
            Append('\u212A', '\u212A');
    }

    private void Append(char first, char last)
    {
        if (char.IsSurrogate(first) || char.IsSurrogate(last))
            throw unsupported("a character above U+FFFF");
        _named.Add((first, last));
        Write(first);
        if (first != last)
        {
            output.Append('-');
            Write(last);
        }
    }

    private void Write(char letter) => output.Append(@"\u").Append(((int)letter).ToString("X4", CultureInfo.InvariantCulture));

    private static bool HasCase(char first, char last)
    {
        for (int letter = first; letter <= last; letter++)
        {
            if (char.ToLowerInvariant((char)letter) != letter || char.ToUpperInvariant((char)letter) != letter)
                return true;
        }

        return false;
    }
}
