namespace Moe.Runtime.Weights;

/// <summary>What part of a model a matrix belongs to, for the choice of its format.</summary>
public enum TensorRole
{
    /// <summary>The table of token embeddings; the head too where it is tied.</summary>
    Embedding,

    /// <summary>Projections of attention.</summary>
    Attention,

    /// <summary>What decides on experts.</summary>
    Router,

    /// <summary>Routed experts, and the projections into and out of their space.</summary>
    Experts,

    /// <summary>Shared experts and their gates.</summary>
    SharedExperts,

    /// <summary>A feed-forward network that every token passes.</summary>
    FeedForward,

    /// <summary>The output projection, where it is not the embedding.</summary>
    Head,
}
