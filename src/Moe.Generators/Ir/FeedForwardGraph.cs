using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Feed-forward networks that every token passes, and what experts share with them.</summary>
internal static class FeedForwardGraph
{
    /// <summary>One network for every token; <paramref name="prefix"/> names its weights ("Shared" or nothing).</summary>
    public static Value Dense(GraphWriter graph, string prefix, Value input, ExpertShape shape, int outputSize)
    {
        Value inner = Inner(graph, prefix, input, shape);
        return graph.Linear(Name(prefix, "answer"), inner, prefix + "Down", outputSize, shape.Bias);
    }

    /// <summary>The network up to its down projection.</summary>
    public static Value Inner(GraphWriter graph, string prefix, Value input, ExpertShape shape)
    {
        Value up = graph.Linear(Name(prefix, "up"), input, prefix + "Up", shape.IntermediateSize, shape.Bias);
        Value? gate = shape.Gated ? graph.Linear(Name(prefix, "gate"), input, prefix + "Gate", shape.IntermediateSize, shape.Bias) : null;
        return Bend(graph, prefix, gate, up, shape);
    }

    /// <summary>act(gate) · up, or act(up).</summary>
    public static Value Bend(GraphWriter graph, string prefix, Value? gate, Value up, ExpertShape shape)
    {
        Value inner = graph.New(Name(prefix, "inner"), up.Width, up.Slots);
        if (gate is null)
        {
            graph.Add(Nonlinearity(up, inner, shape));
            return inner;
        }

        if (shape.Function is { Parameters.Count: 2 } function)
        {
            graph.Add(new Apply(gate, up, inner, function));
            return inner;
        }

        Value activated = graph.New(Name(prefix, "activated"), up.Width, up.Slots);
        graph.Add(Nonlinearity(gate, activated, shape));
        graph.Add(new Multiply(activated, up, inner));
        return inner;
    }

    private static Op Nonlinearity(Value input, Value output, ExpertShape shape) =>
        shape.Function is { } function ? new Apply(input, null, output, function) : new Activate(input, output, shape.Activation);

    /// <summary>
    /// Router, routed experts and their combination, plus the shared experts, gated as declared. The router reads
    /// <paramref name="input"/> as it is; experts read it scaled and projected where the declaration says so.
    /// </summary>
    public static Value Experts(GraphWriter graph, Value input, ExpertFeedForward part, int hiddenSize, CarriedState? state)
    {
        graph.Role = TensorRole.Router;
        RouterGraph.Choice choice = RouterGraph.Build(graph, input, part, state);
        graph.Role = TensorRole.Experts;
        Value expertInput = graph.Scaled("expertInput", input, part.InputScale);
        if (part.DispatchSize > 0)
            expertInput = graph.Linear("dispatched", expertInput, "DispatchDown", part.DispatchSize, false);

        Value routed = ExpertGraph.Build(graph, expertInput, part, choice);
        if (part.DispatchSize > 0)
            routed = graph.Linear("collected", routed, "DispatchUp", hiddenSize, false);

        return part.Shared is { } shared ? WithShared(graph, input, routed, shared, hiddenSize) : routed;
    }

    // Σᵢ downᵢ(innerᵢ) is one network of all their units, so a gate of each expert scales its block of units.
    private static Value WithShared(GraphWriter graph, Value input, Value routed, SharedExpertGroup shared, int hiddenSize)
    {
        graph.Role = TensorRole.SharedExperts;
        ExpertShape whole = shared.Shape with { IntermediateSize = shared.Count * shared.Shape.IntermediateSize };
        Value inner = Inner(graph, "Shared", input, whole);
        if (shared.Gate == SharedGate.SigmoidPerExpert)
            inner = Gated(graph, "sharedGated", inner, Sigmoid(graph, input, shared.Count));

        Value answer = graph.Linear("sharedAnswer", inner, "SharedDown", hiddenSize, whole.Bias);
        if (shared.Gate == SharedGate.Sigmoid)
        {
            answer = Gated(graph, "sharedGated", answer, Sigmoid(graph, input, 1));
        }
        else if (shared.Gate == SharedGate.Residual)
        {
            Value logits = graph.Linear("mixLogits", input, "SharedMix", 2, true);
            Value mix = graph.Then(new Score(logits, graph.New("mix", 2), RouterScore.Softmax));
            routed = Gated(graph, "routedShare", routed, graph.Then(new Slice(mix, graph.New("routedMix", 1), 0)));
            answer = Gated(graph, "sharedShare", answer, graph.Then(new Slice(mix, graph.New("sharedMix", 1), 1)));
        }

        answer = graph.Scaled("scaledShared", answer, shared.Scale);
        return graph.Sum("answer", answer, routed);
    }

    private static Value Sigmoid(GraphWriter graph, Value input, int count)
    {
        Value logits = graph.Linear("sharedGateLogits", input, "SharedSwitch", count, false);
        return graph.Then(new Activate(logits, graph.New("sharedGates", count), Activation.Sigmoid));
    }

    private static Value Gated(GraphWriter graph, string name, Value input, Value factors) =>
        graph.Then(new ScaleBlocks(input, factors, graph.New(name, input.Width)));

    /// <summary>A value's name behind a prefix: ("Shared", "up") is sharedUp.</summary>
    public static string Name(string prefix, string name) =>
        prefix.Length == 0 ? name : char.ToLowerInvariant(prefix[0]) + prefix.Substring(1) + char.ToUpperInvariant(name[0]) + name.Substring(1);
}
