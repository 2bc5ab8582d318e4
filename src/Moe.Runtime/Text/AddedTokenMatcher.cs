using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>Finds added tokens in a text: leftmost first, of those the longest, none overlapping.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Letter), int> _edges = [];
    private readonly List<AddedToken?> _ends = [null];
    private readonly SearchValues<char> _firstLetters;

    /// <param name="tokens">The tokens with the text that is to be found for each.</param>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        HashSet<char> firstLetters = [];
        foreach ((string text, AddedToken token) in tokens)
        {
            if (text.Length == 0)
                continue;
            firstLetters.Add(text[0]);
            int node = 0;
            foreach (char letter in text)
            {
                if (!_edges.TryGetValue((node, letter), out int child))
                {
                    child = _ends.Count;
                    _ends.Add(null);
                    _edges.Add((node, letter), child);
                }

                node = child;
            }

            _ends[node] = token;
        }

        _firstLetters = SearchValues.Create([.. firstLetters]);
    }

    /// <summary>Cuts the text; a part without token is ordinary text. The parts with the swallowed whitespace cover the text.</summary>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Cut(string text)
    {
        int done = 0;
        for (int from = 0; TryFind(text, from, out int start, out int end, out AddedToken? token); )
        {
            from = end;
            if (token!.SingleWord && (EndsWithWord(text, start) || StartsWithWord(text, end)))
                continue;
            if (token.LeftStrip)
            {
                while (start > done && char.IsWhiteSpace(text[start - 1]))
                    start--;
            }

            if (token.RightStrip)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            }

            if (done < start)
                yield return (done, start, null);
            yield return (start, end, token);
            done = end;
        }

        if (done < text.Length)
            yield return (done, text.Length, null);
    }

    private bool TryFind(string text, int from, out int start, out int end, out AddedToken? token)
    {
        for (start = from; start < text.Length; start++)
        {
            int skipped = text.AsSpan(start).IndexOfAny(_firstLetters);
            if (skipped < 0)
                break;
            start += skipped;
            token = null;
            end = start;
            for (int i = start, node = 0; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
            {
                if (_ends[node] is AddedToken longer)
                    (token, end) = (longer, i + 1);
            }

            if (token is not null)
                return true;
        }

        (end, token) = (start, null);
        return false;
    }

    private static bool StartsWithWord(string text, int index) =>
        index < text.Length && Rune.DecodeFromUtf16(text.AsSpan(index), out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool EndsWithWord(string text, int index) =>
        index > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, index), out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>Unicode Technical Standard 18, annex C, \w: alphabetic, mark, decimal digit, connector, join control.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.ConnectorPunctuation => true,
        // The circled and squared Latin letters are alphabetic symbols.
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => rune.Value is 0x200C or 0x200D,
    };
}
