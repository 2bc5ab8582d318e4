using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Random routers and experts over every choice of every stage.</summary>
internal static class RouterGens
{
    /// <summary>Tags of every drawn model that has any.</summary>
    public const int Tags = 3;

    /// <summary>Router, groups of experts and shared experts.</summary>
    public static readonly Gen<ExpertFeedForward> Experts =
        from groups in Groups()
        from router in Router(groups.Sum(item => item.Count), groups.TakeWhile(item => item is FeedForwardExperts or LoraExperts).Sum(item => item.Count))
        from shared in Shared()
        from inputScale in Gen.Frequency((4, Gen.Const(1.0)), (1, Gen.Const(2.0)))
        from dispatch in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[1, 9]))
        from merge in Gen.Frequency((5, Gen.Const(ExpertMerge.Outputs)), (1, Gen.Const(ExpertMerge.Weights)))
        let isPlain = groups.Any(item => item is FeedForwardExperts) && groups.All(item => item is not LoraExperts)
        let isLora = groups.Any(item => item is LoraExperts)
        select new ExpertFeedForward(
            isLora && router.Weights.On == WeightsOn.Input ? router with { Weights = router.Weights with { On = WeightsOn.Output } } : router,
            groups.ToEquatable(),
            shared,
            inputScale,
            isPlain && merge == ExpertMerge.Outputs ? dispatch : 0,
            isPlain && router.Weights.On == WeightsOn.Output ? merge : ExpertMerge.Outputs);

    private static Gen<ExpertGroup[]> Groups()
    {
        Gen<ExpertGroup[]> plain =
            from count in Gen.Int[1, 9]
            from shape in PartGens.Shape()
            from outputBias in Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true)))
            from sliced in Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true)))
            select new ExpertGroup[] { new FeedForwardExperts(count, "", shape, outputBias || (sliced && shape.Bias), sliced) };
        Gen<ExpertGroup[]> mixed =
            from first in plain
            from second in Gen.Frequency((2, Gen.Const((ExpertGroup?)null)), (1, PartGens.Shape().Select(shape => (ExpertGroup?)new FeedForwardExperts(2, "Small", shape))))
            from constants in Gen.Int[0, 2]
            from copies in Gen.Int[0, 1]
            from zeros in Gen.Int[0, 2]
            select (ExpertGroup[])
            [
                .. first,
                .. second is null ? Array.Empty<ExpertGroup>() : [second],
                .. constants == 0 ? Array.Empty<ExpertGroup>() : [new ConstantExperts(constants, "")],
                .. copies == 0 ? Array.Empty<ExpertGroup>() : [new CopyExperts(copies, "")],
                .. zeros == 0 ? Array.Empty<ExpertGroup>() : [new ZeroExperts(zeros, "")],
            ];
        Gen<ExpertGroup[]> lora =
            from count in Gen.Int[1, 5]
            from rank in Gen.Int[1, 4]
            from factor in Gen.OneOf(1.0, 2.0)
            from shape in PartGens.Shape()
            select new ExpertGroup[] { new LoraExperts(count, "", shape, rank, factor) };
        return Gen.Frequency((4, plain), (3, mixed), (1, lora));
    }

    private static Gen<SharedExpertGroup?> Shared() =>
        from count in Gen.Int[0, 2]
        from shape in PartGens.Shape()
        from gate in Gen.Enum<SharedGate>()
        from scale in Gen.Frequency((3, Gen.Const(1.0)), (1, Gen.Const(0.5)))
        select count == 0 ? null : new SharedExpertGroup(count, gate == SharedGate.SigmoidPerExpert ? shape with { Bias = false } : shape, gate, scale);

    private static Gen<RouterArchitecture> Router(int experts, int feedForward) => Gen.Frequency(
        (6, Scored(experts, feedForward)),
        (1, Given(experts)),
        (1, experts > 1 ? Structured(experts) : Given(experts)));

    // Random and fixed choices.
    private static Gen<RouterArchitecture> Given(int experts) =>
        from topK in Gen.Int[1, experts]
        from seed in Gen.Int[0, 9]
        from scope in Gen.OneOf(RandomScope.Token, RandomScope.Sequence)
        from isRandom in Gen.Bool
        from isTag in Gen.Bool
        from scale in Gen.OneOf(1.0, 0.5)
        select new RouterArchitecture(
            isRandom ? new HiddenStateInput() : isTag ? new TagInput(Tags) : new TokenIdInput(),
            isRandom ? new RandomLogits(scope, seed) : new TableLogits(),
            Array.Empty<AdjustmentStage>().ToEquatable(),
            new NamedScore(RouterScore.Softmax),
            new GivenSelection(topK),
            new OneWeights(scale),
            new DroplessLimit());

    // Trees and selectors.
    private static Gen<RouterArchitecture> Structured(int experts) =>
        from count in Gen.Int[1, Math.Min(3, experts)]
        from gamma in Gen.OneOf(1.0, 4.0)
        from isTree in Gen.Bool
        from flag in Gen.Bool
        from weights in Gen.OneOf<WeightsStage>(new RawWeights(1), new RenormalisedWeights(0, 0, false, false, 1))
        select new RouterArchitecture(
            new HiddenStateInput(),
            isTree ? new TreeLogits(count, gamma, flag) : new SelectorLogits(count, gamma, flag),
            Array.Empty<AdjustmentStage>().ToEquatable(),
            new NamedScore(RouterScore.Softmax),
            new ThresholdSelection(0, 0, experts),
            weights,
            new DroplessLimit());

    private static Gen<RouterArchitecture> Scored(int experts, int feedForward) =>
        from input in Gen.Frequency<RouterInputStage>(
            (7, Gen.Const<RouterInputStage>(new HiddenStateInput())),
            (1, Gen.Const<RouterInputStage>(new PreviousHiddenStateInput())),
            (1, Gen.Const<RouterInputStage>(new EmbeddingInput())),
            (1, Gen.Const<RouterInputStage>(new TagInput(Tags))))
        from logits in Logits(input)
        from adjustments in Adjustments(experts, HasBias(logits))
        from score in Gen.Frequency((5, Gen.OneOf(RouterScore.Softmax, RouterScore.Sigmoid)), (3, Gen.OneOf(RouterScore.Sparsemax, RouterScore.Entmax15, RouterScore.None)), (1, Gen.Const(RouterScore.SparseMixer)))
        from selection in score == RouterScore.SparseMixer && experts > 1 ? Gen.Const<SelectionStage>(new TopKSelection(2, 0, 2, false, null)) : Selection(experts)
        from weights in score == RouterScore.SparseMixer && experts > 1 ? Gen.Const<WeightsStage>(new RawWeights(1.5)) : Weights(selection, score)
        from limit in Limit(experts, feedForward, selection)
        let isShared = input is EmbeddingInput
        let isMixer = score == RouterScore.SparseMixer && experts > 1
        let isOfLogits = weights is SoftmaxOfChosenWeights or SigmoidOfChosenWeights
        let hasRows = logits is not SparsityAwareLogits
        select new RouterArchitecture(
            input,
            isShared && logits is RecurrentLogits ? new LinearLogits(true) : logits,
            (isShared ? [.. adjustments.Where(stage => stage is not LogitResidualAdjustment)] : adjustments).ToEquatable(),
            isMixer
                ? new NamedScore(score, 0.05)
                : new NamedScore(isOfLogits || score == RouterScore.SparseMixer || (score == RouterScore.None && selection is EntropySelection) ? RouterScore.Softmax : score),
            isShared && selection is ExpertChoiceSelection ? new TopKSelection(1, 0, 1, false, null) : selection,
            isShared && weights is NormalisedOverTokensWeights ? new RawWeights(1) : weights,
            isShared || isMixer ? new DroplessLimit() : limit);

    private static Gen<LogitsStage> Logits(RouterInputStage input) => input is TagInput
        ? Gen.Bool.Select(bias => (LogitsStage)new LinearLogits(bias))
        : from kind in Gen.Int[0, 9]
          from bias in Gen.Bool
          from size in Gen.Int[1, 12]
          select kind switch
          {
              0 => new MlpLogits(size, bias),
              1 => new RecurrentLogits(size, bias),
              2 => new CosineLogits(size + 3, bias),
              3 => (LogitsStage)new ScaledDotLogits(),
              4 => new DistanceLogits(bias ? CentroidOrder.Nearest : CentroidOrder.Farthest),
              _ => new LinearLogits(bias),
          };

    // Without a bias a router of zeros (LayerNorm of one number, ReLU without a positive input) gives logits that are all alike.
    private static bool HasBias(LogitsStage logits) => logits is LinearLogits { Bias: true } or MlpLogits { Bias: true } or CosineLogits { Bias: true };

    // The deviation of logits that are all alike is 0, and 0/0 is no number: Standardise needs logits with a bias.
    private static Gen<AdjustmentStage[]> Adjustments(int experts, bool canStandardise) =>
        from flags in Gen.Int[0, 5].Array[6]
        from activation in Gen.OneOf(Activation.Tanh, Activation.Sigmoid, Activation.GeluTanh)
        select (AdjustmentStage[])
        [
            .. flags[0] == 0 ? new AdjustmentStage[] { new LogitResidualAdjustment() } : [],
            .. flags[1] < (canStandardise ? 3 : 0) && experts > 2 ? new AdjustmentStage[] { new StandardiseAdjustment(1.5) } : [],
            .. flags[2] == 0 ? new AdjustmentStage[] { new RequestBiasAdjustment(0.5) } : [],
            .. flags[3] == 0 ? new AdjustmentStage[] { new ActivationAdjustment(activation) } : [],
            .. flags[4] == 0 ? new AdjustmentStage[] { new TemperatureAdjustment(0.75) } : [],
            .. flags[5] == 0 ? new AdjustmentStage[] { new LearnedTemperatureAdjustment() } : [],
        ];

    private static Gen<SelectionStage> Selection(int experts)
    {
        Gen<SelectionStage> ranks =
            from limit in GroupLimits(experts)
            from topK in Gen.Int[1, limit is null ? experts : experts / limit.Groups * limit.KeptGroups]
            from first in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[0, experts - topK]))
            from more in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Int[0, experts - topK - first]))
            from bias in Gen.Bool
            select (SelectionStage)new TopKSelection(topK, limit is null ? first : 0, topK + (limit is null ? first : 0) + more, bias, limit);
        Gen<SelectionStage> varying =
            from kind in Gen.Int[0, 3]
            from p in Gen.OneOf(0.3, 0.6, 1.0)
            from rule in Gen.Enum<TopPRule>()
            from most in Gen.Int[1, experts]
            from least in Gen.Int[0, most]
            from isNormalised in Gen.Bool
            from order in Gen.OneOf(1.1, 2.0, 1.0)
            select kind switch
            {
                0 => new TopPSelection(p, rule, least, most),
                1 => new ThresholdSelection(0.2, least, most),
                2 => new EntropySelection(isNormalised ? 0.8 : 1.0, order, isNormalised, isNormalised ? 1e-5 : 0, p, rule, Math.Min(least, experts), experts),
                _ => (SelectionStage)new ExpertChoiceSelection(p == 1.0 ? 0.5 : p, isNormalised ? TokenGroup.Call : TokenGroup.Sequence, experts),
            };
        return Gen.Frequency((3, ranks), (2, varying));
    }

    private static Gen<WeightsStage> Weights(SelectionStage selection, RouterScore score) =>
        from kind in Gen.Int[0, 8]
        from epsilon in score == RouterScore.None ? Gen.Const(0.125) : Gen.OneOf(0.0, 1e-20, 0.125)
        from least in score == RouterScore.None ? Gen.Const(0.5) : Gen.Frequency((3, Gen.Const(0.0)), (1, Gen.Const(0.25)))
        from scale in Gen.OneOf(1.0, 2.5, -0.75)
        from place in Gen.Frequency((4, Gen.Const(WeightsOn.Output)), (1, Gen.Const(WeightsOn.Input)))
        let ranks = selection as TopKSelection
        select kind switch
        {
            0 or 1 => new RenormalisedWeights(epsilon, least, false, false, scale, place),
            2 => new RenormalisedWeights(epsilon, least, true, false, scale, place),
            3 => new RenormalisedWeights(epsilon, least, false, score != RouterScore.None, scale, place),
            4 when ranks is not null => new SoftmaxOfChosenWeights(scale, place),
            5 when ranks is not null => new SigmoidOfChosenWeights(scale, place),
            6 => new OneWeights(scale, place),
            7 when selection is ExpertChoiceSelection choice => new NormalisedOverTokensWeights(1.5, choice.Over, scale, place),
            _ => (WeightsStage)new RawWeights(scale, place),
        };

    private static Gen<LimitStage> Limit(int experts, int feedForward, SelectionStage selection)
    {
        // The formulas take k from TopK, so a limit stands beside a choice by rank.
        if (selection is not TopKSelection { FirstRank: 0 } topK)
            return Gen.Const<LimitStage>(new DroplessLimit());

        Gen<LimitStage> limited =
            from capacity in Gen.Int[0, 3]
            from factor in Gen.OneOf(0.5, 1.0, 1.25)
            from rounding in Gen.Enum<CapacityRounding>()
            from minimum in Gen.Int[0, 2]
            from priority in Gen.Enum<CapacityPriority>()
            from over in Gen.Enum<TokenGroup>()
            from seed in Gen.Int[0, 3]
            select (LimitStage)new CapacityLimit(new CapacityRule(
                capacity, capacity > 0 ? 0 : factor, capacity > 0 ? CapacityRounding.DeepSpeed : rounding, capacity > 0 ? 4 : minimum, 0.75, priority, over,
                priority == CapacityPriority.Random ? seed : 0, topK.TopK, experts, feedForward));
        return Gen.Frequency((4, Gen.Const<LimitStage>(new DroplessLimit())), (1, limited));
    }

    private static Gen<GroupLimit?> GroupLimits(int experts)
    {
        int[] divisors = Enumerable.Range(1, experts).Where(groups => experts % groups == 0).ToArray();
        Gen<GroupLimit?> limited =
            from groups in Gen.OneOf(divisors)
            from kept in Gen.Int[1, groups]
            from key in groups == experts ? Gen.Const(GroupKey.Maximum) : Gen.Enum<GroupKey>()
            from outside in Gen.Enum<OutsideGroups>()
            select (GroupLimit?)new GroupLimit(groups, kept, key, outside);
        return Gen.Frequency((2, Gen.Const((GroupLimit?)null)), (1, limited));
    }

    private static EquatableArray<T> ToEquatable<T>(this IEnumerable<T> items)
        where T : IEquatable<T> => new([.. items]);
}
