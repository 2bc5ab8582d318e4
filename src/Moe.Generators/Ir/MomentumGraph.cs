using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Momentum across layers (MomentumSMoE, AdamSMoE): what joins the residual stream is a running sum, subtracted.</summary>
internal static class MomentumGraph
{
    /// <summary>
    /// m = μ m' + γ o, the step is −m. Adam: a = β₁ a' + (1 − β₁) o, v = β₂ v' + (1 − β₂) o², the step is −γ a / √(v + ε);
    /// m moves on as well, for the layers after.
    /// </summary>
    public static Value Build(GraphWriter graph, Value answer, MomentumArchitecture momentum, CarriedState state)
    {
        Value kept = graph.Scaled("keptMomentum", state[CarriedState.Momentum], momentum.Momentum);
        Value sum = graph.Sum("newMomentum", kept, graph.Scaled("momentumStep", answer, momentum.StepSize));
        state[CarriedState.Momentum] = sum;
        if (!momentum.IsAdam)
            return graph.Scaled("step", sum, -1);

        Value first = Average(graph, "FirstMoment", state[CarriedState.FirstMoment], answer, momentum.FirstDecay);
        Value square = graph.Then(new Multiply(answer, answer, graph.New("squares", answer.Width)));
        Value second = Average(graph, "SecondMoment", state[CarriedState.SecondMoment], square, momentum.SecondDecay);
        state[CarriedState.FirstMoment] = first;
        state[CarriedState.SecondMoment] = second;
        return graph.Then(new AdamDirection(first, second, graph.New("step", answer.Width), -momentum.StepSize, momentum.Epsilon));
    }

    private static Value Average(GraphWriter graph, string name, Value before, Value now, double decay) => graph.Sum(
        "new" + name,
        graph.Scaled("kept" + name, before, decay),
        graph.Scaled("own" + name, now, 1 - decay));
}
