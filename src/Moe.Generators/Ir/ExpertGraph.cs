using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Routed experts as operations, group after group, and the sum of their weighted answers.</summary>
internal static class ExpertGraph
{
    /// <summary>Σ over slots of weight · answer; a group without anything to compute (zero experts) adds nothing.</summary>
    public static Value Build(GraphWriter graph, Value input, ExpertFeedForward part, RouterGraph.Choice choice)
    {
        var sums = new List<Value>();
        int first = 0;
        foreach (ExpertGroup group in part.Groups)
        {
            RouterGraph.Choice own = choice;
            Value groupInput = input;
            if (part.Router.Weights.On == WeightsOn.Input && group is not ZeroExperts)
            {
                groupInput = graph.Then(new WeightInput(
                    input, choice.Chosen, choice.Weights, graph.New(Name(group, At("weightedInput", first)), input.Width, choice.Chosen.Width), first, group.Count));
                own = choice with { Weights = graph.Then(new OneOfChosen(choice.Chosen, graph.New(Name(group, At("outputWeights", first)), choice.Chosen.Width))) };
            }

            if (Sum(graph, groupInput, group, own, first, part.Merge) is { } sum)
                sums.Add(sum);
            first += group.Count;
        }

        if (sums.Count == 0)
            return graph.Then(new Scale(input, graph.New("routed", input.Width), 0));

        Value total = sums[0];
        for (int i = 1; i < sums.Count; i++)
            total = graph.Sum(i == sums.Count - 1 ? "routedSum" : "routedSum" + i, sums[i], total);
        return total;
    }

    private static Value? Sum(GraphWriter graph, Value input, ExpertGroup group, RouterGraph.Choice choice, int first, ExpertMerge merge)
    {
        switch (group)
        {
            case ZeroExperts:
                return null;
            case CopyExperts:
                return graph.Then(new CombineCopies(input, choice.Chosen, choice.Weights, graph.New(Name(group, "copies"), input.Width), first, group.Count));
            case ConstantExperts:
                var mix = new Weight(group.Name + "ConstantMix", WeightKind.Vector, 2, input.Width, group.Count);
                var vector = new Weight(group.Name + "ConstantVector", WeightKind.Vector, input.Width, 1, group.Count);
                return graph.Then(new CombineConstants(input, choice.Chosen, choice.Weights, graph.New(Name(group, "constants"), input.Width), mix, vector, first));
            case FeedForwardExperts experts when merge == ExpertMerge.Weights:
                return Biased(graph, experts, Merged(graph, input, experts, choice, first));
            case FeedForwardExperts experts:
                return Biased(graph, experts, FeedForward(graph, input, experts, choice, first));
            case LoraExperts lora:
                return Lora(graph, input, lora, choice, first);
            default:
                throw new NotSupportedException($"No operation says {group}.");
        }
    }

    // One bias for the whole group, whatever the weights.
    private static Value Biased(GraphWriter graph, FeedForwardExperts group, Value sum) => group.OutputBias
        ? graph.Then(new AddBias(sum, graph.New(Name(group, "routedBiased"), sum.Width), new Weight(RoleOf(group, group.Sliced ? "DownBias" : "OutputBias"), WeightKind.Bias, sum.Width)))
        : sum;

    private static Value FeedForward(GraphWriter graph, Value input, FeedForwardExperts group, RouterGraph.Choice choice, int first)
    {
        ExpertShape shape = group.Shape;
        Value up = Linear(graph, group, "Up", input, shape.IntermediateSize, choice.Chosen, first, shape.Bias);
        Value? gate = shape.Gated ? Linear(graph, group, "Gate", input, shape.IntermediateSize, choice.Chosen, first, shape.Bias) : null;
        Value inner = FeedForwardGraph.Bend(graph, group.Name + "Expert", gate, up, shape);
        Value answers = Linear(graph, group, "Down", inner, input.Width, choice.Chosen, first, shape.Bias, "Answers");
        return Combined(graph, group, "routed", answers, choice, first);
    }

    // W = Σ wᵢ Wᵢ: every projection sums over the experts before the next step.
    private static Value Merged(GraphWriter graph, Value input, FeedForwardExperts group, RouterGraph.Choice choice, int first)
    {
        ExpertShape shape = group.Shape;
        Value up = Projected("Up", input, shape.IntermediateSize);
        Value? gate = shape.Gated ? Projected("Gate", input, shape.IntermediateSize) : null;
        Value inner = FeedForwardGraph.Bend(graph, group.Name + "Merged", gate, up, shape);
        return Projected("Down", inner, input.Width);

        Value Projected(string projection, Value from, int rows) => Combined(
            graph, group, "merged" + projection,
            Linear(graph, group, projection, from, rows, choice.Chosen, first, shape.Bias), choice, first);
    }

    // The frozen gate and up projections are computed once a token; only the low-rank terms differ between experts.
    private static Value Lora(GraphWriter graph, Value input, LoraExperts group, RouterGraph.Choice choice, int first)
    {
        ExpertShape shape = group.Frozen;
        if (input.Slots > 1)
            throw new NotSupportedException("Low-rank experts take the weight on their output.");

        Value up = Adapted("Up", graph.Linear(Name(group, "frozenUp"), input, group.Name + "Up", shape.IntermediateSize, shape.Bias), input, shape.IntermediateSize);
        Value? gate = shape.Gated
            ? Adapted("Gate", graph.Linear(Name(group, "frozenGate"), input, group.Name + "Gate", shape.IntermediateSize, shape.Bias), input, shape.IntermediateSize)
            : null;
        Value inner = FeedForwardGraph.Bend(graph, group.Name + "Expert", gate, up, shape);
        Weight down = new(group.Name + "Down", WeightKind.Matrix, input.Width, shape.IntermediateSize);
        Weight? bias = shape.Bias ? new Weight(group.Name + "DownBias", WeightKind.Bias, input.Width) : null;
        Value frozen = graph.Then(new SlotLinear(
            inner, choice.Chosen, graph.New(Name(group, "frozenDown"), input.Width, choice.Chosen.Width), down, bias, first, group.Count));
        return Combined(graph, group, "routed", Adapted("Down", frozen, inner, input.Width), choice, first);

        Value Adapted(string projection, Value shared, Value from, int rows)
        {
            Value low = Linear(graph, group, projection + "LoraA", from, group.Rank, choice.Chosen, first, false);
            Value delta = Linear(graph, group, projection + "LoraB", low, rows, choice.Chosen, first, false);
            return graph.Then(new AddToSlots(
                shared, delta, choice.Chosen, graph.New(Name(group, "adapted" + projection), rows, choice.Chosen.Width), group.Factor, first, group.Count));
        }
    }

    private static Value Combined(GraphWriter graph, ExpertGroup group, string name, Value answers, RouterGraph.Choice choice, int first) =>
        graph.Then(new Combine(answers, choice.Chosen, choice.Weights, graph.New(Name(group, name), answers.Width), first, group.Count));

    private static Value Linear(
        GraphWriter graph, ExpertGroup group, string projection, Value input, int rows, Value chosen, int first, bool hasBias, string? valueName = null)
    {
        Value output = graph.New(Name(group, "expert" + (valueName ?? projection)), rows, chosen.Width);
        Weight weight = WeightOf(group, projection, rows, input.Width);
        Weight? bias = hasBias && weight.Slice != WeightSlice.Columns
            ? weight with { Role = weight.Role + "Bias", Kind = WeightKind.Bias, Columns = 1 }
            : null;
        return graph.Then(new ExpertLinear(input, chosen, output, weight, bias, first));
    }

    /// <summary>The matrices of a group's projection.</summary>
    public static Weight WeightOf(ExpertGroup group, string projection, int rows, int columns)
    {
        bool isSliced = group is FeedForwardExperts { Sliced: true };
        WeightSlice slice = !isSliced ? WeightSlice.None : projection == "Down" ? WeightSlice.Columns : WeightSlice.Rows;
        return new Weight(RoleOf(group, projection), WeightKind.Matrix, rows, columns, group.Count, Slice: slice);
    }

    // Slices of a group without a name have the roles of the network that they make up. Those of a named group have a word of their own
    // behind the name, for a group may be called Router, and RouterUp is another weight.
    private static string RoleOf(ExpertGroup group, string projection) => group switch
    {
        FeedForwardExperts { Sliced: true, Name.Length: 0 } => projection,
        FeedForwardExperts { Sliced: true } => group.Name + "Slice" + projection,
        _ => group.Name + "Expert" + projection,
    };

    // Groups of several kinds may have no name of their own: then their first expert tells them apart.
    private static string At(string name, int first) => first == 0 ? name : name + first;

    private static string Name(ExpertGroup group, string name) => FeedForwardGraph.Name(group.Name, name);
}
