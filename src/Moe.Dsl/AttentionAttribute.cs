using System;

namespace Moe;

/// <summary>
/// Causal self-attention, multi-head or grouped-query (Ainslie et al. 2023): softmax(q·k / sqrt(HeadSize)) · v, then an
/// output projection. The cache holds 2 · KeyValueHeads · HeadSize elements a token and layer.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AttentionAttribute : Attribute
{
    /// <summary>Number of query heads.</summary>
    /// <remarks>Rules: MOE201, MOE202, MOE203.</remarks>
    public int Heads { get; set; }

    /// <summary>Number of key/value heads, a divisor of <see cref="Heads"/>. Default: <see cref="Heads"/>.</summary>
    /// <remarks>Rules: MOE201, MOE203.</remarks>
    public int KeyValueHeads { get; set; }

    /// <summary>Elements of one head. Default: HiddenSize / Heads, which must then divide.</summary>
    /// <remarks>Rules: MOE201, MOE202, MOE204.</remarks>
    public int HeadSize { get; set; }

    /// <summary>The query projection has a bias.</summary>
    public bool QueryBias { get; set; }

    /// <summary>The key projection has a bias.</summary>
    public bool KeyBias { get; set; }

    /// <summary>The value projection has a bias.</summary>
    public bool ValueBias { get; set; }

    /// <summary>The output projection has a bias.</summary>
    public bool OutputBias { get; set; }

    /// <summary>Each query head and each key head is RMS-normalised before the rotation, with the block's ε (Qwen3).</summary>
    public bool QueryKeyNorm { get; set; }

    /// <summary>How attention knows positions.</summary>
    /// <remarks>Rules: MOE112, MOE207.</remarks>
    public PositionEncoding Position { get; set; } = PositionEncoding.Rotary;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
