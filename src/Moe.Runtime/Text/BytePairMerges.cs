using System;
using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>The merge rules of a byte-pair encoding (Sennrich et al. 2016): of all adjacent pairs the earliest rule goes first, the leftmost of equals.</summary>
internal sealed class BytePairMerges
{
    private readonly Dictionary<ulong, (int Rank, int Id)> _rules;

    public BytePairMerges(JsonSection merges, Vocabulary vocabulary)
    {
        _rules = [];
        int rank = 0;
        foreach (JsonSection rule in merges.Items())
        {
            (string left, string right) = Parts(rule);
            // Of two identical rules the later one counts, as in the reference implementation.
            _rules[Pair(Id(left), Id(right))] = (rank++, Id(left + right));

            int Id(string token) => vocabulary.TryGetId(token, out int id)
                ? id
                : throw rule.Fail($"\"{token}\" is not in model.vocab; vocabulary and merges are not of one tokenizer");
        }
    }

    public int Count => _rules.Count;

    public bool TryGetRule(int left, int right, out (int Rank, int Id) rule) => _rules.TryGetValue(Pair(left, right), out rule);

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>A rule is written "left right" or ["left", "right"].</summary>
    private static (string Left, string Right) Parts(JsonSection rule)
    {
        if (rule.Element.ValueKind == System.Text.Json.JsonValueKind.Array)
        {
            List<JsonSection> parts = [.. rule.Items()];
            return parts.Count == 2
                ? (parts[0].AsString(), parts[1].AsString())
                : throw rule.Fail($"a merge has two parts, found {parts.Count}");
        }

        string text = rule.AsString();
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space <= 0 || space == text.Length - 1 || text.IndexOf(' ', space + 1) >= 0)
            throw rule.Fail($"a merge is two tokens with one space between, found \"{text}\"");
        return (text[..space], text[(space + 1)..]);
    }
}
