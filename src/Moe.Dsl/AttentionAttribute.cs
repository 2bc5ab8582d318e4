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

    /// <summary>
    /// Queries and keys are RMS-normalised with the block's ε: each head by itself and before the rotation (Qwen3), unless
    /// <see cref="QueryKeyNormSpan"/>, <see cref="QueryKeyNormPlace"/> or <see cref="QueryKeyNormWeight"/> say otherwise.
    /// </summary>
    public bool QueryKeyNorm { get; set; }

    /// <summary>What <see cref="QueryKeyNorm"/> takes the mean square of: a head, or the whole projection (OLMoE).</summary>
    /// <remarks>Rules: MOE112, MOE207.</remarks>
    public NormSpan QueryKeyNormSpan { get; set; } = NormSpan.Head;

    /// <summary>Whether <see cref="QueryKeyNorm"/> comes before the rotation, or after it (Hunyuan, Llama 4).</summary>
    /// <remarks>Rules: MOE112, MOE207.</remarks>
    public NormPlace QueryKeyNormPlace { get; set; } = NormPlace.BeforeRotary;

    /// <summary>
    /// <see cref="QueryKeyNorm"/> has a learned weight. Default: true; without it x / sqrt(mean(x²) + ε) (Llama 4).
    /// </summary>
    /// <remarks>Rules: MOE112.</remarks>
    public bool QueryKeyNormWeight { get; set; } = true;

    /// <summary>
    /// What the products of queries and keys are multiplied with before the softmax ("attention_multiplier" of Granite).
    /// Default: 1 / sqrt(<see cref="HeadSize"/>).
    /// </summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double Scale { get; set; }

    /// <summary>
    /// Queries, keys and values are limited to ±this after their projections, and after a norm that comes before the
    /// rotation ("clip_qkv" of OLMoE and DBRX). 0, the default, limits nothing.
    /// </summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double ClipQueryKeyValue { get; set; }

    /// <summary>
    /// Sliding window (Beltagy et al. 2020, Mistral): a token at position t sees positions s with t − Window &lt; s ≤ t.
    /// 0, the default, sees all. Cache blocks outside the window are not read.
    /// </summary>
    /// <remarks>Rules: MOE201, MOE209.</remarks>
    public int Window { get; set; }

    /// <summary>
    /// Chunked attention (Llama 4): a token at position t sees positions s ≤ t of its own chunk, ⌊s / Chunk⌋ = ⌊t / Chunk⌋.
    /// 0, the default, sees all.
    /// </summary>
    /// <remarks>Rules: MOE201, MOE209.</remarks>
    public int Chunk { get; set; }

    /// <summary>
    /// A learned logit z for each head joins the softmax and carries no value (gpt-oss): the weight of position s is
    /// exp(xₛ) / (exp(z) + Σ exp(xᵤ)).
    /// </summary>
    public bool Sinks { get; set; }

    /// <summary>
    /// Queries at position t are multiplied by 1 + <see cref="TemperatureScale"/> · ln(1 + ⌊(t + 1) / TemperatureFloor⌋)
    /// (Llama 4, "floor_scale"). 0, the default, leaves them.
    /// </summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int TemperatureFloor { get; set; }

    /// <summary>The factor of the logarithm beside <see cref="TemperatureFloor"/> ("attn_scale").</summary>
    /// <remarks>Rules: MOE112, MOE210.</remarks>
    public double TemperatureScale { get; set; } = 0.1;

    /// <summary>
    /// Heads are experts (selective multi-head attention of Union-of-Experts): p = softmax over heads of HeadRouter · x, and
    /// each head takes max(1, ⌊HeadFraction · n⌋) of the n tokens that a call brings of its sequence, those of its highest p
    /// (ties: the earlier token). A head attends from its tokens to its tokens up to their own position, those of earlier calls
    /// in the cache included; for other tokens its answer is 0. Couples tokens: a result holds for the call, and needs
    /// <see cref="MayLookAhead"/>. Every head has a key and value head of its own. 0, the default: all heads see all tokens.
    /// </summary>
    /// <remarks>Rules: MOE206, MOE211, MOE310.</remarks>
    public double HeadFraction { get; set; }

    /// <summary>Which tokens a head takes may depend on later tokens of the call: required beside <see cref="HeadFraction"/>.</summary>
    /// <remarks>Rules: MOE112, MOE310.</remarks>
    public bool MayLookAhead { get; set; }

    /// <summary>How attention knows positions.</summary>
    /// <remarks>Rules: MOE112, MOE207.</remarks>
    public PositionEncoding Position { get; set; } = PositionEncoding.Rotary;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
