using System;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>The seven stages of a router as operations, one method a stage.</summary>
internal static class RouterGraph
{
    /// <summary>What a router decides.</summary>
    /// <param name="Chosen">Expert of each slot.</param>
    /// <param name="Weights">Weight of each slot's answer.</param>
    internal sealed record Choice(Value Chosen, Value Weights);

    public static Choice Build(GraphWriter graph, Value hidden, RouterArchitecture router, int experts)
    {
        Value input = LookAt(router.Input, hidden);
        Value logits = Logits(graph, router.Logits, input, experts);
        foreach (AdjustmentStage adjustment in router.Adjustments)
            throw new NotSupportedException($"No operation says {adjustment}.");

        Value scores = Score(graph, router.Score, logits);
        Value chosen = Select(graph, router.Selection, scores);
        Value weights = Weigh(graph, router.Weights, scores, chosen);
        if (router.Limit is not DroplessLimit)
            throw new NotSupportedException($"No operation says {router.Limit}.");

        return new Choice(chosen, weights);
    }

    private static Value LookAt(RouterInputStage stage, Value hidden) => stage switch
    {
        HiddenStateInput => hidden,
        _ => throw new NotSupportedException($"No operation says {stage}."),
    };

    private static Value Logits(GraphWriter graph, LogitsStage stage, Value input, int experts) => stage switch
    {
        LinearLogits linear => graph.Linear("routerLogits", input, "Router", experts, linear.Bias),
        _ => throw new NotSupportedException($"No operation says {stage}."),
    };

    private static Value Score(GraphWriter graph, ScoreStage stage, Value logits)
    {
        RouterScore kind = stage switch
        {
            SoftmaxScore => RouterScore.Softmax,
            SigmoidScore => RouterScore.Sigmoid,
            _ => throw new NotSupportedException($"No operation says {stage}."),
        };
        Value scores = graph.New("scores", logits.Width);
        graph.Add(new Score(logits, scores, kind));
        return scores;
    }

    private static Value Select(GraphWriter graph, SelectionStage stage, Value scores)
    {
        if (stage is not TopKSelection selection)
            throw new NotSupportedException($"No operation says {stage}.");

        Value key = scores;
        if (selection.Bias)
        {
            Value biased = graph.New("selectionKey", scores.Width);
            graph.Add(new AddBias(key, biased, new Weight("SelectionBias", WeightKind.SelectionBias, scores.Width)));
            key = biased;
        }

        if (selection.Groups is { } limit)
        {
            Value kept = graph.New("groupKey", scores.Width);
            graph.Add(new KeepGroups(key, kept, limit.Groups, limit.KeptGroups, limit.Key, limit.Outside));
            key = kept;
        }

        Value chosen = graph.New("chosen", selection.TopK, 1, ElementKind.Index);
        graph.Add(new SelectTopK(key, chosen, selection.TopK));
        return chosen;
    }

    private static Value Weigh(GraphWriter graph, WeightsStage stage, Value scores, Value chosen)
    {
        Value weights = graph.New("chosenScores", chosen.Width);
        graph.Add(new Gather(scores, chosen, weights));
        if (stage is RenormalisedWeights renormalised)
        {
            Value shares = graph.New("shares", chosen.Width);
            graph.Add(new Renormalise(weights, shares, renormalised.Epsilon));
            weights = shares;
        }
        else if (stage is not RawWeights)
        {
            throw new NotSupportedException($"No operation says {stage}.");
        }

        if (stage.Scale == 1)
            return weights;

        Value scaled = graph.New("scaledWeights", chosen.Width);
        graph.Add(new Scale(weights, scaled, stage.Scale));
        return scaled;
    }
}
