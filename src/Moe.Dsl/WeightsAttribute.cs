using System;

namespace Moe;

/// <summary>
/// In which formats the processor holds the weight matrices of a model, part by part. Vectors (norms, biases) are always float32.
/// <c>LoadOptions.Weights</c> overrides each part; a packed file has the formats that it was packed with; a GPU has its own.
/// </summary>
/// <remarks>
/// Stands on a class with <c>[MoeModel]</c> or <c>[MoeLayer]</c>. Of a part's own argument and the format for all parts, the one on the
/// nearer class holds, and on one class the part's own.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class WeightsAttribute : Attribute
{
    /// <summary>Declares parts one by one; the others are as base classes say, and in the end exact.</summary>
    public WeightsAttribute()
    {
    }

    /// <summary>Declares one format for all parts but the router, which decides: it takes float formats and stays exact instead of others.</summary>
    /// <param name="all">The format.</param>
    public WeightsAttribute(Format all) => All = all;

    /// <summary>Of all parts that say nothing themselves.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public Format All { get; }

    /// <summary>Of the table of token embeddings; of the head too where it is tied.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format Embedding { get; set; }

    /// <summary>Of the projections of attention.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format Attention { get; set; }

    /// <summary>Of what decides on experts.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format Router { get; set; }

    /// <summary>Of the routed experts, and of the projections into and out of their space.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format Experts { get; set; }

    /// <summary>Of the shared experts and their gates.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format SharedExperts { get; set; }

    /// <summary>Of a feed-forward network that every token passes.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format FeedForward { get; set; }

    /// <summary>Of the output projection, where it is not the embedding.</summary>
    /// <remarks>Rules: MOE207, MOE403.</remarks>
    public Format Head { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
