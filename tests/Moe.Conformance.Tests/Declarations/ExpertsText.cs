using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>Router, routed and shared experts → the words that say them.</summary>
internal static class ExpertsText
{
    /// <summary>The words, groups in order.</summary>
    public static IEnumerable<WordText> Write(ExpertFeedForward part)
    {
        yield return Router(part);
        foreach (ExpertGroup group in part.Groups)
        {
            switch (group)
            {
                case FeedForwardExperts experts:
                    WordText word = new WordText("RoutedExperts").Positional(experts.Count);
                    if (experts.Name.Length > 0)
                        word.Positional($"Name = \"{experts.Name}\"");
                    yield return DeclarationFromArchitecture.Shape(word, experts.Shape)
                        .With("DispatchSize", part.DispatchSize)
                        .With("OutputBias", experts.OutputBias)
                        .With("Sliced", experts.Sliced)
                        .Choice("Merge", "ExpertMerge", part.Merge.ToString(), "Outputs");
                    break;
                case LoraExperts lora:
                    yield return DeclarationFromArchitecture.Shape(new WordText("FeedForward"), lora.Frozen);
                    yield return new WordText("LoraExperts").Positional(lora.Count).With("Rank", lora.Rank).With("Alpha", lora.Factor * lora.Rank, lora.Rank);
                    break;
                default:
                    yield return new WordText(group.GetType().Name).Positional(group.Count);
                    break;
            }
        }

        if (part.Shared is { } shared)
        {
            yield return DeclarationFromArchitecture.Shape(new WordText("SharedExperts").Positional(shared.Count), shared.Shape)
                .Choice("Gate", "SharedGate", shared.Gate.ToString(), "None")
                .With("Scale", shared.Scale, 1);
        }
    }

    private static WordText Router(ExpertFeedForward part)
    {
        RouterArchitecture router = part.Router;
        var word = new WordText("Router");
        word.Choice("Input", "RouterInput", router.Input switch
        {
            PreviousHiddenStateInput => "PreviousHiddenState",
            EmbeddingInput => "Embedding",
            TokenIdInput => "TokenId",
            TagInput => "Tag",
            _ => "HiddenState",
        }, "HiddenState");
        Logits(word, router.Logits);
        foreach (AdjustmentStage stage in router.Adjustments)
            Adjust(word, stage);
        if (router.Weights is not (SoftmaxOfChosenWeights or SigmoidOfChosenWeights) && router.Logits is not (TreeLogits or SelectorLogits or RandomLogits or TableLogits))
        {
            var score = (NamedScore)router.Score;
            word.Choice("Score", "RouterScore", score.Kind.ToString(), "Softmax").With("MixerJitter", score.Jitter, score.Kind == RouterScore.SparseMixer ? 0.01 : 0);
        }

        Select(word, part);
        Weigh(word, router.Weights);
        Limit(word, router.Limit);
        if (Group(router) is { } over)
            word.Choice("Over", "TokenGroup", over.ToString(), "Sequence");
        if (LooksAhead(router))
            word.With("MayLookAhead", true);
        return word.With("InputScale", part.InputScale, 1);
    }

    private static void Logits(WordText word, LogitsStage stage)
    {
        switch (stage)
        {
            case LinearLogits linear:
                word.With("LogitBias", linear.Bias);
                break;
            case MlpLogits mlp:
                word.Positional("Logits = RouterLogits.Mlp").With("RouterSize", mlp.Size).With("LogitBias", mlp.Bias);
                break;
            case RecurrentLogits cell:
                word.Positional("Logits = RouterLogits." + (cell.IsGru ? "Gru" : "Rnn")).With("RouterSize", cell.Size);
                break;
            case CosineLogits cosine:
                word.Positional("Logits = RouterLogits.Cosine").With("RouterSize", cosine.Size).With("LogitBias", cosine.Bias);
                break;
            case DistanceLogits distance:
                word.Positional("Logits = RouterLogits.Distance").Choice("CentroidOrder", "CentroidOrder", distance.Order.ToString(), "Nearest");
                break;
            case TreeLogits tree:
                word.Positional("Logits = RouterLogits.Tree").With("TopK", tree.Trees).With("StepWidth", tree.Gamma, 1).With("Permuted", tree.Permuted);
                break;
            case SelectorLogits selectors:
                word.Positional("Logits = RouterLogits.BinarySelectors").With("TopK", selectors.Selectors).With("StepWidth", selectors.Gamma, 1)
                    .With("StaticSelectors", selectors.IsStatic);
                break;
            case RandomLogits random:
                word.Positional("Logits = RouterLogits.Random").With("Seed", random.Seed).Choice("RandomScope", "RandomScope", random.Scope.ToString(), "Token");
                break;
            default:
                word.Positional("Logits = RouterLogits." + stage.GetType().Name.Replace("Logits", ""));
                break;
        }
    }

    private static void Adjust(WordText word, AdjustmentStage stage) => _ = stage switch
    {
        LogitResidualAdjustment => word.With("LogitResidual", true),
        StandardiseAdjustment standardise => word.With("Standardise", standardise.Target, 0),
        RequestBiasAdjustment bias => word.With("RequestBias", bias.Scale, 0),
        ActivationAdjustment activation => word.Choice("LogitActivation", "Activation", activation.Activation.ToString(), "Identity"),
        TemperatureAdjustment temperature => word.With("Temperature", temperature.Temperature, 1),
        LearnedTemperatureAdjustment => word.With("LearnedTemperature", true),
        _ => throw new System.ArgumentOutOfRangeException(nameof(stage), stage, null),
    };

    private static void Select(WordText word, ExpertFeedForward part)
    {
        switch (part.Router.Selection)
        {
            case var _ when part.Router.Logits is TreeLogits or SelectorLogits:
                break;
            case TopKSelection topK:
                word.With("TopK", topK.TopK).With("FirstRank", topK.FirstRank)
                    .With("MaxSelected", topK.MaxSelected == topK.FirstRank + topK.TopK ? 0 : topK.MaxSelected)
                    .With("SelectionBias", topK.Bias);
                if (topK.Groups is { } groups)
                {
                    word.With("Groups", groups.Groups)
                        .With("KeptGroups", groups.KeptGroups)
                        .Choice("GroupKey", "GroupKey", groups.Key.ToString(), "Maximum")
                        .Choice("OutsideGroups", "OutsideGroups", groups.Outside.ToString(), "NegativeInfinity");
                }

                break;
            case TopPSelection topP:
                word.Positional("Selection = RouterSelection.TopP").With("TopP", topP.P, 0).Choice("TopPRule", "TopPRule", topP.Rule.ToString(), "FirstExceeding")
                    .With("MinSelected", topP.Minimum).With("MaxSelected", topP.MaxSelected, part.Experts);
                break;
            case ThresholdSelection above:
                word.Positional("Selection = RouterSelection.Threshold").With("Threshold", above.Threshold, 0)
                    .With("MinSelected", above.Minimum).With("MaxSelected", above.MaxSelected, part.Experts);
                break;
            case EntropySelection entropy:
                word.Positional("Selection = RouterSelection.EntropySwitched").With("TopP", entropy.P, 0)
                    .Choice("TopPRule", "TopPRule", entropy.Rule.ToString(), "FirstExceeding").With("MinSelected", entropy.Minimum)
                    .With("EntropyThreshold", entropy.Threshold, 0).With("EntropyOrder", entropy.Order, 1.1)
                    .With("NormaliseEntropy", entropy.Normalised).With("EntropyEpsilon", entropy.Epsilon, 0);
                break;
            case ExpertChoiceSelection choice:
                word.Positional("Selection = RouterSelection.ExpertChoice").With("ExpertFraction", choice.Fraction, 0);
                break;
            case GivenSelection given:
                word.With("TopK", given.MaxSelected);
                break;
        }
    }

    private static void Weigh(WordText word, WeightsStage weights)
    {
        string choice = weights switch
        {
            RenormalisedWeights { ZeroExpertsOut: true } => "ZeroedRenormalised",
            RenormalisedWeights { Calibrated: true } => "CalibratedRenormalised",
            RenormalisedWeights => "Renormalised",
            SoftmaxOfChosenWeights => "SoftmaxOfChosen",
            SigmoidOfChosenWeights => "SigmoidOfChosen",
            OneWeights => "One",
            NormalisedOverTokensWeights => "NormalisedOverTokens",
            _ => "Raw",
        };
        word.Choice("Weights", "RouterWeights", choice, "Raw").With("WeightScale", weights.Scale, 1).Choice("WeightsOn", "WeightsOn", weights.On.ToString(), "Output");
        if (weights is RenormalisedWeights renormalised)
            word.With("RenormaliseEpsilon", renormalised.Epsilon, 0).With("MinimumSum", renormalised.MinimumSum, 0);
        if (weights is NormalisedOverTokensWeights over)
            word.With("CapacityFactor", over.Factor, 0);
    }

    private static void Limit(WordText word, LimitStage limit)
    {
        if (limit is not CapacityLimit { Rule: { } rule })
            return;

        word.With("Capacity", rule.Capacity).With("CapacityFactor", rule.Factor, 0)
            .Choice("CapacityRounding", "CapacityRounding", rule.Rounding.ToString(), "DeepSpeed")
            .Choice("CapacityPriority", "CapacityPriority", rule.Priority.ToString(), "ChoiceThenPosition")
            .With("Seed", rule.Seed);
        if (rule.Factor != 0)
            word.With("MinCapacity", rule.Minimum, 4);
        if (rule.Rounding == CapacityRounding.MoePlusPlus)
            word.With("CapacityShare", rule.Share, 0.75);
    }

    private static TokenGroup? Group(RouterArchitecture router) => router switch
    {
        { Selection: ExpertChoiceSelection choice } => choice.Over,
        { Weights: NormalisedOverTokensWeights over } => over.Over,
        { Limit: CapacityLimit limit } => limit.Rule.Over,
        _ => null,
    };

    private static bool LooksAhead(RouterArchitecture router) => router.Selection is ExpertChoiceSelection
        || router.Weights is NormalisedOverTokensWeights
        || (router.Limit is CapacityLimit { Rule: { } rule } && !(rule.Priority == CapacityPriority.Position
            || (rule.Priority == CapacityPriority.ChoiceThenPosition && rule.TopK == 1)));
}
