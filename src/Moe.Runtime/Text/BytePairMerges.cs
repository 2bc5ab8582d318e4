using System;
using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>The merge rules of a byte-pair encoding (Sennrich et al. 2016): of all adjacent pairs the earliest rule goes first, the leftmost of equals.</summary>
internal sealed class BytePairMerges
{
    private readonly Dictionary<ulong, Rule> _rules;
    private readonly int _ranks;

    public BytePairMerges(JsonSection merges, Vocabulary vocabulary)
    {
        _rules = [];
        int rank = 0;
        foreach (JsonSection rule in merges.Items())
        {
            (string left, string right) = Parts(rule);
            // Of two identical rules the later one counts, as in the reference implementation.
            _rules[Pair(Id(left), Id(right))] = new Rule(rank++, Id(left + right));

            int Id(string token) => vocabulary.TryGetId(token, out int id)
                ? id
                : throw rule.Fail($"\"{token}\" is not in model.vocab; vocabulary and merges are not of one tokenizer");
        }

        _ranks = rank;
    }

    /// <summary>When a rule goes, and the id that it gives.</summary>
    public readonly record struct Rule(int Rank, int Id);

    /// <summary>The rules as two tokens each, the first to go first, none twice.</summary>
    public IEnumerable<(string Left, string Right)> InOrder(Vocabulary vocabulary)
    {
        // Inverted, so that none is 0; a rule that a later one replaced has left its rank empty.
        var pairs = new ulong[_ranks];
        foreach (KeyValuePair<ulong, Rule> rule in _rules)
            pairs[rule.Value.Rank] = ~rule.Key;
        foreach (ulong inverted in pairs)
        {
            ulong pair = ~inverted;
            if (inverted != 0)
                yield return (Token((int)(pair >> 32)), Token((int)pair));
        }

        string Token(int id) => vocabulary.TryGetToken(id, out string? token)
            ? token
            : throw new ArgumentException($"id {id} of a merge is not in the vocabulary; the rules are of another one", nameof(vocabulary));
    }

    public bool TryGetRule(int left, int right, out Rule rule) => _rules.TryGetValue(Pair(left, right), out rule);

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
