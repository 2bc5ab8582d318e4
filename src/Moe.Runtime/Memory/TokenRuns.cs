using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// The tokens of a step in runs: consecutive tokens of one sequence whose positions lie in one cache block. They read the same keys
/// and values, so that attention takes a run at a time.
/// </summary>
public sealed class TokenRuns
{
    /// <summary>Most tokens of a run.</summary>
    public const int MostTokens = 12;

    // So many runs for each worker, if there are tokens enough: the last ones to work then are not far behind.
    private const int RunsPerWorker = 4;

    private int[] _firsts = new int[2];

    /// <summary>How many runs.</summary>
    public int Count { get; private set; }

    /// <summary>The first token of a run; that of run <see cref="Count"/> is the number of tokens.</summary>
    public int First(int run) => _firsts[run];

    /// <summary>Cuts the tokens of a step into runs.</summary>
    /// <param name="sequences">Each token's sequence.</param>
    /// <param name="positions">Each token's position.</param>
    /// <param name="workers">Workers that share the runs.</param>
    internal void Arrange(ReadOnlySpan<int> sequences, ReadOnlySpan<int> positions, int workers)
    {
        int tokens = sequences.Length;
        if (_firsts.Length <= tokens)
            _firsts = new int[Math.Max(tokens + 1, _firsts.Length * 2)];
        int most = Math.Clamp(tokens / (RunsPerWorker * workers), 1, MostTokens);
        Count = 0;
        for (int token = 0; token < tokens; token++)
        {
            if (token == 0 || token - _firsts[Count - 1] == most || sequences[token] != sequences[token - 1] || positions[token] % CacheBlock.Positions == 0)
                _firsts[Count++] = token;
        }

        _firsts[Count] = tokens;
    }
}
