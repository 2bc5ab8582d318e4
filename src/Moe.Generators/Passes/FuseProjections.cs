using System;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>Linear maps that read one value, with nothing but maps of that value between them → <see cref="Project"/>.</summary>
internal static class FuseProjections
{
    public static Graph Run(Graph graph)
    {
        foreach (Value input in graph.Ops.OfType<Linear>().Select(map => map.Input).Distinct().ToImmutableArray())
        {
            // A router stays apart: its logits are float32 whatever the other maps become.
            ImmutableArray<Op> maps = graph.Ops
                .Where(op => op is Linear map && map.Input == input && !map.Weight.Role.StartsWith("Router", StringComparison.Ordinal))
                .ToImmutableArray();
            if (maps.Length > 1)
                graph = graph.ReplaceAtFirst(maps, new Project(maps));
        }

        return graph;
    }
}
