using System;

namespace Moe.Generators.Architecture;

/// <summary>The attention part of a block.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Rotary">The rotation, or null where attention has no positions.</param>
internal abstract record AttentionArchitecture(int Heads, RotaryArchitecture? Rotary)
{
    /// <summary>Elements that one token adds to the cache of one layer.</summary>
    public abstract int CacheElementsPerToken { get; }

    /// <summary>Floats of state that the layer keeps for every 64 positions.</summary>
    public virtual long StateFloats => 0;

    /// <summary>A result depends on other tokens of the call, not only on earlier ones.</summary>
    public virtual bool CouplesTokens => false;

    /// <summary>The usual factor of the products of queries and keys.</summary>
    public abstract double UsualScale { get; }

    /// <summary>The factor that the declaration states instead, or null.</summary>
    public double? StatedScale { get; init; }

    /// <summary>The factor of the products of queries and keys, with what the rotation's scaling adds to it.</summary>
    public double Scale => (StatedScale ?? UsualScale) * (Rotary?.Scaling is YarnScaling yarn ? yarn.SoftmaxFactor : 1);
}

/// <summary>No attention: a layer that stands alone.</summary>
internal sealed record NoAttention() : AttentionArchitecture(0, null)
{
    public override int CacheElementsPerToken => 0;

    public override double UsualScale => 1;
}

/// <summary>Multi-head and grouped-query attention.</summary>
internal sealed record MultiHeadAttention(
    int Heads,
    int KeyValueHeads,
    int HeadSize,
    bool QueryBias,
    bool KeyBias,
    bool ValueBias,
    bool OutputBias,
    double? QueryKeyNormEpsilon,
    RotaryArchitecture? Rotary) : AttentionArchitecture(Heads, Rotary)
{
    /// <summary>What the norm of queries and keys takes its mean square of.</summary>
    public NormSpan QueryKeyNormSpan { get; init; } = NormSpan.Head;

    /// <summary>Where the norm of queries and keys stands.</summary>
    public NormPlace QueryKeyNormPlace { get; init; } = NormPlace.BeforeRotary;

    /// <summary>The norm of queries and keys has a learned weight.</summary>
    public bool QueryKeyNormWeight { get; init; } = true;

    /// <summary>Limit of queries, keys and values, or null.</summary>
    public double? Clip { get; init; }

    /// <summary>Which positions a token sees, or null where it sees all up to its own.</summary>
    public AttentionReach? Reach { get; init; }

    /// <summary>A learned logit for each head joins the softmax.</summary>
    public bool HasSinks { get; init; }

    /// <summary>How queries grow with their position, or null.</summary>
    public QueryTemperature? Temperature { get; init; }

    /// <summary>The share of a call's tokens that each head takes, or null where heads take all.</summary>
    public double? HeadFraction { get; init; }

    /// <summary>A result depends on other tokens of the call, not only on earlier ones.</summary>
    public override bool CouplesTokens => HeadFraction is not null;

    public override double UsualScale => 1 / Math.Sqrt(HeadSize);

    /// <summary>Keys and values, and of heads that choose whether they took the token.</summary>
    public override int CacheElementsPerToken => (2 * KeyValueHeads * HeadSize) + (HeadFraction is null ? 0 : Heads);
}

/// <summary>Multi-head latent attention; QueryRank 0 means a direct query projection.</summary>
internal sealed record LatentAttention(
    int Heads,
    int QueryRank,
    int KeyValueRank,
    int HeadSize,
    int RotarySize,
    int ValueHeadSize,
    bool QueryBias,
    bool KeyValueBias,
    bool OutputBias,
    double NormEpsilon,
    RotaryArchitecture? Rotary) : AttentionArchitecture(Heads, Rotary)
{
    public override double UsualScale => 1 / Math.Sqrt(HeadSize + RotarySize);

    public override int CacheElementsPerToken => KeyValueRank + RotarySize;
}

/// <summary>Linear attention with a decay (lightning attention).</summary>
internal sealed record LinearAttention(int Heads, int HeadSize, Activation Activation, double NormEpsilon) : AttentionArchitecture(Heads, null)
{
    /// <summary>A state of HeadSize² for each head, and 16 floats for the number of positions in it.</summary>
    public override long StateFloats => Heads * (((long)HeadSize * HeadSize) + 16);

    public override double UsualScale => 1;

    public override int CacheElementsPerToken => 2 * Heads * HeadSize;
}

/// <summary>Mixture of attention heads: an expert is a query and an output projection of KeyValueHeads heads; keys and values are shared by all.</summary>
/// <param name="Count">Attention experts.</param>
/// <param name="TopK">Experts of a token; each adds KeyValueHeads query heads.</param>
/// <param name="KeyValueHeads">Heads of keys and values, and of the queries of one expert.</param>
/// <param name="HeadSize">Elements of one head.</param>
/// <param name="OutputBias">A bias is added once to the weighted sum.</param>
/// <param name="Rotary">The rotation of queries and keys.</param>
internal sealed record AttentionExperts(int Count, int TopK, int KeyValueHeads, int HeadSize, bool OutputBias, RotaryArchitecture Rotary)
    : AttentionArchitecture(TopK * KeyValueHeads, Rotary)
{
    public override double UsualScale => 1 / Math.Sqrt(HeadSize);

    public override int CacheElementsPerToken => 2 * KeyValueHeads * HeadSize;
}

/// <summary>
/// Which positions a token at t sees: with a window those s with t − Positions &lt; s ≤ t, with chunks those s ≤ t with
/// ⌊s / Positions⌋ = ⌊t / Positions⌋.
/// </summary>
internal sealed record AttentionReach(bool IsChunked, int Positions);

/// <summary>Queries at position t are multiplied by 1 + Scale · ln(1 + ⌊(t + 1) / Floor⌋).</summary>
internal sealed record QueryTemperature(int Floor, double Scale);
