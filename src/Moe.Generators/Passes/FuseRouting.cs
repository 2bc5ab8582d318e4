using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>Everything from a router's logits to its chosen experts and their weights → <see cref="Route"/>.</summary>
internal static class FuseRouting
{
    public static Graph Run(Graph graph)
    {
        foreach (Score score in graph.Ops.OfType<Score>())
        {
            ImmutableArray<Op> parts = graph.Ops.Where(op => op == score || IsRoutingStep(op)).ToImmutableArray();
            graph = graph.ReplaceAtLast(parts, new Route(parts));
        }

        return graph;
    }

    private static bool IsRoutingStep(Op op) => op is AddBias or KeepGroups or SelectTopK or Gather or Renormalise or Scale;
}
