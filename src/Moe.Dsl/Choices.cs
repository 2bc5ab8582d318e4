namespace Moe;

/// <summary>The nonlinearity of a feed-forward block or an expert.</summary>
public enum Activation
{
    /// <summary>x · sigmoid(x), also called swish. With <c>Gated</c> this is SwiGLU (Shazeer 2020).</summary>
    SiLU,

    /// <summary>x · Φ(x) with the error function (Hendrycks and Gimpel 2016).</summary>
    Gelu,

    /// <summary>The tanh approximation of <see cref="Gelu"/>.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    ReLU,
}

/// <summary>How a vector is normalised.</summary>
public enum NormKind
{
    /// <summary>x / sqrt(mean(x²) + ε) · weight (Zhang and Sennrich 2019).</summary>
    Rms,

    /// <summary>(x − mean) / sqrt(variance + ε) · weight + bias (Ba et al. 2016).</summary>
    Layer,
}

/// <summary>How attention knows where a token stands.</summary>
public enum PositionEncoding
{
    /// <summary>Rotary embedding of queries and keys (Su et al. 2021), shaped by <c>[Rotary]</c>.</summary>
    Rotary,

    /// <summary>No positions: order enters through the causal mask alone.</summary>
    None,
}

/// <summary>Which elements of a head a rotation pairs.</summary>
public enum RotaryLayout
{
    /// <summary>Element i with element i + size/2 (GPT-NeoX, Hugging Face Llama).</summary>
    HalfSplit,

    /// <summary>Element 2i with element 2i + 1 (RoFormer, GPT-J, DeepSeek).</summary>
    Interleaved,
}

/// <summary>Router stage 4: how logits become scores. Scores are taken over all experts, in float32.</summary>
public enum RouterScore
{
    /// <summary>exp(zᵢ) / Σ exp(zⱼ).</summary>
    Softmax,

    /// <summary>1 / (1 + exp(−zᵢ)), each expert on its own (DeepSeek-V3).</summary>
    Sigmoid,
}

/// <summary>Router stage 5: what a group of experts is worth in group-limited selection.</summary>
public enum GroupKey
{
    /// <summary>Its best expert (DeepSeek-V2).</summary>
    Maximum,

    /// <summary>The sum of its two best experts (DeepSeek-V3).</summary>
    SumOfBestTwo,
}

/// <summary>Router stage 5: what the selection key of an expert outside the kept groups becomes.</summary>
public enum OutsideGroups
{
    /// <summary>−∞: such an expert is never chosen.</summary>
    NegativeInfinity,

    /// <summary>0, as in transformers 4.57 for DeepSeek-V3: it can win over a negative key inside.</summary>
    Zero,
}

/// <summary>Router stage 6: what the chosen experts' outputs are multiplied with, before <c>WeightScale</c>.</summary>
public enum RouterWeights
{
    /// <summary>The scores as they are (DeepSeekMoE).</summary>
    Raw,

    /// <summary>The chosen scores divided by their sum (Mixtral, Qwen3-MoE with norm_topk_prob, DeepSeek-V3).</summary>
    Renormalised,
}

/// <summary>Whose tensor names and config.json keys a model's checkpoint follows.</summary>
public enum CheckpointLayout
{
    /// <summary>Names for every word of the language; no foreign config.json is expected.</summary>
    Native,

    /// <summary>Hugging Face <c>LlamaForCausalLM</c>: dense blocks.</summary>
    Llama,

    /// <summary>Hugging Face <c>MixtralForCausalLM</c>: <c>block_sparse_moe</c>, experts as w1, w3, w2.</summary>
    Mixtral,

    /// <summary>Hugging Face <c>Qwen3MoeForCausalLM</c>: per-head query and key norm, dense or expert blocks.</summary>
    Qwen3Moe,

    /// <summary>Hugging Face <c>DeepseekV3ForCausalLM</c>: latent attention, shared experts, selection bias.</summary>
    DeepSeekV3,

    /// <summary>Hugging Face <c>Qwen3ForCausalLM</c>: dense blocks, per-head query and key norm.</summary>
    Qwen3,

    /// <summary>DeepSeekMoE 16B, <c>DeepseekForCausalLM</c> of its own checkpoint: softmax router, shared experts.</summary>
    DeepSeekMoe,
}
