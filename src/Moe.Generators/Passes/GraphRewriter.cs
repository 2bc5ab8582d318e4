using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>The one way in which passes change a graph: several operations give way to one.</summary>
internal static class GraphRewriter
{
    /// <summary>Puts <paramref name="replacement"/> where the last of <paramref name="parts"/> stood.</summary>
    public static Graph ReplaceAtLast(this Graph graph, ImmutableArray<Op> parts, Op replacement) =>
        Replace(graph, parts, replacement, parts.Max(part => graph.Ops.IndexOf(part)));

    /// <summary>Puts <paramref name="replacement"/> where the first of <paramref name="parts"/> stood.</summary>
    public static Graph ReplaceAtFirst(this Graph graph, ImmutableArray<Op> parts, Op replacement) =>
        Replace(graph, parts, replacement, parts.Min(part => graph.Ops.IndexOf(part)));

    /// <summary>The only operation that reads the value, or null where there are several or it leaves the graph.</summary>
    public static Op? OnlyReader(this Graph graph, Value value) =>
        graph.Uses(value) == 1 ? graph.Ops.FirstOrDefault(op => op.Inputs.Contains(value)) : null;

    private static Graph Replace(Graph graph, ImmutableArray<Op> parts, Op replacement, int at)
    {
        var ops = ImmutableArray.CreateBuilder<Op>();
        for (int i = 0; i < graph.Ops.Length; i++)
        {
            if (i == at)
                ops.Add(replacement);
            else if (!parts.Contains(graph.Ops[i]))
                ops.Add(graph.Ops[i]);
        }

        return graph with { Ops = ops.ToImmutable() };
    }
}
