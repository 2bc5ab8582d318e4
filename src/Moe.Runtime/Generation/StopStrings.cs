using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Moe.Runtime.Generation;

/// <summary>
/// Lets text through until a stop string is complete. What may be the beginning of one is held back: it is never shown if
/// it completes, and shown when it turns out not to. Where the text is cut into pieces makes no difference.
/// </summary>
public sealed class StopStrings
{
    // Longest first: of several strings that end at the same place the one that begins first cuts the text.
    private readonly string[] _strings;
    private readonly StringBuilder _held = new();

    /// <summary>Creates a filter.</summary>
    /// <param name="strings">Strings that end the text, none empty.</param>
    public StopStrings(IEnumerable<string> strings)
    {
        ArgumentNullException.ThrowIfNull(strings);
        _strings = strings.OrderByDescending(text => text.Length).ToArray();
        if (_strings.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string is empty: it would end every text at once.", nameof(strings));
    }

    /// <summary>Whether a stop string has appeared; nothing is let through any more.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Takes the next piece of the text and gives what may be shown now.</summary>
    public string Push(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (_strings.Length == 0)
            return piece;
        if (IsFound)
            return "";

        foreach (char unit in piece)
        {
            _held.Append(unit);
            foreach (string text in _strings)
            {
                if (!EndsWith(text, text.Length))
                    continue;

                IsFound = true;
                _held.Length -= text.Length;
                return Release(_held.Length);
            }
        }

        return Release(_held.Length - LongestBeginning());
    }

    /// <summary>The end of the text: gives what was held back.</summary>
    public string Flush() => IsFound ? "" : Release(_held.Length);

    /// <summary>Length of the longest end of the held text that a stop string begins with.</summary>
    private int LongestBeginning()
    {
        int longest = 0;
        foreach (string text in _strings)
        {
            int length = Math.Min(text.Length - 1, _held.Length);
            while (length > longest && !EndsWith(text, length))
                length--;

            longest = Math.Max(longest, length);
        }

        return longest;
    }

    /// <summary>Whether the held text ends with the first <paramref name="length"/> units of <paramref name="text"/>.</summary>
    private bool EndsWith(string text, int length)
    {
        int start = _held.Length - length;
        if (start < 0)
            return false;

        for (int i = length - 1; i >= 0; i--)
        {
            if (_held[start + i] != text[i])
                return false;
        }

        return true;
    }

    private string Release(int length)
    {
        string text = _held.ToString(0, length);
        _held.Remove(0, length);
        return text;
    }
}
