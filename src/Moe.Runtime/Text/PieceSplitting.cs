using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>What happens to the matches of a splitting pattern (<c>behavior</c> in tokenizer.json).</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}

/// <summary>Turns matches and the text between them into pieces.</summary>
internal static class PieceSplitting
{
    /// <summary>Rewrites <paramref name="parts"/>, which cover a text in order, by the behaviour.</summary>
    public static void Apply(SplitBehavior behavior, List<(int Start, int End, bool Match)> parts)
    {
        switch (behavior)
        {
            case SplitBehavior.Removed:
                parts.RemoveAll(part => part.Match);
                break;
            case SplitBehavior.MergedWithPrevious:
                Join(parts, (before, part) => part.Match && !before.Match);
                break;
            case SplitBehavior.MergedWithNext:
                Join(parts, (before, part) => before.Match && !part.Match);
                break;
            case SplitBehavior.Contiguous:
                Join(parts, (before, part) => before.Match == part.Match);
                break;
        }
    }

    private delegate bool Joins((int Start, int End, bool Match) before, (int Start, int End, bool Match) part);

    private static void Join(List<(int Start, int End, bool Match)> parts, Joins joins)
    {
        int count = 0;
        (int Start, int End, bool Match) before = default;
        for (int i = 0; i < parts.Count; i++)
        {
            (int Start, int End, bool Match) part = parts[i];
            if (i > 0 && joins(before, part))
                parts[count - 1] = parts[count - 1] with { End = part.End };
            else
                parts[count++] = part;
            before = part;
        }

        parts.RemoveRange(count, parts.Count - count);
    }
}
