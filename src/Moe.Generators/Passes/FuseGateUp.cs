using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// act(gate · x) · (up · x) → <see cref="GateUp"/>, act(up · x) → <see cref="UpActivate"/>, and the same for experts.
/// </summary>
internal static class FuseGateUp
{
    public static Graph Run(Graph graph)
    {
        foreach (Activate activate in graph.Ops.OfType<Activate>())
        {
            Op? projection = graph.Writer(activate.Input);
            if (!IsProjection(projection) || graph.Uses(activate.Input) != 1 || graph.IsTapped(activate.Input))
                continue;

            Op fused = graph.OnlyReader(activate.Output) is Multiply product && graph.Writer(product.Right) is { } up && up.GetType() == projection!.GetType()
                && up.Inputs.SequenceEqual(projection.Inputs) && graph.Uses(product.Right) == 1
                ? Gated(projection, up, activate, product)
                : Plain(projection!, activate);
            graph = graph.ReplaceAtLast(((FusedOp)fused).Parts, fused);
        }

        return graph;
    }

    private static bool IsProjection(Op? op) => op is Linear or ExpertLinear;

    private static Op Gated(Op gate, Op up, Activate activate, Multiply product)
    {
        ImmutableArray<Op> parts = [gate, up, activate, product];
        return gate is ExpertLinear ? new ExpertGateUp(parts) : new GateUp(parts);
    }

    private static Op Plain(Op up, Activate activate)
    {
        ImmutableArray<Op> parts = [up, activate];
        return up is ExpertLinear ? new ExpertUpActivate(parts) : new UpActivate(parts);
    }
}
