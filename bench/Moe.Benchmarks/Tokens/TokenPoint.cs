using System.Globalization;
using Moe.Runtime.Memory;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>What a sample times.</summary>
public enum Phase
{
    /// <summary>A prompt at once, with the logits of its last token.</summary>
    Prefill,

    /// <summary>One token after another behind the prompt, with the logits of each.</summary>
    Decode,
}

/// <summary>One measurement of a model.</summary>
/// <param name="Model">S or M.</param>
/// <param name="Phase">What is timed.</param>
/// <param name="Format">Weights in memory.</param>
/// <param name="Threads">Worker threads, of every contender.</param>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Generated">Tokens that follow it, for each sequence; 0 in prefill.</param>
/// <param name="Batch">Sequences that decode together.</param>
public sealed record TokenPoint(string Model, Phase Phase, WeightFormat Format, int Threads, int Prompt, int Generated, int Batch)
{
    /// <summary>Elements of the key/value cache: float32 beside float32 weights, else bfloat16.</summary>
    public CacheFormat Cache => Format == WeightFormat.F32 ? CacheFormat.F32 : CacheFormat.BF16;

    /// <summary>Tokens that a sample runs.</summary>
    public int Tokens => Phase == Phase.Prefill ? Prompt : Generated * Batch;

    /// <summary>A name that stays the same from run to run.</summary>
    public string Key => string.Create(
        CultureInfo.InvariantCulture, $"tokens/{Model}/{Format}/{Phase}/threads {Threads}/prompt {Prompt}/generated {Generated}/batch {Batch}");
}
