using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// The experts' down projection, their weighted sum, the shared experts' answer and the residual →
/// <see cref="ExpertDownCombine"/>.
/// </summary>
internal static class FuseCombine
{
    public static Graph Run(Graph graph)
    {
        foreach (Combine combine in graph.Ops.OfType<Combine>())
        {
            if (graph.Writer(combine.Answers) is not ExpertLinear down || graph.Uses(combine.Answers) != 1 || down.Input.Slots != combine.Answers.Slots)
                continue;

            ImmutableArray<Op> parts = [down, combine];
            Value sum = combine.Output;
            while (graph.OnlyReader(sum) is Add add && add.Right == sum && add.Left != sum)
            {
                parts = parts.Add(add);
                sum = add.Output;
            }

            graph = graph.ReplaceAtLast(parts, new ExpertDownCombine(parts));
        }

        return graph;
    }
}
