using System;

namespace Moe;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, section 2.1): keys and values are low-rank functions of one latent vector,
/// c = norm(W_down x); each head's key is [W_uk c, rotated shared key]. The cache holds c and the shared rotated key:
/// KeyValueRank + RotarySize elements a token and layer.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class LatentAttentionAttribute : Attribute
{
    /// <summary>Number of heads.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int Heads { get; set; }

    /// <summary>Rank of the query projection ("q_lora_rank"); 0 (the default) projects queries directly.</summary>
    /// <remarks>Rules: MOE112, MOE201.</remarks>
    public int QueryRank { get; set; }

    /// <summary>Size of the latent vector ("kv_lora_rank").</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int KeyValueRank { get; set; }

    /// <summary>Elements of a head that carry no position ("qk_nope_head_dim").</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int HeadSize { get; set; }

    /// <summary>Elements of a head that are rotated, an even number ("qk_rope_head_dim").</summary>
    /// <remarks>Rules: MOE201, MOE204.</remarks>
    public int RotarySize { get; set; }

    /// <summary>Elements of one head's value ("v_head_dim"). Default: <see cref="HeadSize"/>.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int ValueHeadSize { get; set; }

    /// <summary>The low-rank query projection has a bias.</summary>
    /// <remarks>Rules: MOE112.</remarks>
    public bool QueryBias { get; set; }

    /// <summary>The projection to the latent vector and the shared key has a bias.</summary>
    public bool KeyValueBias { get; set; }

    /// <summary>The output projection has a bias.</summary>
    public bool OutputBias { get; set; }

    /// <summary>ε of the RMS norms of the latent vectors; 1e-6 in the released models, whatever the block's ε is.</summary>
    /// <remarks>Rules: MOE206.</remarks>
    public double NormEpsilon { get; set; } = 1e-6;

    /// <summary>What products are multiplied with before the softmax. Default: 1 / sqrt(HeadSize + RotarySize).</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double Scale { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
