using System.Collections.Immutable;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Validation;

/// <summary>[Router] → its seven stages, one method a stage; a stage without an argument has its default choice.</summary>
internal static class RouterBuilder
{
    /// <summary>The whole router.</summary>
    /// <param name="block">The block that carries it.</param>
    /// <param name="experts">Routed experts of all kinds.</param>
    /// <param name="feedForwardExperts">Those before the first zero-computation one.</param>
    /// <param name="tags">Tags of the model.</param>
    public static RouterArchitecture Build(ResolvedBlock block, int experts, int feedForwardExperts, int tags)
    {
        Word router = block.Router;
        LogitsStage logits = Logits(router, experts);
        return new RouterArchitecture(
            Input(router, tags),
            logits,
            Adjustments(block, router),
            Score(block, router),
            Selection(router, logits, experts),
            Weights(router),
            Limit(router, experts, feedForwardExperts),
            router.Flag("Frozen"));
    }

    private static RouterInputStage Input(Word router, int tags) => router.Choice("Input", RouterInput.HiddenState) switch
    {
        RouterInput.PreviousHiddenState => new PreviousHiddenStateInput(),
        RouterInput.Embedding => new EmbeddingInput(),
        RouterInput.TokenId => new TokenIdInput(),
        RouterInput.Tag => new TagInput(tags),
        _ => new HiddenStateInput(),
    };

    private static LogitsStage Logits(Word router, int experts)
    {
        bool bias = router.Flag("LogitBias");
        int size = router.Integer("RouterSize");
        int topK = router.Integer("TopK");
        double gamma = router.Real("StepWidth", 1);
        return router.Choice("Logits", RouterLogits.Linear) switch
        {
            RouterLogits.Mlp => new MlpLogits(size == 0 ? 8 * experts : size, bias),
            RouterLogits.Gru => new RecurrentLogits(size, IsGru: true),
            RouterLogits.Rnn => new RecurrentLogits(size, IsGru: false),
            RouterLogits.Cosine => new CosineLogits(size == 0 ? 256 : size, bias),
            RouterLogits.ScaledDot => new ScaledDotLogits(),
            RouterLogits.Distance => new DistanceLogits(router.Choice("CentroidOrder", CentroidOrder.Nearest)),
            RouterLogits.Tree => new TreeLogits(topK, gamma, router.Flag("Permuted")),
            RouterLogits.BinarySelectors => new SelectorLogits(topK, gamma, router.Flag("StaticSelectors")),
            RouterLogits.Random => new RandomLogits(router.Choice("RandomScope", RandomScope.Token), router.Integer("Seed")),
            RouterLogits.Table => new TableLogits(),
            RouterLogits.SparsityAware => new SparsityAwareLogits(),
            _ => new LinearLogits(bias),
        };
    }

    private static ImmutableArray<AdjustmentStage> Adjustments(ResolvedBlock block, Word router)
    {
        var stages = ImmutableArray.CreateBuilder<AdjustmentStage>();
        if (router.Flag("LogitResidual"))
            stages.Add(new LogitResidualAdjustment());
        if (router.Real("Standardise", 0) != 0)
            stages.Add(new StandardiseAdjustment(router.Real("Standardise", 0)));
        if (router.Real("RequestBias", 0) != 0)
            stages.Add(new RequestBiasAdjustment(router.Real("RequestBias", 0)));
        if (router.Choice("LogitActivation", Activation.Identity) is var activation and not Activation.Identity)
            stages.Add(new ActivationAdjustment(activation));
        if (Nonlinearity.Named(block, router, "LogitFunction", FunctionKinds.Score | FunctionKinds.Activation) is { } function)
            stages.Add(new FunctionAdjustment(function));
        if (router.Real("Temperature", 1) != 1)
            stages.Add(new TemperatureAdjustment(router.Real("Temperature", 1)));
        if (router.Flag("LearnedTemperature"))
            stages.Add(new LearnedTemperatureAdjustment());
        return stages.ToImmutable();
    }

    private static ScoreStage Score(ResolvedBlock block, Word router)
    {
        if (Nonlinearity.Named(block, router, "ScoreFunction", FunctionKinds.Score) is { } function)
            return new FunctionScore(function);

        return new NamedScore(ScoreOf(router), ScoreOf(router) == RouterScore.SparseMixer ? router.Real("MixerJitter", 0.01) : 0);
    }

    private static RouterScore ScoreOf(Word router) => router.Choice("Score", RouterScore.Softmax);

    private static SelectionStage Selection(Word router, LogitsStage logits, int experts)
    {
        int topK = router.Integer("TopK");
        int first = router.Integer("FirstRank");
        int most = router.Integer("MaxSelected");
        int all = most == 0 ? experts : most;
        int least = router.Integer("MinSelected");
        double p = router.Real("TopP", 0);
        TopPRule rule = router.Choice("TopPRule", TopPRule.FirstExceeding);
        if (logits is RandomLogits or TableLogits)
            return new GivenSelection(topK);
        if (logits is TreeLogits or SelectorLogits)
            return new ThresholdSelection(0, 0, all);

        switch (router.Choice("Selection", RouterSelection.TopK))
        {
            case RouterSelection.TopP:
                return new TopPSelection(p, rule, least, all);
            case RouterSelection.Threshold:
                return new ThresholdSelection(router.Real("Threshold", 0), least, all);
            case RouterSelection.EntropySwitched:
                return new EntropySelection(
                    router.Real("EntropyThreshold", 0),
                    router.Real("EntropyOrder", 1.1),
                    router.Flag("NormaliseEntropy"),
                    router.Real("EntropyEpsilon", 0),
                    p,
                    rule,
                    least,
                    experts);
            case RouterSelection.ExpertChoice:
                return new ExpertChoiceSelection(router.Real("ExpertFraction", 0), Over(router), experts);
            case RouterSelection.All:
                return new TopKSelection(experts, 0, experts, false, null);
        }

        if (ScoreOf(router) == RouterScore.SparseMixer)
            return new TopKSelection(2, 0, 2, false, null);

        int groups = router.Integer("Groups");
        GroupLimit? limit = groups == 0
            ? null
            : new GroupLimit(
                groups,
                router.Integer("KeptGroups"),
                router.Choice("GroupKey", GroupKey.Maximum),
                router.Choice("OutsideGroups", OutsideGroups.NegativeInfinity));
        return new TopKSelection(topK, first, most == 0 ? first + topK : most, router.Flag("SelectionBias"), limit);
    }

    private static WeightsStage Weights(Word router)
    {
        double scale = router.Real("WeightScale", 1);
        WeightsOn on = router.Choice("WeightsOn", WeightsOn.Output);
        double epsilon = router.Real("RenormaliseEpsilon", 0);
        double least = router.Real("MinimumSum", 0);
        return router.Choice("Weights", RouterWeights.Raw) switch
        {
            RouterWeights.Renormalised => new RenormalisedWeights(epsilon, least, false, false, scale, on),
            RouterWeights.ZeroedRenormalised => new RenormalisedWeights(epsilon, least, true, false, scale, on),
            RouterWeights.CalibratedRenormalised => new RenormalisedWeights(epsilon, least, false, true, scale, on),
            RouterWeights.SoftmaxOfChosen => new SoftmaxOfChosenWeights(scale, on),
            RouterWeights.SigmoidOfChosen => new SigmoidOfChosenWeights(scale, on),
            RouterWeights.One => new OneWeights(scale, on),
            RouterWeights.NormalisedOverTokens => new NormalisedOverTokensWeights(router.Real("CapacityFactor", 0), Over(router), scale, on),
            _ => new RawWeights(scale, on),
        };
    }

    private static LimitStage Limit(Word router, int experts, int feedForwardExperts)
    {
        int capacity = router.Integer("Capacity");
        double factor = router.Real("CapacityFactor", 0);
        if (capacity == 0 && (factor == 0 || router.Choice("Weights", RouterWeights.Raw) == RouterWeights.NormalisedOverTokens))
            return new DroplessLimit();

        return new CapacityLimit(new CapacityRule(
            capacity,
            factor,
            router.Choice("CapacityRounding", CapacityRounding.DeepSpeed),
            router.Integer("MinCapacity", 4),
            router.Real("CapacityShare", 0.75),
            router.Choice("CapacityPriority", CapacityPriority.ChoiceThenPosition),
            Over(router),
            router.Integer("Seed"),
            router.Integer("TopK"),
            experts,
            feedForwardExperts));
    }

    private static TokenGroup Over(Word router) => router.Choice("Over", TokenGroup.Sequence);
}
