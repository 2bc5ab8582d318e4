using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// Neighbouring operations on one token's row of experts or slots, from scores to choice and weights → <see cref="Route"/>.
/// What couples tokens (limits, expert choice) stays apart and ends a run.
/// </summary>
internal static class FuseRouting
{
    public static Graph Run(Graph graph)
    {
        foreach (ImmutableArray<Op> run in RunsOf(graph))
        {
            if (!run.Any(IsChoice))
                continue;

            var inside = new HashSet<Op>(run);
            ImmutableArray<Value> leaving = run.SelectMany(op => op.Outputs)
                .Where(value => graph.IsTapped(value) || graph.Outputs.Contains(value)
                    || graph.Ops.Any(op => !inside.Contains(op) && op.Inputs.Contains(value)))
                .ToImmutableArray();
            graph = graph.ReplaceAtLast(run, new Route(run, leaving));
        }

        return graph;
    }

    private static List<ImmutableArray<Op>> RunsOf(Graph graph)
    {
        var runs = new List<ImmutableArray<Op>>();
        var run = ImmutableArray.CreateBuilder<Op>();
        foreach (Op op in graph.Ops)
        {
            bool joins = IsRoutingStep(op) || (op is Scale or Activate or Apply && run.Any(part => part.Outputs.Contains(op.Inputs[0])));
            if (joins)
            {
                run.Add(op);
                continue;
            }

            if (run.Count > 0)
                runs.Add(run.ToImmutable());
            run.Clear();
        }

        if (run.Count > 0)
            runs.Add(run.ToImmutable());
        return runs;
    }

    private static bool IsChoice(Op op) => op is
        SelectTopK or SelectTopP or SelectAbove or SelectByEntropy or SelectRandom or SelectFromTable or SparseMixer or Gather;

    private static bool IsRoutingStep(Op op) => IsChoice(op) || op is
        Score or TreeScore or SelectorScore or Standardise or DivideByTemperature or AddRequestBias or AddBias or MultiplyBy or KeepGroups
        or Renormalise or SoftmaxOfChosen or SigmoidOfChosen or OneOfChosen or ZeroOut;
}
