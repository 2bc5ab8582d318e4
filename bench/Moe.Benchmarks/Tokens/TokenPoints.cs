using System;
using System.Collections.Generic;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>Which points are measured: a base point, and what differs from it in one factor.</summary>
public static class TokenPoints
{
    /// <summary>Names of the sets.</summary>
    public static IReadOnlyList<string> Sets { get; } = ["base", "prompt", "context", "threads", "batch"];

    /// <summary>The points of a set.</summary>
    /// <param name="set">One of <see cref="Sets"/>.</param>
    /// <param name="model">S or M.</param>
    /// <param name="format">Weights in memory.</param>
    /// <param name="threads">Threads of the base point.</param>
    /// <param name="generated">Tokens that decoding generates; the longest context ends with them.</param>
    /// <exception cref="ArgumentException">There is no such set.</exception>
    public static IEnumerable<TokenPoint> Of(string set, string model, WeightFormat format, int threads, int generated)
    {
        TokenPoint prefill = new(model, Phase.Prefill, format, threads, Prompt: 512, Generated: 0, Batch: 1);
        TokenPoint decode = prefill with { Phase = Phase.Decode, Generated = generated };
        return set switch
        {
            "base" => [prefill, decode],
            "prompt" =>
            [
                prefill with { Prompt = 16 }, prefill with { Prompt = 128 }, prefill with { Prompt = 2048 },
                decode with { Prompt = 16 }, decode with { Prompt = 128 }, decode with { Prompt = 2048 },
            ],
            "context" => [decode with { Prompt = 4096 - generated }, decode with { Prompt = 8192 - generated }, prefill with { Prompt = 8192 }],
            "threads" => [prefill with { Threads = 1 }, decode with { Threads = 1 }],
            "batch" => [decode with { Batch = 8 }, decode with { Batch = 32 }],
            _ => throw new ArgumentException($"There is no set {set}; there are {string.Join(", ", Sets)}.", nameof(set)),
        };
    }
}
