namespace Moe;

/// <summary>
/// How a rotary embedding reaches beyond the context it was trained on. f(i) = Base^(−2i/Size) is the frequency of pair i,
/// s the Factor, L the OriginalContextLength.
/// </summary>
public enum RotaryScaling
{
    /// <summary>f(i) as it is.</summary>
    None,

    /// <summary>f(i) / s: position interpolation (Chen et al. 2023).</summary>
    Linear,

    /// <summary>
    /// Dynamic NTK: for a length n above L the base grows to Base · (s · n / L − (s − 1))^(Size / (Size − 2)). The length is
    /// that at the position itself, n = position + 1: what the original does when it decodes token by token. With Alpha
    /// instead, the base is Base · Alpha^(Size / (Size − 2)) at every length (Hunyuan).
    /// </summary>
    Dynamic,

    /// <summary>
    /// Llama 3.1: wavelengths 2π / f(i) above L / LowFrequencyFactor are stretched by s, those below
    /// L / HighFrequencyFactor stay, and between them f is mixed linearly.
    /// </summary>
    Llama3,

    /// <summary>
    /// YaRN (Peng et al. 2023): f(i) / s and f(i) mixed over a ramp between the pairs that turn BetaFast and BetaSlow times
    /// over L; cosines and sines multiplied by the attention factor.
    /// </summary>
    Yarn,

    /// <summary>LongRoPE (Ding et al. 2024): f(i) / ShortFactors[i] or f(i) / LongFactors[i].</summary>
    LongRope,
}

/// <summary>Which list of factors LongRope takes.</summary>
public enum RotarySwitch
{
    /// <summary>
    /// Short at positions below OriginalContextLength, long from there on: what the original does when it decodes token by
    /// token, and the one rule under which a prompt read at once, in chunks or token by token has one answer.
    /// </summary>
    ByPosition,

    /// <summary>Short everywhere.</summary>
    Short,

    /// <summary>Long everywhere: what the original does with a prompt longer than OriginalContextLength read at once.</summary>
    Long,

    /// <summary>
    /// By the length of the sequence behind each call: short up to OriginalContextLength, beyond it long at all positions of
    /// the call; keys in the cache stay as they were turned. What transformers does, so that a prompt cut into several calls
    /// may have another answer than one read at once.
    /// </summary>
    ByLength,
}

/// <summary>What the norm of queries and keys takes its mean square of.</summary>
public enum NormSpan
{
    /// <summary>Each head by itself; one weight of HeadSize for all.</summary>
    Head,

    /// <summary>The whole projection; a weight for each of its elements.</summary>
    Projection,
}

/// <summary>Where the norm of queries and keys stands.</summary>
public enum NormPlace
{
    /// <summary>Between projection and rotation.</summary>
    BeforeRotary,

    /// <summary>Between rotation and products.</summary>
    AfterRotary,
}

/// <summary>What a part of a block is added to.</summary>
public enum ResidualFrom
{
    /// <summary>x, the residual stream itself (pre-norm).</summary>
    Stream,

    /// <summary>norm(x), what the part reads (MiniMax-Text-01).</summary>
    Norm,
}
