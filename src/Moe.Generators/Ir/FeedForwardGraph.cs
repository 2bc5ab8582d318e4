using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>The feed-forward part of a block as operations.</summary>
internal static class FeedForwardGraph
{
    /// <summary>One network for every token; <paramref name="prefix"/> names its weights ("Shared" or nothing).</summary>
    public static Value Dense(GraphWriter graph, string prefix, Value input, ExpertShape shape, int hiddenSize)
    {
        Value up = graph.Linear(Name(prefix, "up"), input, prefix + "Up", shape.IntermediateSize, shape.Bias);
        Value? gate = shape.Gated ? graph.Linear(Name(prefix, "gate"), input, prefix + "Gate", shape.IntermediateSize, shape.Bias) : null;
        Value inner = Inner(graph, gate, up, shape, Name(prefix, "activated"), Name(prefix, "inner"));
        return graph.Linear(Name(prefix, "answer"), inner, prefix + "Down", hiddenSize, shape.Bias);
    }

    /// <summary>Router, routed experts and their combination, plus the shared experts as one network.</summary>
    public static Value Experts(GraphWriter graph, Value input, ExpertFeedForward experts, int hiddenSize)
    {
        RouterGraph.Choice choice = RouterGraph.Build(graph, input, experts.Router, experts.Routed.Count);
        ExpertShape shape = experts.Routed.Shape;
        int count = experts.Routed.Count;

        Value up = Expert(graph, "expertUp", input, choice.Chosen, "ExpertUp", shape.IntermediateSize, count, shape.Bias);
        Value? gate = shape.Gated ? Expert(graph, "expertGate", input, choice.Chosen, "ExpertGate", shape.IntermediateSize, count, shape.Bias) : null;
        Value inner = Inner(graph, gate, up, shape, "expertActivated", "expertInner");
        Value answers = Expert(graph, "expertAnswers", inner, choice.Chosen, "ExpertDown", hiddenSize, count, shape.Bias);
        Value routed = graph.New("routed", hiddenSize);
        graph.Add(new Combine(answers, choice.Weights, routed));
        if (experts.Shared is not { } shared)
            return routed;

        ExpertShape whole = shared.Shape with { IntermediateSize = shared.Count * shared.Shape.IntermediateSize };
        Value sharedAnswer = Dense(graph, "Shared", input, whole, hiddenSize);
        Value sum = graph.New("answer", hiddenSize);
        graph.Add(new Add(sharedAnswer, routed, sum));
        return sum;
    }

    /// <summary>act(gate) · up, act(up), or what a function makes of them.</summary>
    private static Value Inner(GraphWriter graph, Value? gate, Value up, ExpertShape shape, string activatedName, string innerName)
    {
        Value inner = graph.New(innerName, up.Width, up.Slots);
        if (gate is null)
        {
            graph.Add(Nonlinearity(up, inner, shape));
        }
        else if (shape.Function is { Parameters.Count: 2 } function)
        {
            graph.Add(new Apply(gate, up, inner, function));
        }
        else
        {
            Value activated = graph.New(activatedName, up.Width, up.Slots);
            graph.Add(Nonlinearity(gate, activated, shape));
            graph.Add(new Multiply(activated, up, inner));
        }

        return inner;
    }

    private static Op Nonlinearity(Value input, Value output, ExpertShape shape) =>
        shape.Function is { } function ? new Apply(input, null, output, function) : new Activate(input, output, shape.Activation);

    private static Value Expert(GraphWriter graph, string name, Value input, Value chosen, string role, int rows, int experts, bool hasBias)
    {
        Value output = graph.New(name, rows, chosen.Width);
        Weight weight = new(role, WeightKind.Matrix, rows, input.Width, experts);
        Weight? bias = hasBias ? new Weight(role + "Bias", WeightKind.Bias, rows, 1, experts) : null;
        graph.Add(new ExpertLinear(input, chosen, output, weight, bias));
        return output;
    }

    private static string Name(string prefix, string name) =>
        prefix.Length == 0 ? name : char.ToLowerInvariant(prefix[0]) + prefix.Substring(1) + char.ToUpperInvariant(name[0]) + name.Substring(1);
}
