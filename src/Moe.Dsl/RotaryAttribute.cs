using System;

namespace Moe;

/// <summary>
/// The rotary embedding (Su et al. 2021): pair i of a head turns by position · Base^(−2i/Size). On a model it is the
/// default of every block that says nothing. Without it: base 10,000, the whole head, half-split.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class RotaryAttribute : Attribute
{
    /// <summary>Base of the geometric row of frequencies ("rope_theta").</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double Base { get; set; } = 10_000;

    /// <summary>
    /// How many leading elements of each head are turned, an even number; the rest pass unchanged. Default: the whole
    /// head. Latent attention turns its <c>RotarySize</c> elements and does not take this argument.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE201, MOE204.</remarks>
    public int Size { get; set; }

    /// <summary>Which elements form a pair.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public RotaryLayout Layout { get; set; } = RotaryLayout.HalfSplit;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
