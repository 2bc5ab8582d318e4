using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// act(gate · x) · (up · x) and f(gate · x, up · x) → <see cref="GateUp"/>, act(up · x) and f(up · x) →
/// <see cref="UpActivate"/>, and the same for experts.
/// </summary>
internal static class FuseGateUp
{
    public static Graph Run(Graph graph)
    {
        foreach (Op op in graph.Ops.Where(op => op is Activate or Apply).ToImmutableArray())
        {
            if (ProjectionOf(graph, op.Inputs[0]) is not { } projection)
                continue;

            FusedOp? fused;
            if (op is Apply { Second: { } second })
                fused = ProjectionOf(graph, second) is { } up && Match(projection, up) ? Gated([projection, up, op]) : null;
            else if (graph.OnlyReader(op.Outputs[0]) is Multiply product && product.Left == op.Outputs[0] && ProjectionOf(graph, product.Right) is { } factor
                && Match(projection, factor))
                fused = Gated([projection, factor, op, product]);
            else
                fused = Plain([projection, op]);

            if (fused is not null)
                graph = graph.ReplaceAtLast(fused.Parts, fused);
        }

        return graph;
    }

    // A matrix product that nothing else reads and no observer is shown; a router's logits stay by themselves.
    private static Op? ProjectionOf(Graph graph, Value value) =>
        graph.Uses(value) == 1 && !graph.IsTapped(value) && graph.Writer(value) is { } writer && writer is ExpertLinear or Linear { Weight.Role: not "Router" }
            ? writer
            : null;

    // Of one input, and for the same experts.
    private static bool Match(Op left, Op right) => left.GetType() == right.GetType() && left.Inputs.SequenceEqual(right.Inputs)
        && (left as ExpertLinear)?.First == (right as ExpertLinear)?.First;

    private static FusedOp Gated(ImmutableArray<Op> parts) => parts[0] is ExpertLinear ? new ExpertGateUp(parts) : new GateUp(parts);

    private static FusedOp Plain(ImmutableArray<Op> parts) => parts[0] is ExpertLinear ? new ExpertUpActivate(parts) : new UpActivate(parts);
}
