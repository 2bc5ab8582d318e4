using System;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>A rewriting of graphs that keeps their meaning.</summary>
/// <param name="Name">Its name in dumps and file heads.</param>
/// <param name="Sentence">What it does.</param>
/// <param name="Run">The rewriting.</param>
internal sealed record Pass(string Name, string Sentence, Func<Graph, Graph> Run);

/// <summary>The graph after a pass that changed it.</summary>
internal sealed record PassLogEntry(Pass Pass, ModelGraph Graph);

/// <summary>The passes, in order.</summary>
internal static class PassList
{
    /// <summary>Each pass once, in the order in which they run.</summary>
    public static readonly ImmutableArray<Pass> Passes = ImmutableArray.Create(
        new Pass("fuse-gate-up", "projection, activation and product of a feed-forward part become one operation", FuseGateUp.Run),
        new Pass("fuse-routing", "score, selection and weights become one operation over a token's experts", FuseRouting.Run),
        new Pass("fuse-combine", "down projection of the experts, weighted sum and everything added to it become one operation", FuseCombine.Run),
        new Pass("fuse-projections", "linear maps of one input become one matrix product", FuseProjections.Run),
        new Pass("fuse-residual", "a projection adds to the residual stream in its epilogue", FuseResidual.Run));

    /// <summary>Their names, as file heads show them.</summary>
    public static string Names => string.Join(", ", Passes.Select(pass => pass.Name)) + ", plan-scratch";

    /// <summary>Runs all passes, verifies after each, and logs those that changed something.</summary>
    public static ModelGraph Run(ModelGraph graph, Action<PassLogEntry>? log = null)
    {
        GraphVerifier.Verify(graph);
        foreach (Pass pass in Passes)
        {
            string before = GraphPrinter.Print(graph);
            graph = graph.Select(pass.Run);
            GraphVerifier.Verify(graph);
            if (log is not null && GraphPrinter.Print(graph) != before)
                log(new PassLogEntry(pass, graph));
        }

        return graph;
    }
}
