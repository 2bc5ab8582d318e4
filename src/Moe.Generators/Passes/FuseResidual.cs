using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>W x (+ b) + residual → <see cref="LinearAdd"/>.</summary>
internal static class FuseResidual
{
    public static Graph Run(Graph graph)
    {
        foreach (Add add in graph.Ops.OfType<Add>())
        {
            if (graph.Writer(add.Right) is not Linear { Weight.IsShared: false } linear || graph.Uses(add.Right) != 1)
                continue;

            ImmutableArray<Op> parts = [linear, add];
            graph = graph.ReplaceAtLast(parts, new LinearAdd(parts));
        }

        return graph;
    }
}
