using System;

namespace Moe;

/// <summary>The output projection: logits = (W · norm(x) + bias) / LogitDivisor, with W [VocabularySize, HiddenSize].</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HeadAttribute : Attribute
{
    /// <summary>W is the embedding itself and is stored once.</summary>
    public bool Tied { get; set; }

    /// <summary>A learned bias is added (PhiMoE).</summary>
    public bool Bias { get; set; }

    /// <summary>The logits are divided by this ("logits_scaling" of Granite).</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double LogitDivisor { get; set; } = 1;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
