using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about the scaling of rotary embeddings: MOE208, and MOE112 on arguments of another scaling.</summary>
internal static class RotaryRules
{
    // Which scalings read an argument.
    private static readonly ImmutableArray<(string Argument, ImmutableArray<RotaryScaling> Readers)> _readers = ImmutableArray.Create(
        ("Factor", ImmutableArray.Create(RotaryScaling.Linear, RotaryScaling.Dynamic, RotaryScaling.Llama3, RotaryScaling.Yarn, RotaryScaling.LongRope)),
        ("OriginalContextLength", ImmutableArray.Create(RotaryScaling.Dynamic, RotaryScaling.Llama3, RotaryScaling.Yarn, RotaryScaling.LongRope)),
        ("LowFrequencyFactor", ImmutableArray.Create(RotaryScaling.Llama3)),
        ("HighFrequencyFactor", ImmutableArray.Create(RotaryScaling.Llama3)),
        ("BetaFast", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("BetaSlow", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("Truncate", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("Mscale", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("MscaleAllDimensions", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("MscaleInSoftmax", ImmutableArray.Create(RotaryScaling.Yarn)),
        ("AttentionFactor", ImmutableArray.Create(RotaryScaling.Yarn, RotaryScaling.LongRope)),
        ("ShortFactors", ImmutableArray.Create(RotaryScaling.LongRope)),
        ("LongFactors", ImmutableArray.Create(RotaryScaling.LongRope)),
        ("ShortAttentionFactor", ImmutableArray.Create(RotaryScaling.LongRope)),
        ("LongAttentionFactor", ImmutableArray.Create(RotaryScaling.LongRope)),
        ("Switch", ImmutableArray.Create(RotaryScaling.LongRope)),
        ("Alpha", ImmutableArray.Create(RotaryScaling.Dynamic)));

    /// <summary>MOE112 on the model's default rotation.</summary>
    public static IEnumerable<Finding> ModelArgumentsHaveEffect(ResolvedModel model) => ArgumentsHaveEffect(model.Rotary);

    /// <summary>MOE112 on a block's own rotation.</summary>
    public static IEnumerable<Finding> BlockArgumentsHaveEffect(ResolvedBlock block) => ArgumentsHaveEffect(block.Rotary);

    /// <summary>MOE208; the words of model and block together.</summary>
    public static IEnumerable<Finding> ScalingAddsUp(ResolvedModel model, ResolvedBlock block)
    {
        if (block.LinearAttention.IsPresent)
            yield break;
        if (block.Attention.IsPresent && block.Attention.Choice("Position", PositionEncoding.Rotary) == PositionEncoding.None)
            yield break;

        Word rotary = block.Rotary.Over(model.Rotary);
        foreach ((string argument, string fact, string wayOut) in Problems(rotary, SizeOf(model, block, rotary)))
        {
            // What the model says alone is mended there; what a block takes part in is reported where the model names it.
            bool isModels = !block.Rotary.Has(argument) && !block.Rotary.Has("Scaling");
            Part part = isModels ? model.Rotary.PartOf(argument) : model.NearestOf(block, model.Rotary, argument);
            yield return Rules.RotaryScaling.At(part, fact, wayOut).With(rotary.PartOf(argument));
        }
    }

    private static IEnumerable<(string Argument, string Fact, string WayOut)> Problems(Word rotary, int size)
    {
        RotaryScaling scaling = rotary.Choice("Scaling", RotaryScaling.None);
        bool hasAlpha = rotary.Real("Alpha", 0) != 0;
        bool needsFactor = scaling is RotaryScaling.Linear or RotaryScaling.Llama3 or RotaryScaling.Yarn
            || (scaling == RotaryScaling.Dynamic && !hasAlpha);
        bool needsLength = scaling is RotaryScaling.Llama3 or RotaryScaling.Yarn or RotaryScaling.LongRope
            || (scaling == RotaryScaling.Dynamic && !hasAlpha);
        if (needsFactor && rotary.Real("Factor", 0) == 0)
            yield return ("Scaling", $"RotaryScaling.{scaling} needs Factor", "state how much longer the context becomes");
        if (needsLength && rotary.Integer("OriginalContextLength") < 2)
            yield return ("Scaling", $"RotaryScaling.{scaling} needs OriginalContextLength", "state the trained context length, 2 or more");

        switch (scaling)
        {
            case RotaryScaling.Dynamic when size <= 2:
                yield return ("Scaling", $"RotaryScaling.Dynamic raises to the power Size / (Size - 2), and {size} elements turn", "turn 4 or more");
                break;

            case RotaryScaling.Llama3 when rotary.Real("LowFrequencyFactor", 1) is var low && rotary.Real("HighFrequencyFactor", 4) is var high && low > high:
                yield return ("HighFrequencyFactor", $"HighFrequencyFactor ({Say(high)}) is below LowFrequencyFactor ({Say(low)})", "choose a larger one, or the same for no way between");
                break;

            case RotaryScaling.Yarn:
                double fast = rotary.Real("BetaFast", 32);
                double slow = rotary.Real("BetaSlow", 1);
                if (slow >= fast)
                    yield return ("BetaFast", $"BetaFast ({Say(fast)}) is not above BetaSlow ({Say(slow)})", "choose a larger one");
                if (rotary.Flag("MscaleInSoftmax") && rotary.Real("MscaleAllDimensions", 0) == 0)
                    yield return ("MscaleInSoftmax", "MscaleInSoftmax stands without MscaleAllDimensions", "state both");
                if (rotary.Real("Base", 10_000) == 1)
                    yield return ("Base", "Base is 1, so that all pairs turn alike and there is no ramp between them", "choose a larger one");
                break;

            case RotaryScaling.LongRope:
                foreach (string list in new[] { "ShortFactors", "LongFactors" })
                {
                    EquatableArray<double> factors = rotary.Reals(list);
                    if (factors.Count != size / 2)
                        yield return (list, $"{list} has {factors.Count} numbers, and {size} elements turn", $"write {size / 2}, one for each pair");
                    else if (factors.Any(factor => !Float32.IsFinite(factor) || (float)factor <= 0))
                        yield return (list, $"{list} holds a number that is not finite and positive", "write positive numbers");
                }

                bool hasBoth = rotary.Real("ShortAttentionFactor", 0) != 0 && rotary.Real("LongAttentionFactor", 0) != 0;
                if (rotary.Real("Factor", 0) == 0 && rotary.Real("AttentionFactor", 0) == 0 && !hasBoth)
                    yield return ("Scaling", "RotaryScaling.LongRope needs Factor or AttentionFactor", "state one, or ShortAttentionFactor and LongAttentionFactor");
                break;
        }
    }

    private static IEnumerable<Finding> ArgumentsHaveEffect(Word rotary)
    {
        if (!rotary.Has("Scaling"))
            yield break;

        RotaryScaling scaling = rotary.Choice("Scaling", RotaryScaling.None);
        foreach ((string argument, ImmutableArray<RotaryScaling> readers) in _readers)
        {
            if (!rotary.Has(argument) || readers.Contains(scaling) || rotary.LevelOf(argument) > rotary.LevelOf("Scaling"))
                continue;

            yield return Rules.WithoutEffect.At(rotary.PartOf(argument), argument, $"the rotation has Scaling = {scaling}", "remove it")
                .With(rotary.PartOf("Scaling"));
        }
    }

    /// <summary>How many elements turn.</summary>
    private static int SizeOf(ResolvedModel model, ResolvedBlock block, Word rotary)
    {
        if (block.LatentAttention.IsPresent)
            return block.LatentAttention.Integer("RotarySize");

        int size = rotary.Integer("Size");
        int headSize = (block.AttentionExperts.IsPresent ? block.AttentionExperts : block.Attention).Integer("HeadSize");
        return size > 0 ? size : headSize > 0 ? headSize : model.Model.Integer("HiddenSize") / block.Attention.Integer("Heads", 1);
    }

    private static string Say(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
