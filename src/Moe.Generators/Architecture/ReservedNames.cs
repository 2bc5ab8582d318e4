using System;
using System.Collections.Generic;

namespace Moe.Generators.Architecture;

/// <summary>Names of the members that the emitted part of a model declares; the author's part leaves them free (MOE111).</summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> _names = new(StringComparer.Ordinal)
    {
        // what the compiler nests in the class
        "CpuCosts",
        "CpuForward",
        "GpuForward",
        "GpuKernels",
        "Weights",
        "ConfigKeys",
        "DeclaredFormats",
        "Requirements",
        "_cpu",
        "_gpu",
        "_cacheFormat",

        // what users call
        "Load",
        "Pack",
        "CreateRandom",
        "NewSession",
        "GenerateAsync",
        "Tokenizer",
        "GenerationDefaults",

        // what the runtime calls
        "Shape",
        "NewCache",
        "Step",
        "Dispose",

        // static shape and cost
        "VocabularySize",
        "HiddenSize",
        "ContextLength",
        "Layers",
        "TotalParameters",
        "ActiveParameters",
        "FlopsPerToken",
        "MinActiveParameters",
        "MinFlopsPerToken",
        "CacheElementsPerToken",
        "CacheBytesPerToken",
    };

    /// <summary>Ending of the nested class that holds a block's weights, after the block's name.</summary>
    public const string BlockWeightsEnding = "Weights";

    /// <summary>Whether the emitted part needs the name, whatever the blocks are called.</summary>
    public static bool Contains(string name) => _names.Contains(name);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> All => _names;
}
