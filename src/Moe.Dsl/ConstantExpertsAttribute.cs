using System;

namespace Moe;

/// <summary>
/// Routed experts that answer a₀ x + a₁ v with a = softmax(W x), v and the 2-row W learned (MoE++): no dispatch.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ConstantExpertsAttribute : Attribute
{
    /// <summary>Experts whose number a base class states.</summary>
    public ConstantExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> such experts.</summary>
    /// <param name="count">Number of experts; 0 removes inherited ones.</param>
    public ConstantExpertsAttribute(int count) => Count = count;

    /// <summary>Number of experts.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Count { get; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
