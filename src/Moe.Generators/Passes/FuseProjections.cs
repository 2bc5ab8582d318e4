using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// Linear maps of one part of the model that read one value, with nothing but maps of that value between them → <see cref="Project"/>. A
/// part has one format of weights, and a router stays apart: its logits are exact whatever the other maps become.
/// </summary>
internal static class FuseProjections
{
    public static Graph Run(Graph graph)
    {
        foreach (Value input in graph.Ops.OfType<Linear>().Select(map => map.Input).Distinct().ToImmutableArray())
        {
            foreach (IGrouping<TensorRole, Op> part in graph.Ops
                .Where(op => op is Linear map && map.Input == input)
                .GroupBy(op => graph.Roles[((Linear)op).Weight.Role])
                .Where(part => part.Key != TensorRole.Router && part.Count() > 1)
                .ToImmutableArray())
            {
                ImmutableArray<Op> maps = part.ToImmutableArray();
                graph = graph.ReplaceAtFirst(maps, new Project(maps));
            }
        }

        return graph;
    }
}
