using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Moe.Runtime.Text;

/// <summary>Token ↔ id, from <c>model.vocab</c> and the added tokens: no id has two tokens, no token two ids.</summary>
internal sealed class Vocabulary
{
    /// <summary>Far above any real vocabulary; keeps a damaged id from asking for gigabytes.</summary>
    public const int HighestId = (1 << 24) - 1;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly List<string?> _tokens = [];

    public Vocabulary(JsonSection vocab)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach ((string token, JsonSection id) in vocab.Members())
            Add(token, id.AsInt(), id);
        if (_ids.Count == 0)
            throw vocab.Fail("the vocabulary is empty");
    }

    /// <summary>Highest id + 1.</summary>
    public int Size => _tokens.Count;

    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public bool TryGetToken(int id, [NotNullWhen(true)] out string? token)
    {
        token = (uint)id < (uint)_tokens.Count ? _tokens[id] : null;
        return token is not null;
    }

    public void Add(string token, int id, JsonSection where)
    {
        if (id is < 0 or > HighestId)
            throw where.Fail($"id {id} is outside 0 to {HighestId}");
        if (_ids.TryGetValue(token, out int other) && other != id)
            throw where.Fail($"token \"{token}\" has id {id} here and id {other} elsewhere");
        while (_tokens.Count <= id)
            _tokens.Add(null);
        if (_tokens[id] is string taken && taken != token)
            throw where.Fail($"id {id} belongs to \"{taken}\" and to \"{token}\"");
        _tokens[id] = token;
        _ids[token] = id;
    }
}
