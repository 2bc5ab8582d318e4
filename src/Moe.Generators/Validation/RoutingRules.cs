using System.Collections.Generic;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about routers and the experts they choose from: MOE301 to MOE307.</summary>
internal static class RoutingRules
{
    /// <summary>MOE301.</summary>
    public static IEnumerable<Finding> TopKIsAtMostExperts(ResolvedBlock block)
    {
        Word attention = block.AttentionExperts;
        int attentionTopK = attention.Integer("TopK", 2);
        int attentionExperts = attention.Integer("Count");
        if (attention.IsPresent && attentionExperts > 0 && attentionTopK > attentionExperts)
            yield return Rules.TopKAboveExperts.At(attention.PartOf(attention.Has("TopK") ? "TopK" : "Count"), attentionTopK, attentionExperts, "attention")
                .With(attention.PartOf("Count"))
                .Suggest(attentionExperts);

        int topK = block.Router.Integer("TopK");
        int experts = block.Experts;
        if (experts < 1 || topK <= experts)
            yield break;

        Part chosen = block.Router.PartOf("TopK");
        Part counted = block.RoutedExperts.PartOf("Count");
        bool countIsNearer = block.RoutedExperts.LevelOf("Count") < block.Router.LevelOf("TopK");
        Finding finding = Rules.TopKAboveExperts.At(countIsNearer ? counted : chosen, topK, experts, "routed").With(chosen, counted);
        yield return finding.Suggest(countIsNearer ? topK : experts);
    }

    /// <summary>MOE302.</summary>
    public static IEnumerable<Finding> GroupsDivideExperts(ResolvedBlock block)
    {
        int groups = block.Router.Integer("Groups");
        int experts = block.Experts;
        if (groups < 1 || experts < 1 || experts % groups == 0)
            yield break;

        Divisors.Around(experts, groups, out int below, out int above);
        Part grouped = block.Router.PartOf("Groups");
        Part counted = block.RoutedExperts.PartOf("Count");
        bool countIsNearer = block.RoutedExperts.LevelOf("Count") < block.Router.LevelOf("Groups");
        Finding finding = Rules.GroupsDoNotDivide
            .At(countIsNearer ? counted : grouped, groups, experts, Divisors.Say(below, above))
            .With(grouped, counted);
        yield return countIsNearer ? finding : finding.Suggest(Divisors.Nearest(groups, below, above));
    }

    /// <summary>MOE303.</summary>
    public static IEnumerable<Finding> KeptGroupsLieInGroups(ResolvedBlock block)
    {
        Word router = block.Router;
        int groups = router.Integer("Groups");
        int kept = router.Integer("KeptGroups");
        if (groups > 0)
        {
            if (kept >= 1 && kept <= groups)
                yield break;

            if (!router.Has("KeptGroups") && block.MayBeIncomplete)
                yield break;

            Part part = router.Has("KeptGroups") ? router.Nearer("KeptGroups", "Groups") : router.PartOf("Groups");
            string fact = router.Has("KeptGroups") ? $"KeptGroups is {kept} of {groups} groups" : "Groups is stated without KeptGroups";
            Finding finding = Rules.KeptGroupsOutside.At(part, fact, $"write KeptGroups = 1 to {groups}").With(router.PartOf("Groups"));
            yield return part.Argument == "KeptGroups" ? finding.Suggest(kept < 1 ? 1 : groups) : finding;
            yield break;
        }

        // A derived block that sets Groups = 0 takes the groups away, and what its bases said about them with it.
        foreach (string argument in new[] { "KeptGroups", "GroupKey", "OutsideGroups" })
        {
            if (router.Has(argument) && (!router.Has("Groups") || router.LevelOf(argument) <= router.LevelOf("Groups")))
            {
                yield return Rules.KeptGroupsOutside.At(router.PartOf(argument), $"{argument} is stated without Groups",
                    "state Groups, or remove it");
            }
        }
    }

    /// <summary>MOE304.</summary>
    public static IEnumerable<Finding> TopKFitsKeptGroups(ResolvedBlock block)
    {
        Word router = block.Router;
        int topK = router.Integer("TopK");
        int groups = router.Integer("Groups");
        int kept = router.Integer("KeptGroups");
        int experts = block.Experts;
        if (groups < 1 || experts < 1 || experts % groups != 0 || kept < 1 || kept > groups || topK > experts)
            yield break;

        int perGroup = experts / groups;
        int reachable = kept * perGroup;
        if (topK <= reachable)
            yield break;

        Part part = router.Nearer("TopK", "KeptGroups");
        Finding finding = Rules.TopKAboveKeptExperts
            .At(part, topK, reachable, kept, perGroup)
            .With(router.PartOf("TopK"), router.PartOf("KeptGroups"), router.PartOf("Groups"));
        yield return finding.Suggest(part.Argument == "TopK" ? reachable : ((topK - 1) / perGroup) + 1);
    }

    /// <summary>MOE305.</summary>
    public static IEnumerable<Finding> BestTwoNeedsTwo(ResolvedBlock block)
    {
        Word router = block.Router;
        int groups = router.Integer("Groups");
        if (groups < 1
            || groups != block.Experts
            || router.Choice("GroupKey", GroupKey.Maximum) != GroupKey.SumOfBestTwo)
        {
            yield break;
        }

        yield return Rules.BestTwoOfOne
            .At(router.Nearer("GroupKey", "Groups"), groups)
            .With(router.PartOf("Groups"), block.RoutedExperts.PartOf("Count"));
    }

    /// <summary>MOE306.</summary>
    public static IEnumerable<Finding> WeightScaleIsANumber(ResolvedBlock block)
    {
        double scale = block.Router.Real("WeightScale", 1);
        if (!Float32.IsFinite(scale) || (float)scale == 0)
            yield return Rules.WeightScale.At(block.Router.PartOf("WeightScale"), "WeightScale", scale).Suggest(1);
        double input = block.Router.Real("InputScale", 1);
        if (!Float32.IsFinite(input) || (float)input == 0)
            yield return Rules.WeightScale.At(block.Router.PartOf("InputScale"), "InputScale", input).Suggest(1);
        double shared = block.SharedExperts.Real("Scale", 1);
        if (!Float32.IsFinite(shared) || (float)shared == 0)
            yield return Rules.WeightScale.At(block.SharedExperts.PartOf("Scale"), "Scale", shared).Suggest(1);
    }

    /// <summary>MOE307.</summary>
    public static IEnumerable<Finding> RenormaliseEpsilonIsUsed(ResolvedBlock block)
    {
        Word router = block.Router;
        double epsilon = router.Real("RenormaliseEpsilon", 0);
        Part part = router.PartOf("RenormaliseEpsilon");
        if (!Float32.IsFinite(epsilon) || epsilon < 0)
        {
            yield return Rules.RenormaliseEpsilon.At(part, epsilon, "it must be 0 or a positive number, such as 1E-20").Suggest(0);
        }
        else if (epsilon > 0
            && router.Choice("Weights", RouterWeights.Raw) is not (RouterWeights.Renormalised or RouterWeights.ZeroedRenormalised or RouterWeights.CalibratedRenormalised)
            && (!router.Has("Weights") || router.LevelOf("RenormaliseEpsilon") <= router.LevelOf("Weights")))
        {
            yield return Rules.RenormaliseEpsilon
                .At(part, epsilon, "raw weights are not divided by anything; write Weights = RouterWeights.Renormalised, or remove it")
                .With(router.PartOf("Weights"));
        }
    }
}
