using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>An architecture → its graphs, unfused: one plain operation for each line of the equations.</summary>
internal static class GraphBuilder
{
    /// <summary>The graphs of a model.</summary>
    public static ModelGraph Build(MoeArchitecture architecture)
    {
        var embedding = new Weight("Embedding", WeightKind.Embedding, architecture.VocabularySize, architecture.HiddenSize);
        return new ModelGraph(
            BuildEmbedding(architecture, embedding),
            architecture.Blocks.Select(block => BuildBlock(architecture, block)).ToImmutableArray(),
            BuildHead(architecture, embedding));
    }

    private static Graph BuildEmbedding(MoeArchitecture architecture, Weight table)
    {
        var graph = new GraphWriter("Embedding");
        Value ids = graph.Input(new Value("ids", 1, 1, ElementKind.Index));
        Value hidden = graph.New("hidden", architecture.HiddenSize);
        graph.Add(new Embed(ids, hidden, table));
        return graph.Finish(hidden);
    }

    private static Graph BuildHead(MoeArchitecture architecture, Weight embedding)
    {
        var graph = new GraphWriter("Head");
        Value hidden = graph.Input(new Value("hidden", architecture.HiddenSize));
        Value normed = graph.Norm("normed", hidden, architecture.FinalNorm, "FinalNorm");
        Weight weight = architecture.TiedHead
            ? embedding
            : new Weight("Head", WeightKind.Matrix, architecture.VocabularySize, architecture.HiddenSize);
        Value logits = graph.New("logits", architecture.VocabularySize);
        graph.Add(new Linear(normed, logits, weight, null));
        return graph.Finish(logits);
    }

    private static Graph BuildBlock(MoeArchitecture architecture, BlockArchitecture block)
    {
        var graph = new GraphWriter(block.Name);
        Value hidden = graph.Input(new Value("hidden", architecture.HiddenSize));

        Value attentionInput = graph.Norm("attentionInput", hidden, block.AttentionNorm, "AttentionNorm");
        Value attention = AttentionGraph.Build(graph, attentionInput, block.Attention, architecture.HiddenSize);
        Value attended = graph.New("attended", architecture.HiddenSize);
        graph.Add(new Add(hidden, attention, attended));

        Value feedForwardInput = graph.Norm("feedForwardInput", attended, block.FeedForwardNorm, "FeedForwardNorm");
        Value answer = block.FeedForward switch
        {
            DenseFeedForward dense => FeedForwardGraph.Dense(graph, "", feedForwardInput, dense.Shape, architecture.HiddenSize),
            _ => FeedForwardGraph.Experts(graph, feedForwardInput, (ExpertFeedForward)block.FeedForward, architecture.HiddenSize),
        };
        Value output = graph.New("output", architecture.HiddenSize);
        graph.Add(new Add(attended, answer, output));
        return graph.Finish(output);
    }
}
