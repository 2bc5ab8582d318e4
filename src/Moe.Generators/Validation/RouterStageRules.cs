using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about stages of a router that do not go together, or miss an argument: MOE308.</summary>
internal static class RouterStageRules
{
    private static readonly ImmutableArray<RouterLogits> _withoutLogits = ImmutableArray.Create(
        RouterLogits.Tree, RouterLogits.BinarySelectors, RouterLogits.Random, RouterLogits.Table);

    // argument, whether it has an effect beside the other stages, and what it needs
    private static readonly ImmutableArray<(string Argument, Func<Word, bool> HasEffect, string Needs)> _effects = ImmutableArray.Create<(string, Func<Word, bool>, string)>(
        ("RouterSize", router => LogitsOf(router) is RouterLogits.Mlp or RouterLogits.Gru or RouterLogits.Rnn or RouterLogits.Cosine, "Logits = Mlp, Gru, Rnn or Cosine"),
        ("LogitBias", router => LogitsOf(router) is RouterLogits.Linear or RouterLogits.Mlp or RouterLogits.Cosine, "Logits = Linear, Mlp or Cosine"),
        ("CentroidOrder", router => LogitsOf(router) == RouterLogits.Distance, "Logits = Distance"),
        ("StepWidth", router => LogitsOf(router) is RouterLogits.Tree or RouterLogits.BinarySelectors, "Logits = Tree or BinarySelectors"),
        ("Permuted", router => LogitsOf(router) == RouterLogits.Tree, "Logits = Tree"),
        ("StaticSelectors", router => LogitsOf(router) == RouterLogits.BinarySelectors, "Logits = BinarySelectors"),
        ("RandomScope", router => LogitsOf(router) == RouterLogits.Random, "Logits = Random"),
        ("LogitResidual", HasLogits, "logits"),
        ("Standardise", HasLogits, "logits"),
        ("RequestBias", HasLogits, "logits"),
        ("LogitActivation", HasLogits, "logits"),
        ("Temperature", HasLogits, "logits"),
        ("LearnedTemperature", HasLogits, "logits"),
        ("Score", router => HasLogits(router) && WeightsOf(router) is not (RouterWeights.SoftmaxOfChosen or RouterWeights.SigmoidOfChosen),
            "logits, and weights that are made of scores"),
        ("ScoreFunction", router => HasLogits(router) && !router.Has("Score") && WeightsOf(router) is not (RouterWeights.SoftmaxOfChosen or RouterWeights.SigmoidOfChosen),
            "logits, no Score beside it, and weights that are made of scores"),
        ("LogitFunction", HasLogits, "logits"),
        ("MixerJitter", router => ScoreOf(router) == RouterScore.SparseMixer, "Score = SparseMixer"),
        ("Selection", router => HasLogits(router) && ScoreOf(router) != RouterScore.SparseMixer, "logits, and a score other than SparseMixer"),
        ("FirstRank", ChoosesByRank, "Selection = TopK"),
        ("SelectionBias", ChoosesByRank, "Selection = TopK"),
        ("Groups", ChoosesByRank, "Selection = TopK"),
        ("MinSelected", router => SelectionOf(router) is RouterSelection.TopP or RouterSelection.Threshold or RouterSelection.EntropySwitched, "Selection = TopP, Threshold or EntropySwitched"),
        ("TopP", UsesTopP, "Selection = TopP or EntropySwitched"),
        ("TopPRule", UsesTopP, "Selection = TopP or EntropySwitched"),
        ("Threshold", router => SelectionOf(router) == RouterSelection.Threshold, "Selection = Threshold"),
        ("EntropyThreshold", UsesEntropy, "Selection = EntropySwitched"),
        ("EntropyOrder", UsesEntropy, "Selection = EntropySwitched"),
        ("NormaliseEntropy", UsesEntropy, "Selection = EntropySwitched"),
        ("EntropyEpsilon", UsesEntropy, "Selection = EntropySwitched"),
        ("ExpertFraction", router => SelectionOf(router) == RouterSelection.ExpertChoice, "Selection = ExpertChoice"),
        ("MaxSelected", router => SelectionOf(router) is not (RouterSelection.All or RouterSelection.ExpertChoice or RouterSelection.EntropySwitched)
            && LogitsOf(router) is not (RouterLogits.Random or RouterLogits.Table) && ScoreOf(router) != RouterScore.SparseMixer, "a number that varies or that a request may set"),
        ("MinimumSum", Renormalises, "Weights = Renormalised, ZeroedRenormalised or CalibratedRenormalised"),
        ("CapacityRounding", router => router.Real("CapacityFactor", 0) != 0, "CapacityFactor"),
        ("MinCapacity", router => router.Real("CapacityFactor", 0) != 0, "CapacityFactor"),
        ("CapacityShare", router => router.Choice("CapacityRounding", CapacityRounding.DeepSpeed) == CapacityRounding.MoePlusPlus, "CapacityRounding = MoePlusPlus"),
        ("CapacityPriority", Limits, "Capacity or CapacityFactor"),
        ("Over", Couples, "ExpertChoice, a capacity or NormalisedOverTokens"),
        ("MayLookAhead", Couples, "ExpertChoice, a capacity or NormalisedOverTokens"));

    /// <summary>MOE308: an argument that does nothing beside the other stages.</summary>
    public static IEnumerable<Finding> StagesHaveEffect(ResolvedBlock block)
    {
        Word router = block.Router;
        if (!router.IsPresent)
            yield break;

        foreach ((string argument, Func<Word, bool> hasEffect, string needs) in _effects)
        {
            // What a base class wrote may lose its effect on a derived block; only what stands nearest is a mistake.
            if (router.Has(argument) && router.LevelOf(argument) <= router.Level && !IsDefault(router, argument) && !hasEffect(router))
                yield return Rules.RouterStages.At(router.PartOf(argument), $"{argument} has no effect", $"it needs {needs}; state that, or remove it");
        }
    }

    /// <summary>MOE308: choices that need another one.</summary>
    public static IEnumerable<Finding> StagesFitTogether(ResolvedBlock block)
    {
        Word router = block.Router;
        if (!router.IsPresent || block.MayBeIncomplete)
            yield break;

        RouterLogits logits = LogitsOf(router);
        RouterInput input = router.Choice("Input", RouterInput.HiddenState);
        RouterSelection selection = SelectionOf(router);
        RouterWeights weights = WeightsOf(router);
        if ((logits == RouterLogits.Table) != (input == RouterInput.TokenId) && !(logits == RouterLogits.Table && input == RouterInput.Tag))
        {
            yield return Problem(logits == RouterLogits.Table ? "Logits" : "Input",
                logits == RouterLogits.Table ? "a table is looked up by token id or tag" : "a token id is looked up in a table",
                "write Input = RouterInput.TokenId together with Logits = RouterLogits.Table");
        }

        if (input == RouterInput.Tag && logits is not (RouterLogits.Linear or RouterLogits.Table))
            yield return Problem("Logits", "a router of each tag is linear or a table", "write Logits = RouterLogits.Linear or RouterLogits.Table");
        if (logits is RouterLogits.Random or RouterLogits.Table && weights != RouterWeights.One)
            yield return Problem("Weights", $"a {(logits == RouterLogits.Random ? "random" : "fixed")} choice has no scores to weigh with", "write Weights = RouterWeights.One");
        if (logits is RouterLogits.Random or RouterLogits.Table && Limits(router))
            yield return Problem(router.Has("Capacity") ? "Capacity" : "CapacityFactor", "a choice without scores cannot be limited", "remove it");
        if (logits is RouterLogits.Tree or RouterLogits.BinarySelectors && weights is RouterWeights.SoftmaxOfChosen or RouterWeights.SigmoidOfChosen && !HasLogits(router))
            yield return Problem("Weights", "trees and selectors give scores without logits", "write RouterWeights.Raw or RouterWeights.Renormalised");
        if (logits is RouterLogits.Gru or RouterLogits.Rnn && router.Integer("RouterSize") == 0)
            yield return Problem("RouterSize", "a recurrent router needs the width of its state", "write RouterSize, such as 256");
        if (input == RouterInput.Embedding && (logits is RouterLogits.Gru or RouterLogits.Rnn || router.Flag("LogitResidual")))
            yield return Problem("Input", "one router for all layers has nothing to recur from", "write RouterInput.HiddenState, or logits without state");
        if (input == RouterInput.Embedding && (Limits(router) || selection == RouterSelection.ExpertChoice || weights == RouterWeights.NormalisedOverTokens))
            yield return Problem("Input", "a choice that every layer shares is made token by token", "remove the limit");

        if (NeedsTopK(router) && router.Integer("TopK") == 0 && !router.Has("TopK"))
            yield return Rules.SizeNotPositive.At(router.Part, "TopK", Words.Router, block.Name, "missing", "it is a required argument: write a positive number");
        if (UsesTopP(router) && router.Real("TopP", 0) <= 0)
            yield return Problem("TopP", $"Selection = {selection} needs the sum that scores reach", "write TopP, such as 0.4");
        if (UsesEntropy(router) && ScoreOf(router) == RouterScore.None && HasLogits(router) && !router.Has("ScoreFunction"))
            yield return Problem("Score", "an entropy is taken of shares, and logits are none", "write RouterScore.Softmax");
        if (selection == RouterSelection.ExpertChoice && (router.Real("ExpertFraction", 0) is not > 0 or > 1))
            yield return Problem("ExpertFraction", "each expert takes a share of the tokens", "write ExpertFraction above 0, up to 1");
        if (weights == RouterWeights.NormalisedOverTokens && router.Real("CapacityFactor", 0) <= 0)
            yield return Problem("Weights", "NormalisedOverTokens multiplies by a capacity", "write CapacityFactor, such as 1.0");
        if (router.Integer("Capacity") > 0 && router.Real("CapacityFactor", 0) != 0)
            yield return Problem("CapacityFactor", "Capacity states the number of tokens already", "write one of the two");

        if (ScoreOf(router) == RouterScore.SparseMixer && HasLogits(router))
        {
            if (!(router.Real("MixerJitter", 0.01) >= 0))
                yield return Problem("MixerJitter", "it is how far an expert may fall behind the best one", "write a number of 0 or more, such as 0.01");
            if (router.Integer("TopK") != 2)
                yield return Problem("TopK", "sparsemixer chooses 2 experts", "write TopK = 2");
            if (weights != RouterWeights.Raw)
                yield return Problem("Weights", "sparsemixer brings its own weights", "write RouterWeights.Raw");
            if (block.Experts == 1)
                yield return Problem("Score", "sparsemixer chooses 2 experts and there is 1", "declare more experts");
        }

        if (logits is RouterLogits.Tree or RouterLogits.BinarySelectors && block.Experts == 1)
            yield return Problem("Logits", "a choice by tree or code needs 2 experts at least", "declare more experts");
        if (router.Real("Standardise", 0) != 0 && block.Experts == 1)
            yield return Problem("Standardise", "one logit has no spread", "remove it");
        if (logits == RouterLogits.SparsityAware && (block.ExpertGroups.Length != 1 || !block.RoutedExperts.IsPresent || input != RouterInput.HiddenState
            || block.RoutedExperts.Integer("DispatchSize") != 0))
        {
            yield return Problem("Logits", "SparsityAware looks at the rows of one group of feed-forward experts", "declare one [RoutedExperts] alone");
        }

        if (LooksAhead(router) && !router.Flag("MayLookAhead") && !block.IsLayer)
        {
            yield return Rules.LooksAhead.At(
                selection == RouterSelection.ExpertChoice ? router.PartOf("Selection") : router.Part,
                selection == RouterSelection.ExpertChoice ? "Each expert chooses among all tokens of a call" : weights == RouterWeights.NormalisedOverTokens
                    ? "A weight is divided by a sum over all tokens of a call" : "A later token can take an earlier one's place in an expert");
        }

        // At the argument where it is written, else at the choice that needs it.
        Finding Problem(string argument, string fact, string mend)
        {
            string at = new[] { argument, "Selection", "Logits", "Score", "Input" }.FirstOrDefault(router.Has) ?? argument;
            return Rules.RouterStages.At(router.PartOf(at), char.ToUpperInvariant(fact[0]) + fact.Substring(1), mend);
        }
    }

    /// <summary>MOE301 for the other counts of the selection.</summary>
    public static IEnumerable<Finding> RanksLieInExperts(ResolvedBlock block)
    {
        Word router = block.Router;
        int experts = block.Experts;
        if (experts < 1)
            yield break;

        int top = router.Integer("FirstRank") + router.Integer("TopK");
        if (router.Integer("FirstRank") > 0 && top > experts)
            yield return Rules.TopKAboveExperts.At(router.PartOf("FirstRank"), $"{top} with FirstRank", experts);
        if (router.Integer("MaxSelected") > experts)
            yield return Rules.RouterStages.At(router.PartOf("MaxSelected"), $"MaxSelected ({router.Integer("MaxSelected")}) is above the {experts} routed experts", $"write up to {experts}").Suggest(experts);
        else if (router.Integer("MaxSelected") is var most && most > 0 && ChoosesByRank(router) && most < top)
            yield return Rules.RouterStages.At(router.PartOf("MaxSelected"), $"MaxSelected ({most}) is below FirstRank + TopK ({top})", $"write {top} or more").Suggest(top);
        if (router.Integer("MinSelected") is var least && least > (router.Integer("MaxSelected") is > 0 and var bound ? bound : experts))
            yield return Rules.RouterStages.At(router.PartOf("MinSelected"), $"MinSelected ({least}) is above the most that can be chosen", "write a smaller number");
        foreach (string argument in new[] { "FirstRank", "MaxSelected", "MinSelected", "Capacity", "MinCapacity", "RouterSize" })
        {
            if (router.Integer(argument) < 0)
                yield return Rules.SizeNotPositive.At(router.PartOf(argument), argument, Words.Router, block.Name, router.Integer(argument), "write a positive number");
        }
    }

    private static bool NeedsTopK(Word router) =>
        !HasLogits(router) || SelectionOf(router) == RouterSelection.TopK;

    private static bool LooksAhead(Word router) =>
        SelectionOf(router) == RouterSelection.ExpertChoice
        || WeightsOf(router) == RouterWeights.NormalisedOverTokens
        || (Limits(router) && router.Choice("CapacityPriority", CapacityPriority.ChoiceThenPosition) switch
        {
            CapacityPriority.Position => false,
            CapacityPriority.ChoiceThenPosition => router.Integer("TopK") != 1,
            _ => true,
        });

    private static bool IsDefault(Word router, string argument) => argument switch
    {
        "Temperature" or "StepWidth" => router.Real(argument, 1) == 1,
        "LogitActivation" => router.Choice(argument, Activation.Identity) == Activation.Identity,
        "Standardise" or "RequestBias" or "TopP" or "ExpertFraction" or "MinimumSum" or "Threshold" or "EntropyThreshold" or "EntropyEpsilon" => router.Real(argument, 0) == 0,
        "EntropyOrder" or "CapacityShare" or "MixerJitter" or "ScoreFunction" or "LogitFunction" => false,
        "Over" => false,
        "MinCapacity" => router.Integer(argument) == 4,
        _ => router.Integer(argument) == 0,
    };

    private static RouterLogits LogitsOf(Word router) => router.Choice("Logits", RouterLogits.Linear);

    private static RouterScore ScoreOf(Word router) => router.Choice("Score", RouterScore.Softmax);

    private static RouterSelection SelectionOf(Word router) => router.Choice("Selection", RouterSelection.TopK);

    private static RouterWeights WeightsOf(Word router) => router.Choice("Weights", RouterWeights.Raw);

    private static bool HasLogits(Word router) => !_withoutLogits.Contains(LogitsOf(router));

    private static bool ChoosesByRank(Word router) => HasLogits(router) && SelectionOf(router) == RouterSelection.TopK && ScoreOf(router) != RouterScore.SparseMixer;

    private static bool UsesTopP(Word router) => SelectionOf(router) is RouterSelection.TopP or RouterSelection.EntropySwitched;

    private static bool UsesEntropy(Word router) => SelectionOf(router) == RouterSelection.EntropySwitched;

    private static bool Renormalises(Word router) =>
        WeightsOf(router) is RouterWeights.Renormalised or RouterWeights.ZeroedRenormalised or RouterWeights.CalibratedRenormalised;

    private static bool Limits(Word router) => router.Integer("Capacity") > 0
        || (router.Real("CapacityFactor", 0) != 0 && WeightsOf(router) != RouterWeights.NormalisedOverTokens);

    private static bool Couples(Word router) => Limits(router)
        || SelectionOf(router) == RouterSelection.ExpertChoice
        || WeightsOf(router) == RouterWeights.NormalisedOverTokens;
}
