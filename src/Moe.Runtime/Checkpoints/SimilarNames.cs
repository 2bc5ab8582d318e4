using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Finds the name most like a given one. Only names with the same numbers are compared (the same layer and expert),
/// which keeps a checkpoint with a hundred thousand tensors cheap and the suggestion sensible.
/// </summary>
internal sealed class SimilarNames
{
    private const int ComparedOfGroup = 64;
    private const int LongestCompared = 256;

    private readonly ILookup<string, string> _byNumbers;

    internal SimilarNames(IEnumerable<string> names) => _byNumbers = names.ToLookup(Numbers);

    /// <summary>The nearest name, or null if none is within a third of the letters.</summary>
    internal string? Find(string name)
    {
        string? nearest = null;
        int least = Math.Max(3, name.Length / 3) + 1;
        foreach (string candidate in _byNumbers[Numbers(name)].Take(ComparedOfGroup))
        {
            if (Math.Abs(candidate.Length - name.Length) >= least || Math.Max(candidate.Length, name.Length) > LongestCompared)
                continue;
            int distance = Distance(name, candidate);
            if (distance < least)
                (nearest, least) = (candidate, distance);
        }

        return nearest;
    }

    private static string Numbers(string name) =>
        string.Join('.', name.Split('.').Where(part => part.Length > 0 && part.All(char.IsAsciiDigit)));

    // Levenshtein's distance, one row of the table at a time.
    private static int Distance(string left, string right)
    {
        Span<int> row = stackalloc int[LongestCompared + 1];
        for (int j = 0; j <= right.Length; j++)
            row[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[right.Length];
    }
}
