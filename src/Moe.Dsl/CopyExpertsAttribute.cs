using System;

namespace Moe;

/// <summary>
/// Routed experts that answer their input (MoE++): no matrix, no dispatch.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CopyExpertsAttribute : Attribute
{
    /// <summary>Experts whose number a base class states.</summary>
    public CopyExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> such experts.</summary>
    /// <param name="count">Number of experts; 0 removes inherited ones.</param>
    public CopyExpertsAttribute(int count) => Count = count;

    /// <summary>Number of experts.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Count { get; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
