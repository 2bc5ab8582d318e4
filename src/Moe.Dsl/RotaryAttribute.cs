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

    /// <summary>How frequencies are changed for contexts longer than the trained one.</summary>
    /// <remarks>Rules: MOE112, MOE207, MOE208.</remarks>
    public RotaryScaling Scaling { get; set; } = RotaryScaling.None;

    /// <summary>How much longer the context becomes ("factor").</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double Factor { get; set; }

    /// <summary>The trained context length ("original_max_position_embeddings").</summary>
    /// <remarks>Rules: MOE112, MOE201, MOE208.</remarks>
    public int OriginalContextLength { get; set; }

    /// <summary>Llama3: wavelengths above OriginalContextLength / LowFrequencyFactor are stretched by Factor.</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double LowFrequencyFactor { get; set; } = 1;

    /// <summary>Llama3: wavelengths below OriginalContextLength / HighFrequencyFactor stay as they are.</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double HighFrequencyFactor { get; set; } = 4;

    /// <summary>Yarn: pairs that turn more often than this over the trained context keep their frequency.</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double BetaFast { get; set; } = 32;

    /// <summary>Yarn: pairs that turn less often than this over the trained context are stretched by Factor.</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double BetaSlow { get; set; } = 1;

    /// <summary>Yarn: the bounds of the ramp between both are rounded outwards to whole pairs; gpt-oss does not.</summary>
    /// <remarks>Rules: MOE112.</remarks>
    public bool Truncate { get; set; } = true;

    /// <summary>Yarn: m(s, a) = 0.1 · a · ln s + 1 with a = Mscale is the numerator of the attention factor; 0 is absent.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double Mscale { get; set; }

    /// <summary>Yarn: the same with a = MscaleAllDimensions is its denominator ("mscale_all_dim"); 0 is absent.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double MscaleAllDimensions { get; set; }

    /// <summary>Yarn: the softmax scale of attention is multiplied by m(Factor, MscaleAllDimensions)² (DeepSeek-V3).</summary>
    /// <remarks>Rules: MOE112, MOE208.</remarks>
    public bool MscaleInSoftmax { get; set; }

    /// <summary>
    /// Yarn and LongRope: cosines and sines are multiplied by this. Default, for Yarn: m(Factor, Mscale) /
    /// m(Factor, MscaleAllDimensions) where both are stated, else m(Factor, 1); for LongRope:
    /// sqrt(1 + ln Factor / ln OriginalContextLength), and 1 where Factor is at most 1.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double AttentionFactor { get; set; }

    /// <summary>LongRope: what the wavelength of each pair is multiplied with up to the trained context, Size / 2 numbers.</summary>
    /// <remarks>Rules: MOE112, MOE208.</remarks>
    public double[]? ShortFactors { get; set; }

    /// <summary>LongRope: the same beyond the trained context.</summary>
    /// <remarks>Rules: MOE112, MOE208.</remarks>
    public double[]? LongFactors { get; set; }

    /// <summary>LongRope: the attention factor beside ShortFactors ("short_mscale"). Default: AttentionFactor.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double ShortAttentionFactor { get; set; }

    /// <summary>LongRope: the attention factor beside LongFactors ("long_mscale"). Default: AttentionFactor.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double LongAttentionFactor { get; set; }

    /// <summary>LongRope: which of both lists a position takes.</summary>
    /// <remarks>Rules: MOE112, MOE207.</remarks>
    public RotarySwitch Switch { get; set; } = RotarySwitch.ByPosition;

    /// <summary>Dynamic: the base becomes Base · Alpha^(Size / (Size − 2)) at every length (Hunyuan); 0 is absent.</summary>
    /// <remarks>Rules: MOE112, MOE206, MOE208.</remarks>
    public double Alpha { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
