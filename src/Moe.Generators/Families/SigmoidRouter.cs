using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>What a configuration class assumes about DeepSeek-V3's router; 0 experts or a width of 0: the file must say it.</summary>
internal sealed record SigmoidRouterDefaults(int Experts, int Width, int Shared, int TopK, int Groups, int KeptGroups, bool IsRenormalised, double Scale);

/// <summary>
/// The experts of DeepSeek-V3, which GLM-4-MoE and dots.1 share: sigmoid scores, a selection bias, groups worth their two
/// best experts, shared experts of the routed width.
/// </summary>
internal static class SigmoidRouter
{
    private const double RenormaliseEpsilon = 1e-20;

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigRow> Rows(FamilyView model, SigmoidRouterDefaults absent)
    {
        yield return ConfigRow.Usual("scoring_func", "sigmoid", "sigmoid");
        yield return ConfigRow.Usual("topk_method", "noaux_tc", "noaux_tc");
        if (model.Experts is null)
        {
            foreach (string key in new[] { "moe_intermediate_size", "n_routed_experts", "n_shared_experts", "num_experts_per_tok", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor" })
                yield return ConfigRow.Irrelevant(key);
            yield break;
        }

        yield return ConfigRow.Usual("moe_intermediate_size", model.Routed!.IntermediateSize, absent.Width);
        yield return ConfigRow.Usual("n_routed_experts", model.ExpertCount, absent.Experts == 0 ? null : absent.Experts);
        yield return ConfigRow.Usual("n_shared_experts", model.SharedCount == 0 && absent.Shared == 0 ? null : model.SharedCount, absent.Shared == 0 ? null : absent.Shared);
        yield return ConfigRow.Usual("num_experts_per_tok", model.TopK, absent.TopK == 0 ? null : absent.TopK);
        yield return ConfigRow.Usual("n_group", model.Selection?.Groups?.Groups ?? 1, absent.Groups);
        yield return ConfigRow.Usual("topk_group", model.Selection?.Groups?.KeptGroups ?? 1, absent.KeptGroups);
        yield return ConfigRow.Usual("norm_topk_prob", model.IsRenormalised, absent.IsRenormalised);
        yield return ConfigRow.Usual("routed_scaling_factor", model.WeightScale, absent.Scale);
    }

    /// <summary>The words: router, shared and routed experts.</summary>
    public static IEnumerable<WordText> Read(ConfigReader config, SigmoidRouterDefaults absent)
    {
        // One group, or none, limits nothing.
        int groups = config.Integer("n_group", absent.Groups);
        bool isLimited = groups > 1;
        bool isRenormalised = config.Flag("norm_topk_prob", absent.IsRenormalised);
        int width = config.Integer("moe_intermediate_size", absent.Width);
        yield return new WordText(Words.Router)
            .With("TopK", absent.TopK == 0 ? config.Integer("num_experts_per_tok") : config.Integer("num_experts_per_tok", absent.TopK))
            .Choice("Score", RouterScore.Sigmoid, RouterScore.Softmax)
            .With("SelectionBias", true)
            .With("Groups", isLimited ? groups : 0)
            .With("KeptGroups", isLimited ? config.Integer("topk_group", absent.KeptGroups) : 0)
            .Choice("GroupKey", isLimited ? GroupKey.SumOfBestTwo : GroupKey.Maximum, GroupKey.Maximum)
            .Choice("OutsideGroups", isLimited ? OutsideGroups.Zero : OutsideGroups.NegativeInfinity, OutsideGroups.NegativeInfinity)
            .Choice("Weights", isRenormalised ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw)
            .With("RenormaliseEpsilon", isRenormalised ? RenormaliseEpsilon : 0, 0)
            .With("WeightScale", config.Real("routed_scaling_factor", absent.Scale), 1);
        if (config.Integer("n_shared_experts", absent.Shared) is > 0 and int shared)
            yield return FamilyWords.Experts(config, Words.SharedExperts, shared, width);
        yield return FamilyWords.Experts(
            config,
            Words.RoutedExperts,
            absent.Experts == 0 ? config.Integer("n_routed_experts") : config.Integer("n_routed_experts", absent.Experts),
            width);
    }
}
