namespace Moe.Benchmarks.Models;

/// <summary>What a <see cref="Moe.Runtime.Models.ModelShape"/> does not say about a decoder of the Qwen3-MoE family.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="HeadSize">Width of a head.</param>
/// <param name="Experts">Routed experts of a layer.</param>
/// <param name="TopK">Experts of a token.</param>
/// <param name="IntermediateSize">Width of an expert.</param>
public sealed record DecoderSizes(int Heads, int KeyValueHeads, int HeadSize, int Experts, int TopK, int IntermediateSize)
{
    /// <summary>Base of the rotary frequencies.</summary>
    public const float RotaryBase = 10_000f;

    /// <summary>Epsilon of the norms.</summary>
    public const float NormEpsilon = 1e-6f;
}
