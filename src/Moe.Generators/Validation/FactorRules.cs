using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about real numbers and about which positions attention sees: MOE209, MOE210, and MOE206 where 0 is the default.</summary>
internal static class FactorRules
{
    // 0 means the default; anything else is positive.
    private static readonly ImmutableArray<(string Word, string Argument, double Usual)> _optional = ImmutableArray.Create(
        (Words.Attention, "Scale", 0.125),
        (Words.Attention, "ClipQueryKeyValue", 8.0),
        (Words.Attention, "HeadFraction", 0.5),
        (Words.LatentAttention, "Scale", 0.125),
        (Words.Rotary, "Factor", 4.0),
        (Words.Rotary, "LowFrequencyFactor", 1.0),
        (Words.Rotary, "HighFrequencyFactor", 4.0),
        (Words.Rotary, "BetaFast", 32.0),
        (Words.Rotary, "BetaSlow", 1.0),
        (Words.Rotary, "Mscale", 1.0),
        (Words.Rotary, "MscaleAllDimensions", 1.0),
        (Words.Rotary, "AttentionFactor", 1.0),
        (Words.Rotary, "ShortAttentionFactor", 1.0),
        (Words.Rotary, "LongAttentionFactor", 1.0),
        (Words.Rotary, "Alpha", 1000.0));

    private static readonly ImmutableArray<(string Word, string Argument, bool MayBeZero)> _factors = ImmutableArray.Create(
        (Words.MoeModel, "EmbeddingScale", false),
        (Words.Head, "LogitDivisor", false),
        (Words.Residual, "AttentionAlpha", true),
        (Words.Residual, "AttentionBeta", false),
        (Words.Residual, "FeedForwardAlpha", true),
        (Words.Residual, "FeedForwardBeta", false),
        (Words.Attention, "TemperatureScale", true));

    /// <summary>MOE206 and MOE210.</summary>
    public static IEnumerable<Finding> NumbersHold(Word word)
    {
        foreach ((string name, string argument, double usual) in _optional.Where(entry => entry.Word == word.Name))
        {
            double value = word.Real(argument, 0);
            if (value != 0 && (!Float32.IsFinite(value) || (float)value <= 0))
                yield return Rules.NotFinitePositive.At(word.PartOf(argument), argument, name, value, usual).Suggest(usual);
        }

        foreach ((string name, string argument, bool mayBeZero) in _factors.Where(entry => entry.Word == word.Name))
        {
            double value = word.Real(argument, 1);
            if (!Float32.IsFinite(value) || (!mayBeZero && (float)value == 0))
                yield return Rules.FactorNotANumber.At(word.PartOf(argument), argument, name, value, mayBeZero ? "" : " other than 0");
        }
    }

    /// <summary>MOE209.</summary>
    public static IEnumerable<Finding> OneReach(ResolvedBlock block)
    {
        Word attention = block.Attention;
        int window = attention.Integer("Window");
        int chunk = attention.Integer("Chunk");
        if (window > 0 && chunk > 0)
        {
            yield return Rules.TwoReaches
                .At(attention.Nearer("Chunk", "Window"), block.Name, window, chunk)
                .With(attention.PartOf("Window"), attention.PartOf("Chunk"));
        }
    }

    /// <summary>MOE211 and MOE310 on heads that choose their tokens.</summary>
    public static IEnumerable<Finding> HeadsChoose(ResolvedBlock block)
    {
        Word attention = block.Attention;
        double fraction = attention.Real("HeadFraction", 0);
        if (fraction == 0)
            yield break;
        if (fraction > 1)
            yield return Rules.HeadsChoose.At(attention.PartOf("HeadFraction"), $"HeadFraction of block {block.Name} is {fraction.ToString(CultureInfo.InvariantCulture)}, and a head takes a share of the tokens", "write a number above 0, up to 1");
        int keyValueHeads = attention.Integer("KeyValueHeads");
        if (keyValueHeads != 0 && keyValueHeads != attention.Integer("Heads"))
        {
            yield return Rules.HeadsChoose
                .At(attention.Nearer("KeyValueHeads", "HeadFraction"), $"Heads of block {block.Name} choose their tokens, and several of them share a key and value head", "remove KeyValueHeads, or HeadFraction")
                .With(attention.PartOf("KeyValueHeads"), attention.PartOf("HeadFraction"));
        }

        if (!attention.Flag("MayLookAhead"))
            yield return Rules.LooksAhead.At(attention.PartOf("HeadFraction"), "Each head chooses among all tokens of a call");
    }

    /// <summary>MOE112 on what shapes a norm or a temperature that is not there.</summary>
    public static IEnumerable<Finding> ArgumentsHaveEffect(ResolvedBlock block)
    {
        Word attention = block.Attention;
        if (!attention.IsPresent)
            yield break;

        foreach (string argument in new[] { "QueryKeyNormSpan", "QueryKeyNormPlace", "QueryKeyNormWeight" })
        {
            if (attention.Has(argument) && !attention.Flag("QueryKeyNorm") && attention.LevelOf(argument) <= attention.LevelOf("QueryKeyNorm"))
                yield return Rules.WithoutEffect.At(attention.PartOf(argument), argument, "queries and keys are not normalised", "set QueryKeyNorm = true or remove it");
        }

        if (attention.Has("MayLookAhead") && attention.Real("HeadFraction", 0) == 0 && attention.LevelOf("MayLookAhead") <= attention.LevelOf("HeadFraction"))
            yield return Rules.WithoutEffect.At(attention.PartOf("MayLookAhead"), "MayLookAhead", "heads do not choose tokens", "state HeadFraction or remove it");

        if (attention.Has("TemperatureScale")
            && attention.Integer("TemperatureFloor") == 0
            && attention.LevelOf("TemperatureScale") <= attention.LevelOf("TemperatureFloor"))
        {
            yield return Rules.WithoutEffect.At(attention.PartOf("TemperatureScale"), "TemperatureScale",
                "queries have no temperature", "state TemperatureFloor or remove it");
        }
    }
}
