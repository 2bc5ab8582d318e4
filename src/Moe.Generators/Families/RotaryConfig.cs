using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// "rope_theta" and "rope_scaling", which all families share: the kinds of transformers 4.57 (linear, dynamic, llama3, yarn,
/// longrope). Newer files keep both in "rope_parameters".
/// </summary>
internal static class RotaryConfig
{
    private const string Scaling = "rope_scaling.";

    // No library writes it: a file means its class's rule, and a declaration may say another.
    private const string SwitchKey = "switch";

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigRow> Rows(FamilyView model, ModelDefaults absent)
    {
        if (!model.Turns)
        {
            yield return ConfigRow.Irrelevant("rope_theta");
            yield break;
        }

        yield return ConfigRow.Usual("rope_theta", model.Rotary.Base, absent.RotaryBase);
        if (model.Rotary.Scaling is not { } scaling)
            yield break;

        foreach (ConfigRow row in ScalingRows(scaling, model.Model.ContextLength, absent))
            yield return row;
    }

    private static IEnumerable<ConfigRow> ScalingRows(RotaryScalingArchitecture scaling, int context, ModelDefaults absent)
    {
        switch (scaling)
        {
            case LinearScaling linear:
                yield return Kind("linear");
                yield return ConfigRow.Required(Scaling + "factor", linear.Factor);
                break;
            case DynamicScaling dynamic:
                yield return Kind("dynamic");
                yield return ConfigRow.Required(Scaling + "factor", dynamic.Factor);

                // The class reads max_position_embeddings in its place.
                yield return ConfigRow.Irrelevant(Scaling + "original_max_position_embeddings");
                break;
            case AlphaScaling alpha:
                yield return Kind("dynamic");
                yield return ConfigRow.Required(Scaling + "alpha", alpha.Alpha);

                // Released beside alpha, which alone decides then.
                foreach (string key in new[] { "factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim" })
                    yield return ConfigRow.Irrelevant(Scaling + key);
                break;
            case Llama3Scaling llama:
                yield return Kind("llama3");
                yield return ConfigRow.Required(Scaling + "factor", llama.Factor);
                yield return ConfigRow.Required(Scaling + "low_freq_factor", llama.LowFrequencyFactor);
                yield return ConfigRow.Required(Scaling + "high_freq_factor", llama.HighFrequencyFactor);
                yield return ConfigRow.Required(Scaling + "original_max_position_embeddings", llama.OriginalContextLength);
                break;
            case YarnScaling yarn:
                yield return Kind("yarn");
                yield return ConfigRow.Usual(Scaling + "factor", yarn.Factor, (double)context / yarn.OriginalContextLength);
                yield return ConfigRow.Usual(Scaling + "original_max_position_embeddings", yarn.OriginalContextLength, context);
                yield return ConfigRow.Usual(Scaling + "beta_fast", yarn.BetaFast, 32);
                yield return ConfigRow.Usual(Scaling + "beta_slow", yarn.BetaSlow, 1);
                yield return ConfigRow.Usual(Scaling + "truncate", yarn.Truncate, true);
                yield return ConfigRow.Usual(Scaling + "mscale", yarn.Mscale, null);
                yield return ConfigRow.Usual(Scaling + "mscale_all_dim", yarn.MscaleAllDimensions, null);
                yield return ConfigRow.Usual(Scaling + "attention_factor", yarn.StatedAttentionFactor, null);
                break;
            case LongRopeScaling rope:
                yield return Kind("longrope");
                yield return ConfigRow.Required(Scaling + "short_factor", rope.ShortFactors.Select(factor => (object?)factor).ToArray());
                yield return ConfigRow.Required(Scaling + "long_factor", rope.LongFactors.Select(factor => (object?)factor).ToArray());
                yield return ConfigRow.Usual(Scaling + "original_max_position_embeddings", rope.OriginalContextLength, rope.OriginalContextLength);
                yield return ConfigRow.Usual("original_max_position_embeddings", rope.OriginalContextLength, rope.OriginalContextLength);
                yield return new ConfigRow(Scaling + SwitchKey, ConfigRowRule.Remark, rope.Switch.ToString(), null, false);
                if (absent.HasLongRopeScales)
                {
                    yield return ConfigRow.Required(Scaling + "short_mscale", rope.ShortAttentionFactor);
                    yield return ConfigRow.Required(Scaling + "long_mscale", rope.LongAttentionFactor);
                    break;
                }

                // Both lists share one, which follows from the lengths where it is missing.
                yield return ConfigRow.Usual(Scaling + "attention_factor", rope.ShortAttentionFactor, rope.ShortAttentionFactor);
                yield return ConfigRow.Irrelevant(Scaling + "factor");
                break;
        }
    }

    /// <summary>The word.</summary>
    /// <param name="config">The file.</param>
    /// <param name="absent">What the family assumes.</param>
    /// <param name="layout">Which elements form a pair.</param>
    /// <param name="size">Elements of a head that turn; 0: all of them.</param>
    /// <param name="mscaleInSoftmax">Yarn's mscale_all_dim changes the softmax scale too (DeepSeek-V3).</param>
    public static WordText Read(
        ConfigReader config, ModelDefaults absent, RotaryLayout layout = RotaryLayout.HalfSplit, int size = 0, bool mscaleInSoftmax = false)
    {
        ConfigReader scaling = Section(config);
        WordText word = new WordText(Words.Rotary)
            .With("Base", config.Has("rope_theta") ? config.Real("rope_theta", 0) : scaling.Real("rope_theta", absent.RotaryBase), 10_000)
            .With("Size", size)
            .Choice("Layout", layout, RotaryLayout.HalfSplit);
        if (scaling.HasSections)
            throw config.Wrong(Key(config), "one rotation for all layers: a set for each type of layer can be declared, and no family here reads it");
        string kind = scaling.Text("rope_type", null) ?? scaling.Text("type", null) ?? "default";
        int context = config.Integer("max_position_embeddings", absent.Context);
        switch (kind)
        {
            case "default":
                return word;
            case "linear":
                return word.Choice("Scaling", RotaryScaling.Linear, RotaryScaling.None).With("Factor", scaling.Real("factor", 1), 0);
            case "dynamic" when scaling.Real("alpha", 0) != 0:
                return word.Choice("Scaling", RotaryScaling.Dynamic, RotaryScaling.None).With("Alpha", scaling.Real("alpha", 0), 0);
            case "dynamic":
                return word.Choice("Scaling", RotaryScaling.Dynamic, RotaryScaling.None)
                    .With("Factor", scaling.Real("factor", 1), 0)
                    .With("OriginalContextLength", context);
            case "llama3":
                return word.Choice("Scaling", RotaryScaling.Llama3, RotaryScaling.None)
                    .With("Factor", scaling.Real("factor", 1), 0)
                    .With("OriginalContextLength", scaling.Integer("original_max_position_embeddings", context))
                    .With("LowFrequencyFactor", scaling.Real("low_freq_factor", 1), 1)
                    .With("HighFrequencyFactor", scaling.Real("high_freq_factor", 4), 4);
            case "yarn":
                double all = scaling.Real("mscale_all_dim", 0);
                int original = scaling.Integer("original_max_position_embeddings", context);
                return word.Choice("Scaling", RotaryScaling.Yarn, RotaryScaling.None)
                    .With("Factor", scaling.Real("factor", (double)context / original), 0)
                    .With("OriginalContextLength", original)
                    .With("BetaFast", scaling.Real("beta_fast", 32), 32)
                    .With("BetaSlow", scaling.Real("beta_slow", 1), 1)
                    .With("Truncate", scaling.Flag("truncate", true), true)
                    .With("Mscale", scaling.Real("mscale", 0), 0)
                    .With("MscaleAllDimensions", all, 0)
                    .With("AttentionFactor", scaling.Real("attention_factor", 0), 0)
                    .With("MscaleInSoftmax", mscaleInSoftmax && all != 0);
            case "longrope":
                return LongRope(config, scaling, absent, word, context);
            default:
                throw scaling.Wrong("rope_type", "default, linear, dynamic, llama3, yarn or longrope");
        }
    }

    /// <summary>"partial_rotary_factor", which newer files keep beside the base.</summary>
    public static double Partial(ConfigReader config, double absent) => config.Has("partial_rotary_factor")
        ? config.Real("partial_rotary_factor", absent)
        : Section(config).Real("partial_rotary_factor", absent);

    private static ConfigReader Section(ConfigReader config) => config.Section(Key(config));

    private static string Key(ConfigReader config) => config.Has("rope_scaling") ? "rope_scaling" : "rope_parameters";

    // PhiMoE has an attention factor for each list; elsewhere one follows from how far the context was extended.
    private static WordText LongRope(ConfigReader config, ConfigReader scaling, ModelDefaults absent, WordText word, int context)
    {
        int original = scaling.Has("original_max_position_embeddings")
            ? scaling.Integer("original_max_position_embeddings")
            : config.Integer("original_max_position_embeddings", context);
        double derived = scaling.Real("attention_factor", LongRopeScaling.DerivedAttentionFactor(
            config.Has("original_max_position_embeddings") ? (double)context / original : scaling.Real("factor", (double)context / original), original));
        return word.Choice("Scaling", RotaryScaling.LongRope, RotaryScaling.None)
            .With("OriginalContextLength", original)
            .Choice("Switch", Enum.TryParse(scaling.Text(SwitchKey, null), out RotarySwitch stated) ? stated : RotarySwitch.ByLength, RotarySwitch.ByPosition)
            .List("ShortFactors", scaling.Reals("short_factor") ?? throw scaling.Wrong("short_factor", "a list of numbers"))
            .List("LongFactors", scaling.Reals("long_factor") ?? throw scaling.Wrong("long_factor", "a list of numbers"))
            .With("ShortAttentionFactor", absent.HasLongRopeScales ? scaling.Real("short_mscale", derived) : derived, 0)
            .With("LongAttentionFactor", absent.HasLongRopeScales ? scaling.Real("long_mscale", derived) : derived, 0);
    }

    private static ConfigRow Kind(string kind) => ConfigRow.Usual(Scaling + "rope_type", kind, "default");
}
