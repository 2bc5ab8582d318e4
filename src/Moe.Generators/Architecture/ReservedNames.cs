using System;
using System.Collections.Generic;

namespace Moe.Generators.Architecture;

/// <summary>Names of the members that the emitted part of a model declares; the author's part leaves them free (MOE111).</summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> _names = new(StringComparer.Ordinal)
    {
        // what the compiler nests in the class
        "CpuForward",
        "GpuForward",
        "GpuKernels",
        "Weights",

        // what users call
        "Load",
        "CreateRandom",
        "NewSession",
        "GenerateAsync",
        "Generate",
        "Score",
        "Tokenizer",
        "Dispose",

        // static cost and shape
        "VocabularySize",
        "HiddenSize",
        "ContextLength",
        "LayerCount",
        "TotalParameters",
        "ActiveParameters",
        "FlopsPerToken",
        "CacheElementsPerToken",
        "CacheBytesPerToken",
    };

    /// <summary>Whether the emitted part needs the name.</summary>
    public static bool Contains(string name) => _names.Contains(name);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> All => _names;
}
