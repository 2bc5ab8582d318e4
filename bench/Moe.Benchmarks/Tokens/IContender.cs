using System;

namespace Moe.Benchmarks.Tokens;

/// <summary>An engine that holds one model in one format and can be timed.</summary>
public interface IContender : IDisposable
{
    /// <summary>The name in tables.</summary>
    string Name { get; }

    /// <summary>The logits after the last of these tokens, as a new sequence.</summary>
    float[] Logits(int[] tokens);

    /// <summary>Gets ready for a point: sequences with their prompts, for decoding.</summary>
    void Prepare(TokenPoint point);

    /// <summary>Runs the point once and leaves everything as it was before.</summary>
    /// <returns>Seconds of the run alone.</returns>
    double Sample();
}
