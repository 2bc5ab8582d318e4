using System;

namespace Moe;

/// <summary>
/// Declares a block: one decoder layer, x += attention(norm(x)); x += feedForward(norm(x)), unless <c>[Residual]</c> says
/// otherwise. A class derived from a block is a block too: each attribute it carries overrides the named arguments it
/// states and inherits the rest.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = true)]
public sealed class BlockAttribute : Attribute
{
    /// <summary>Both parts read the block's input: x + attention(norm(x)) + feedForward(norm(x)).</summary>
    public bool Parallel { get; set; }
}
