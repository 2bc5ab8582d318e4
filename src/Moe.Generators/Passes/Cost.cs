using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>What an architecture costs, counted from its unfused graph.</summary>
/// <param name="TotalParameters">Learned numbers; a tied head counts once.</param>
/// <param name="ActiveParameters">Learned numbers that take part for one token: of the routed experts, only the chosen ones.</param>
/// <param name="FlopsPerToken">Two operations for every matrix element that multiplies, embedding lookup and attention over the cache not counted.</param>
/// <param name="CacheElementsPerToken">Elements that one token adds to the cache, over all layers.</param>
internal sealed record Cost(long TotalParameters, long ActiveParameters, long FlopsPerToken, long CacheElementsPerToken)
{
    /// <summary>Counts.</summary>
    public static Cost Of(MoeArchitecture architecture, ModelGraph graph)
    {
        var sum = new Cost(0, 0, 0, 0);
        sum = sum.Plus(Of(graph.Embedding), 1);
        for (int block = 0; block < graph.Blocks.Length; block++)
        {
            Cost layer = Of(graph.Blocks[block]) with { CacheElementsPerToken = architecture.Blocks[block].Attention.CacheElementsPerToken };
            sum = sum.Plus(layer, architecture.LayersOf(block));
        }

        Cost head = Of(graph.Head);
        if (architecture.TiedHead)
        {
            long shared = graph.Embedding.Weights.Sum(weight => weight.Parameters);
            head = head with { TotalParameters = head.TotalParameters - shared, ActiveParameters = head.ActiveParameters - shared };
        }

        return sum.Plus(head, 1);
    }

    private static Cost Of(Graph graph)
    {
        int chosen = graph.Ops.SelectMany(op => op is FusedOp fused ? fused.Parts : [op]).OfType<SelectTopK>().Select(op => op.TopK).FirstOrDefault();
        long total = 0;
        long active = 0;
        long flops = 0;
        foreach (Weight weight in graph.Weights)
        {
            long one = checked((long)weight.Rows * weight.Columns);
            long used = checked(one * (weight.Experts > 0 ? chosen : 1));
            total = checked(total + weight.Parameters);
            active = checked(active + used);
            if (!weight.IsVector && graph.Name != "Embedding")
                flops = checked(flops + (2 * used));
        }

        return new Cost(total, active, flops, 0);
    }

    private Cost Plus(Cost other, int times) => checked(new Cost(
        TotalParameters + (other.TotalParameters * times),
        ActiveParameters + (other.ActiveParameters * times),
        FlopsPerToken + (other.FlopsPerToken * times),
        CacheElementsPerToken + (other.CacheElementsPerToken * times)));
}
