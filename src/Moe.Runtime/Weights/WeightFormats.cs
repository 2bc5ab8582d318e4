using System;

namespace Moe.Runtime.Weights;

/// <summary>
/// The format of each part of a model. Null is exact: bfloat16 where the file has bfloat16 or MXFP4, float32 for
/// everything else.
/// </summary>
/// <remarks>
/// A single <see cref="WeightFormat"/> converts to one for all parts but the router, which is small and decides: it stays exact unless
/// it is named.
/// </remarks>
public sealed record WeightFormats
{
    /// <summary>The table of token embeddings; the head too where it is tied.</summary>
    public WeightFormat? Embedding { get; init; }

    /// <summary>Projections of attention.</summary>
    public WeightFormat? Attention { get; init; }

    /// <summary>What decides on experts.</summary>
    public WeightFormat? Router { get; init; }

    /// <summary>Routed experts, and the projections into and out of their space.</summary>
    public WeightFormat? Experts { get; init; }

    /// <summary>Shared experts and their gates.</summary>
    public WeightFormat? SharedExperts { get; init; }

    /// <summary>A feed-forward network that every token passes.</summary>
    public WeightFormat? FeedForward { get; init; }

    /// <summary>The output projection, where it is not the embedding.</summary>
    public WeightFormat? Head { get; init; }

    /// <summary>The format of a part; null: exact.</summary>
    public WeightFormat? Of(TensorRole role) => role switch
    {
        TensorRole.Embedding => Embedding,
        TensorRole.Attention => Attention,
        TensorRole.Router => Router,
        TensorRole.Experts => Experts,
        TensorRole.SharedExperts => SharedExperts,
        TensorRole.FeedForward => FeedForward,
        TensorRole.Head => Head,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Unknown role."),
    };

    /// <summary>These formats, and where one is null that of <paramref name="others"/>.</summary>
    public WeightFormats Or(WeightFormats? others) => others is null ? this : new WeightFormats
    {
        Embedding = Embedding ?? others.Embedding,
        Attention = Attention ?? others.Attention,
        Router = Router ?? others.Router,
        Experts = Experts ?? others.Experts,
        SharedExperts = SharedExperts ?? others.SharedExperts,
        FeedForward = FeedForward ?? others.FeedForward,
        Head = Head ?? others.Head,
    };

    /// <summary>One format for all parts but the router; float formats for the router too. Null stays null.</summary>
    public static implicit operator WeightFormats?(WeightFormat? format) => format is null ? null : new WeightFormats
    {
        Embedding = format,
        Attention = format,
        Router = format is WeightFormat.F32 or WeightFormat.BF16 ? format : null,
        Experts = format,
        SharedExperts = format,
        FeedForward = format,
        Head = format,
    };
}
