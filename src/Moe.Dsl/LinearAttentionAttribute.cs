using System;

namespace Moe;

/// <summary>
/// Lightning attention (Qin et al. 2024, MiniMax-Text-01), linear attention with a decay: for each head
/// S = λ · S + k vᵀ and o = q · S, that is o = Σ over s ≤ t of λ^(t−s) (q · kₛ) vₛ; then W_o (sigmoid(W_g x) · rmsNorm(o)).
/// Query, key and value are act(W x). λ = exp(−2^(−8(h + 1) / Heads) · (1 − layer / (layers − 1 + 1e-5) + 1e-5)) for head h.
/// </summary>
/// <remarks>
/// There is no softmax, no rotation and no scale. On the CPU a state of HeadSize² numbers for each head goes from token to
/// token; the cache keeps one state for every 64 positions beside their keys and values, so that a sequence can be cut or
/// copied anywhere. The GPU sums over the cached positions.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class LinearAttentionAttribute : Attribute
{
    /// <summary>Number of heads; each has a query, a key and a value.</summary>
    /// <remarks>Rules: MOE201, MOE202.</remarks>
    public int Heads { get; set; }

    /// <summary>Elements of one head. Default: HiddenSize / Heads, which must then divide.</summary>
    /// <remarks>Rules: MOE201, MOE202.</remarks>
    public int HeadSize { get; set; }

    /// <summary>The nonlinearity of queries, keys and values.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public Activation Activation { get; set; } = Activation.SiLU;

    /// <summary>ε of the RMS norm over all heads' answers; 1e-6 in the released model, whatever the block's ε is.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double NormEpsilon { get; set; } = 1e-6;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
