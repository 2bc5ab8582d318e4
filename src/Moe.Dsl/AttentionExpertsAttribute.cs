using System;

namespace Moe;

/// <summary>
/// Mixture of attention heads (Zhang et al. 2022; JetMoE): a router chooses <see cref="TopK"/> of the attention experts by z = W x and
/// weighs them with a softmax over the chosen logits. Expert e of slot s has queries q_s = Wq_e x and an output projection Wo_e; keys
/// and values W_k x, W_v x are shared by all. Head g of every slot attends key and value head g; the answer is
/// Σ over slots of weight_s · Wo_e o_s (+ bias).
/// </summary>
/// <remarks>A token has TopK · KeyValueHeads query heads; the cache keeps KeyValueHeads keys and values. Observers are not shown this router.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AttentionExpertsAttribute : Attribute
{
    /// <summary>Inherits <see cref="Count"/> from a base class.</summary>
    public AttentionExpertsAttribute()
    {
    }

    /// <summary>Declares how many attention experts there are.</summary>
    /// <param name="count">Number of attention experts.</param>
    public AttentionExpertsAttribute(int count) => Count = count;

    /// <summary>Number of attention experts.</summary>
    /// <remarks>Rules: MOE201, MOE301.</remarks>
    public int Count { get; }

    /// <summary>Attention experts of a token. Ties go to the lowest index.</summary>
    /// <remarks>Rules: MOE201, MOE301.</remarks>
    public int TopK { get; set; } = 2;

    /// <summary>Key and value heads, and query heads of one expert.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int KeyValueHeads { get; set; }

    /// <summary>Elements of one head.</summary>
    /// <remarks>Rules: MOE201, MOE204.</remarks>
    public int HeadSize { get; set; }

    /// <summary>A bias [HiddenSize] is added once, to the weighted sum.</summary>
    public bool OutputBias { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
