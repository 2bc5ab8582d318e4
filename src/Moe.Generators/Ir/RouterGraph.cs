using System;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>The seven stages of a router as operations, one method a stage.</summary>
internal static class RouterGraph
{
    /// <summary>What a router decides.</summary>
    /// <param name="Chosen">Expert of each slot.</param>
    /// <param name="Weights">Weight of each slot's answer.</param>
    internal sealed record Choice(Value Chosen, Value Weights);

    /// <summary>The router's operations; what it looks at and what it leaves to later layers goes through <paramref name="state"/>.</summary>
    public static Choice Build(GraphWriter graph, Value hidden, ExpertFeedForward part, CarriedState? state)
    {
        RouterArchitecture router = part.Router;
        if (router.Input is EmbeddingInput && state is not null)
        {
            var given = new Choice(state[CarriedState.ModelChosen], state[CarriedState.ModelWeights]);
            graph.Show(new Tap(TapKind.Routed, given.Chosen, given.Weights));
            return given;
        }

        Value input = router.Input is PreviousHiddenStateInput ? state![CarriedState.PreviousInput] : hidden;
        if (state is not null && state.Has(CarriedState.PreviousInput))
            state[CarriedState.PreviousInput] = hidden;

        if (router.Selection is GivenSelection given2)
            return Weigh(graph, part, null, null, Given(graph, part, input, given2.MaxSelected));

        RouterLogitsGraph.Scores stage = RouterLogitsGraph.Build(graph, input, part, state);
        if (router.Score is NamedScore { Kind: RouterScore.SparseMixer } mixer)
        {
            Value mixed = graph.New("chosen", 2, 1, ElementKind.Index);
            Value shares = graph.New("mixerWeights", 2);
            graph.Add(new SparseMixer(stage.Logits!, mixed, shares, mixer.Jitter));
            graph.Show(new Tap(TapKind.Selected, mixed, Experts: part.Experts));
            return Finish(graph, part, mixed, shares);
        }

        Value key = router.Weights is SoftmaxOfChosenWeights or SigmoidOfChosenWeights ? stage.Logits! : stage.Of(graph, router.Score);
        Value chosen = Select(graph, router.Selection, key, part.Experts);
        graph.Show(new Tap(TapKind.Selected, chosen, Experts: part.Experts));
        return Weigh(graph, part, stage, key, chosen);
    }

    private static Value Given(GraphWriter graph, ExpertFeedForward part, Value input, int count)
    {
        Value chosen = graph.New("chosen", count, 1, ElementKind.Index);
        switch (part.Router.Logits)
        {
            case RandomLogits random:
                graph.Add(new SelectRandom(input, chosen, part.Experts, random.Scope, random.Seed));
                break;
            case TableLogits:
                Value ids = graph.Input(part.Router.Input is TagInput ? StepValues.Tags : StepValues.TokenIds);
                int rows = part.Router.Input is TagInput tag ? tag.Tags : part.TableRows;
                graph.Add(new SelectFromTable(ids, chosen, new Weight("RouterTable", WeightKind.Indices, rows, count, Bound: part.Experts), part.Experts));
                break;
            default:
                throw new NotSupportedException($"No operation chooses by {part.Router.Logits}.");
        }

        graph.Show(new Tap(TapKind.Selected, chosen, Experts: part.Experts));
        return chosen;
    }

    private static Value Select(GraphWriter graph, SelectionStage stage, Value key, int experts)
    {
        if (stage is TopKSelection topK)
        {
            if (topK.Bias)
                key = graph.Then(new AddBias(key, graph.New("selectionKey", experts), new Weight("SelectionBias", WeightKind.SelectionBias, experts)));
            if (topK.Groups is { } limit)
                key = graph.Then(new KeepGroups(key, graph.New("groupKey", experts), limit.Groups, limit.KeptGroups, limit.Key, limit.Outside));
        }

        Value chosen = graph.New("chosen", stage.MaxSelected, 1, ElementKind.Index);
        return graph.Then(stage switch
        {
            TopKSelection top => new SelectTopK(key, chosen, top.TopK, top.FirstRank),
            TopPSelection top => new SelectTopP(key, chosen, top.P, top.Rule, top.Minimum),
            ThresholdSelection above => new SelectAbove(key, chosen, above.Threshold, above.Minimum),
            EntropySelection entropy => new SelectByEntropy(
                key, chosen, entropy.Threshold, entropy.Order, entropy.Normalised, entropy.Epsilon, entropy.P, entropy.Rule, entropy.Minimum),
            ExpertChoiceSelection choice => new SelectByExperts(key, chosen, choice.Fraction, choice.Over),
            _ => throw new NotSupportedException($"No operation says {stage}."),
        });
    }

    private static Choice Weigh(GraphWriter graph, ExpertFeedForward part, RouterLogitsGraph.Scores? stage, Value? key, Value chosen)
    {
        RouterArchitecture router = part.Router;
        if (router.Limit is CapacityLimit limit)
        {
            Value kept = graph.New("kept", chosen.Width, 1, ElementKind.Index);
            chosen = graph.Then(new LimitCapacity(chosen, key ?? throw new NotSupportedException("A limit needs scores."), kept, limit.Rule));
        }

        if (router.Weights is OneWeights)
            return Finish(graph, part, chosen, graph.Then(new OneOfChosen(chosen, graph.New("ones", chosen.Width))));

        Value scores = router.Weights is SoftmaxOfChosenWeights or SigmoidOfChosenWeights ? stage!.Logits! : stage!.Of(graph, router.Score);
        if (router.Weights is RenormalisedWeights { Calibrated: true })
            scores = graph.Then(new MultiplyBy(scores, graph.New("calibratedScores", part.Experts), new Weight("Calibration", WeightKind.Norm, part.Experts)));

        Value weights = graph.Then(new Gather(scores, chosen, graph.New("chosenScores", chosen.Width)));
        switch (router.Weights)
        {
            case RawWeights:
                break;
            case SoftmaxOfChosenWeights:
                weights = graph.Then(new SoftmaxOfChosen(weights, chosen, graph.New("shares", chosen.Width)));
                break;
            case SigmoidOfChosenWeights:
                weights = graph.Then(new SigmoidOfChosen(weights, chosen, graph.New("shares", chosen.Width)));
                break;
            case RenormalisedWeights renormalised:
                if (renormalised.ZeroExpertsOut)
                    weights = WithoutZeroExperts(graph, part, weights, chosen);
                weights = graph.Then(new Renormalise(weights, graph.New("shares", chosen.Width), renormalised.Epsilon, renormalised.MinimumSum));
                break;
            case NormalisedOverTokensWeights over:
                weights = graph.Then(new NormaliseOverTokens(
                    weights, chosen, graph.New("shares", chosen.Width), part.Experts, over.Factor, OverTokensEpsilon, over.Over));
                break;
            default:
                throw new NotSupportedException($"No operation says {router.Weights}.");
        }

        return Finish(graph, part, chosen, weights);
    }

    // UoE's SwitchGate adds this to the sum over tokens.
    private const double OverTokensEpsilon = 1e-6;

    private static Value WithoutZeroExperts(GraphWriter graph, ExpertFeedForward part, Value weights, Value chosen)
    {
        int first = 0;
        foreach (ExpertGroup group in part.Groups)
        {
            if (group is ZeroExperts)
                weights = graph.Then(new ZeroOut(weights, chosen, graph.New(group.Name + "WithoutZero", chosen.Width), first, group.Count));
            first += group.Count;
        }

        return weights;
    }

    private static Choice Finish(GraphWriter graph, ExpertFeedForward part, Value chosen, Value weights)
    {
        weights = graph.Scaled("scaledWeights", weights, part.Router.Weights.Scale);
        graph.Show(new Tap(TapKind.Routed, chosen, weights));
        return new Choice(chosen, weights);
    }
}
