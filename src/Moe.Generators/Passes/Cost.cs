using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Passes;

/// <summary>
/// What an architecture costs, counted from its unfused graph. Where a token's experts vary in number or kind, the active
/// numbers are the largest, and the minimum ones the smallest.
/// </summary>
/// <param name="TotalParameters">Learned numbers; a tied head and what layers share count once.</param>
/// <param name="ActiveParameters">Learned numbers that take part for one token: of the routed experts, only the chosen ones.</param>
/// <param name="FlopsPerToken">Two operations for every matrix element that multiplies, embedding lookup and attention over the cache not counted.</param>
/// <param name="CacheElementsPerToken">Elements that one token adds to the cache, over all layers.</param>
/// <param name="MinActiveParameters">As ActiveParameters, with the fewest and cheapest experts.</param>
/// <param name="MinFlopsPerToken">As FlopsPerToken, with the fewest and cheapest experts.</param>
internal sealed record Cost(
    long TotalParameters, long ActiveParameters, long FlopsPerToken, long CacheElementsPerToken, long MinActiveParameters, long MinFlopsPerToken)
{
    /// <summary>Counts.</summary>
    public static Cost Of(MoeArchitecture architecture, ModelGraph graph)
    {
        Cost sum = Of(graph.Embedding, architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().FirstOrDefault());
        for (int block = 0; block < graph.Blocks.Length; block++)
        {
            Cost layer = Of(graph.Blocks[block], architecture.Blocks[block].FeedForward as ExpertFeedForward)
                with { CacheElementsPerToken = architecture.Blocks[block].Attention.CacheElementsPerToken };
            sum = sum.Plus(layer, architecture.LayersOf(block));
        }

        Cost head = Of(graph.Head, null);
        if (architecture.TiedHead)
            head = head.Less(graph.Embedding.Weights.Where(weight => weight.Kind == WeightKind.Embedding));
        sum = sum.Plus(head, 1);

        // What layers share was counted in each of them.
        foreach (Weight shared in graph.Blocks.SelectMany(block => block.Weights).Where(weight => weight.IsShared).Distinct())
        {
            int uses = graph.Blocks.Select((block, index) => block.Weights.Contains(shared) ? architecture.LayersOf(index) : 0).Sum();
            for (int extra = 1; extra < uses; extra++)
                sum = sum.Less([shared]);
        }

        return sum;
    }

    private static Cost Of(Graph graph, ExpertFeedForward? experts)
    {
        var perExpert = new SortedDictionary<int, (long Parameters, long Flops)>();
        long total = 0;
        long always = 0;
        long flops = 0;
        var seen = new HashSet<Weight>();
        foreach (Op op in graph.Ops.SelectMany(op => op is FusedOp fused ? fused.Parts : [op]))
        {
            int? first = FirstExpertOf(op);
            foreach (Weight weight in op.Weights)
            {
                long one = weight.Kind == WeightKind.Indices ? 0 : checked((long)weight.Rows * weight.Columns);
                long work = FlopsOf(op, weight);
                bool isNew = seen.Add(weight);
                if (isNew)
                    total = checked(total + weight.Parameters);
                if (op is ExpertLinear { Chosen.Name: AttentionExpertGraph.Chosen } ofAttention)
                {
                    // Every token passes so many attention experts, beside those of the feed-forward part.
                    int slots = ofAttention.Chosen.Width;
                    always = checked(always + (isNew ? one * slots : 0));
                    flops = checked(flops + (work * slots));
                    continue;
                }

                if (first is null)
                {
                    always = checked(always + (isNew ? one : 0));
                    flops = checked(flops + work);
                    continue;
                }

                int count = op is SlotLinear group ? group.Count : weight.Experts;
                if (weight.Experts == 0)
                    always = checked(always + (isNew ? one : 0));
                for (int expert = first.Value; expert < first.Value + count; expert++)
                {
                    perExpert.TryGetValue(expert, out (long Parameters, long Flops) so);
                    perExpert[expert] = checked((so.Parameters + (weight.Experts > 0 && isNew ? one : 0), so.Flops + work));
                }
            }
        }

        if (experts is null)
            return new Cost(total, always, flops, 0, always, flops);

        long[] parameters = PerExpert(experts.Experts, perExpert, cost => cost.Parameters);
        long[] work2 = PerExpert(experts.Experts, perExpert, cost => cost.Flops);
        SelectionStage selection = experts.Router.Selection;
        int most = selection.MostSelected;
        int fewest = experts.Router.Limit is DroplessLimit ? selection.MinSelected : 0;
        return checked(new Cost(
            total,
            always + parameters.Skip(parameters.Length - most).Sum(),
            flops + work2.Skip(work2.Length - most).Sum(),
            0,
            always + parameters.Take(fewest).Sum(),
            flops + work2.Take(fewest).Sum()));
    }

    /// <summary>Each expert's number, the cheapest first.</summary>
    private static long[] PerExpert(
        int experts, SortedDictionary<int, (long Parameters, long Flops)> costs, System.Func<(long Parameters, long Flops), long> number) =>
        Enumerable.Range(0, experts)
            .Select(expert => costs.TryGetValue(expert, out (long, long) cost) ? number(cost) : 0)
            .OrderBy(cost => cost)
            .ToArray();

    /// <summary>The first expert of the group that an operation works for; null where it works for every token.</summary>
    private static int? FirstExpertOf(Op op) => op switch
    {
        ExpertLinear linear => linear.First,
        SlotLinear linear => linear.First,
        CombineConstants constants => constants.First,
        _ => null,
    };

    /// <summary>Operations of one row with a weight of an unfused operation: two for each element that multiplies.</summary>
    public static long FlopsOf(Op op, Weight weight) => MultipliesAsMatrix(op, weight) ? checked(2L * weight.Rows * weight.Columns) : 0;

    private static bool MultipliesAsMatrix(Op op, Weight weight) => op switch
    {
        Embed => false,
        AttendLatent => true,
        TaggedLinear linear => weight == linear.Weight,
        Similarity similarity => weight == similarity.Vectors,
        SparsityLogits => false,
        CombineConstants constants => weight == constants.Mix,
        _ => weight.Kind == WeightKind.Matrix || (weight.Kind == WeightKind.Embedding && op is Linear),
    };

    private Cost Plus(Cost other, int times) => checked(new Cost(
        TotalParameters + (other.TotalParameters * times),
        ActiveParameters + (other.ActiveParameters * times),
        FlopsPerToken + (other.FlopsPerToken * times),
        CacheElementsPerToken + (other.CacheElementsPerToken * times),
        MinActiveParameters + (other.MinActiveParameters * times),
        MinFlopsPerToken + (other.MinFlopsPerToken * times)));

    /// <summary>Parameters that were counted already.</summary>
    private Cost Less(IEnumerable<Weight> weights)
    {
        long parameters = weights.Sum(weight => weight.Parameters);
        return this with
        {
            TotalParameters = TotalParameters - parameters,
            ActiveParameters = ActiveParameters - parameters,
            MinActiveParameters = MinActiveParameters - parameters,
        };
    }
}
