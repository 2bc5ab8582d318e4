using System;
using System.Collections.Generic;

namespace Moe.Benchmarks.Results;

/// <summary>A measured point, with everything that was measured: a line of a result file.</summary>
public sealed record Result
{
    /// <summary>The point; a later line with the same key replaces an earlier one.</summary>
    public required string Key { get; init; }

    /// <summary>When it was measured.</summary>
    public DateTime Time { get; init; } = DateTime.UtcNow;

    /// <summary>Processor and instruction set.</summary>
    public required string Machine { get; init; }

    /// <summary>Tokens of a sample.</summary>
    public required double Tokens { get; init; }

    /// <summary>Bytes that a sample reads at least.</summary>
    public required double Bytes { get; init; }

    /// <summary>Operations of a sample.</summary>
    public required double Flops { get; init; }

    /// <summary>Which arithmetic the operations are held against.</summary>
    public required string Arithmetic { get; init; }

    /// <summary>GB/s around each of our samples: before and after.</summary>
    public required IReadOnlyList<double> Bandwidth { get; init; }

    /// <summary>Gop/s around each of our samples: before and after.</summary>
    public required IReadOnlyList<double> Ceiling { get; init; }

    /// <summary>Seconds of each sample of each contender, sample i of one right after sample i of the other.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Seconds { get; init; }
}
