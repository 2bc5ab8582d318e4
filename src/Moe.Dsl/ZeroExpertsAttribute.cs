using System;

namespace Moe;

/// <summary>
/// Routed experts that answer 0 (MoE++): no matrix, no dispatch. A token that chooses one skips the layer for its share.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ZeroExpertsAttribute : Attribute
{
    /// <summary>Experts whose number a base class states.</summary>
    public ZeroExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> such experts.</summary>
    /// <param name="count">Number of experts; 0 removes inherited ones.</param>
    public ZeroExpertsAttribute(int count) => Count = count;

    /// <summary>Number of experts.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Count { get; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
