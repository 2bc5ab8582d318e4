using System.Collections.Generic;

namespace Moe.Runtime.Checkpoints;

/// <summary>Gathers problems by kind; of each kind the first fifty are kept and the rest counted.</summary>
internal sealed class ProblemList
{
    internal const int LimitOfKind = 50;

    private readonly string _origin;
    private readonly List<(string Kind, List<string> Problems)> _kinds = [];
    private readonly Dictionary<string, int> _counts = [];

    internal ProblemList(string origin) => _origin = origin;

    internal bool IsEmpty => _kinds.Count == 0;

    /// <summary>Adds a problem. The kind is a plural ("missing tensors"), used when there are too many to list.</summary>
    internal void Add(string kind, string problem)
    {
        int count = _counts.GetValueOrDefault(kind);
        _counts[kind] = count + 1;
        if (count == 0)
            _kinds.Add((kind, []));
        if (count < LimitOfKind)
            _kinds.Find(entry => entry.Kind == kind).Problems.Add(problem);
    }

    /// <summary>Throws one exception with everything gathered; returns if there is nothing.</summary>
    internal void ThrowIfAny()
    {
        if (IsEmpty)
            return;

        var all = new List<string>();
        foreach ((string kind, List<string> problems) in _kinds)
        {
            all.AddRange(problems);
            int rest = _counts[kind] - problems.Count;
            if (rest > 0)
                all.Add($"and {rest} more {kind}.");
        }

        throw new CheckpointException(_origin, all);
    }
}
