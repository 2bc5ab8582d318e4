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

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid,

    /// <summary>x.</summary>
    Identity,

    /// <summary>max(x, 0)² (So et al. 2021).</summary>
    ReLUSquared,

    /// <summary>x · sigmoid(1.702 x) (Hendrycks and Gimpel 2016, "quick_gelu" in transformers).</summary>
    QuickGelu,
}

/// <summary>How weight matrices are held in memory; the runtime's WeightFormat says the layouts.</summary>
public enum Format
{
    /// <summary>As exact as the file: bfloat16 where it has bfloat16 or MXFP4, float32 for everything else.</summary>
    Exact,

    /// <summary>float32.</summary>
    F32,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>Groups of 32 weights along a row: 8-bit integers and one scale.</summary>
    Int8,

    /// <summary>Groups of 32 weights along a row: 4-bit integers, one scale and one minimum.</summary>
    Int4,

    /// <summary>Groups of 32 weights along a row: 4-bit floats and one power of two.</summary>
    MXFP4,
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

    /// <summary>Hugging Face <c>Qwen2MoeForCausalLM</c>: a shared expert behind a sigmoid gate.</summary>
    Qwen2Moe,

    /// <summary>Hugging Face <c>DeepseekV2ForCausalLM</c>: latent attention, softmax router with groups.</summary>
    DeepSeekV2,

    /// <summary>Hugging Face <c>OlmoeForCausalLM</c>: query and key norm over the whole projection.</summary>
    Olmoe,

    /// <summary>Hugging Face <c>GraniteMoeForCausalLM</c>: multipliers, stacked experts.</summary>
    GraniteMoe,

    /// <summary>Hugging Face <c>PhimoeForCausalLM</c>: LayerNorm, sparsemixer, longrope.</summary>
    PhiMoe,

    /// <summary>Hugging Face <c>GptOssForCausalLM</c>: sinks, windows, clamped SwiGLU, MXFP4 experts.</summary>
    GptOss,

    /// <summary>Hugging Face <c>Llama4ForCausalLM</c>, the text model: input-scaled experts, chunked attention.</summary>
    Llama4,

    /// <summary>Hugging Face <c>Glm4MoeForCausalLM</c>: DeepSeek-V3's experts, partial rotation.</summary>
    Glm4Moe,

    /// <summary>Hugging Face <c>Ernie4_5_MoeForCausalLM</c>: softmax router with a selection bias.</summary>
    Ernie45Moe,

    /// <summary>Hugging Face <c>HunYuanMoEV1ForCausalLM</c>: query and key norm after the rotation.</summary>
    HunyuanMoe,

    /// <summary>Hugging Face <c>Dots1ForCausalLM</c>: DeepSeek-V3's experts, Qwen3's attention.</summary>
    Dots1,

    /// <summary>Hugging Face <c>DbrxForCausalLM</c>: LayerNorm without bias, clipped projections in one tensor.</summary>
    Dbrx,

    /// <summary>Hugging Face <c>MiniMaxForCausalLM</c>: lightning attention in most layers, residuals from the norm.</summary>
    MiniMax,

    /// <summary>Hugging Face <c>JetMoeForCausalLM</c>: attention experts beside feed-forward ones.</summary>
    JetMoe,
}
