using System;

namespace Moe;

/// <summary>
/// Experts that every token passes, with weight 1 (DeepSeekMoE) or gated. Their sum equals one feed-forward part of
/// Count · IntermediateSize, and so they are stored and run.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SharedExpertsAttribute : Attribute
{
    /// <summary>Shared experts whose number a base class states.</summary>
    public SharedExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> shared experts of one shape.</summary>
    /// <param name="count">Number of shared experts; 0 removes inherited ones.</param>
    public SharedExpertsAttribute(int count) => Count = count;

    /// <summary>Number of shared experts.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Count { get; }

    /// <summary>Width of one shared expert between its projections.</summary>
    /// <remarks>Rules: MOE201, MOE205.</remarks>
    public int IntermediateSize { get; set; }

    /// <summary>The nonlinearity.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public Activation Activation { get; set; } = Activation.SiLU;

    /// <summary>Has a gate projection beside the up projection.</summary>
    public bool Gated { get; set; } = true;

    /// <summary>Every projection has a bias.</summary>
    public bool Bias { get; set; }

    /// <summary>What multiplies their answer.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public SharedGate Gate { get; set; } = SharedGate.None;

    /// <summary>A constant factor on their answer (0.5 in RMoE's mixed variant, with WeightScale = 0.5 on the router).</summary>
    /// <remarks>Rules: MOE306.</remarks>
    public double Scale { get; set; } = 1;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
