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
        if (architecture.Standalone is { } residual)
            return BuildLayer(architecture, residual);

        var embedding = new Weight("Embedding", WeightKind.Embedding, architecture.VocabularySize, architecture.HiddenSize);
        ImmutableArray<Value> carried = CarriedState.Of(architecture);
        return new ModelGraph(
            BuildEmbedding(architecture, embedding),
            architecture.Blocks.Select(block => BuildBlock(architecture, block, carried)).ToImmutableArray(),
            BuildHead(architecture, embedding),
            carried);
    }

    // A feed-forward block alone: no embedding, no attention, no head.
    private static ModelGraph BuildLayer(MoeArchitecture architecture, LayerResidual residual)
    {
        BlockArchitecture block = architecture.Blocks[0];
        ImmutableArray<Value> carried = CarriedState.Of(architecture);
        var graph = new GraphWriter(block.Name);
        Value hidden = graph.Input(new Value("hidden", architecture.HiddenSize));
        var state = new CarriedState(graph, carried);
        Value input = residual == LayerResidual.PreNorm ? graph.Norm("feedForwardInput", hidden, block.FeedForwardNorm, "FeedForwardNorm") : hidden;
        Value output = BuildFeedForward(graph, input, block, architecture.HiddenSize, state);
        if (residual != LayerResidual.None && block.Momentum is not { CancelsResidual: true })
            output = graph.Sum("joined", hidden, output);
        if (residual == LayerResidual.PostNorm)
            output = graph.Norm("output", output, block.FeedForwardNorm, "FeedForwardNorm");
        return new ModelGraph(
            new GraphWriter("Embedding").Finish(),
            ImmutableArray.Create(graph.Finish(state.Outputs.Prepend(output).ToArray())),
            new GraphWriter("Head").Finish(),
            carried);
    }

    private static Value BuildFeedForward(GraphWriter graph, Value input, BlockArchitecture block, int hiddenSize, CarriedState state)
    {
        graph.Role = TensorRole.FeedForward;
        Value answer = block.FeedForward switch
        {
            DenseFeedForward dense => FeedForwardGraph.Dense(graph, "", input, dense.Shape, hiddenSize),
            _ => FeedForwardGraph.Experts(graph, input, (ExpertFeedForward)block.FeedForward, hiddenSize, state),
        };
        return block.Momentum is { } momentum ? MomentumGraph.Build(graph, answer, momentum, state) : answer;
    }

    private static Graph BuildEmbedding(MoeArchitecture architecture, Weight table)
    {
        var graph = new GraphWriter("Embedding");
        Value ids = graph.Input(new Value("ids", 1, 1, ElementKind.Index));
        Value hidden = graph.New("hidden", architecture.HiddenSize);
        if (architecture.EmbeddingScale == 1)
        {
            graph.Add(new Embed(ids, hidden, table));
        }
        else
        {
            Value embedded = graph.New("embedded", architecture.HiddenSize);
            graph.Add(new Embed(ids, embedded, table));
            graph.Add(new Scale(embedded, hidden, architecture.EmbeddingScale));
        }

        // One router for all layers looks at the embedding, once.
        ExpertFeedForward? routed = architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>()
            .FirstOrDefault(part => part.Router.Input is EmbeddingInput);
        if (routed is null)
            return graph.Finish(hidden);

        graph.Role = TensorRole.Router;
        RouterGraph.Choice choice = RouterGraph.Build(graph, hidden, routed, null);
        return graph.Finish(hidden, choice.Chosen, choice.Weights);
    }

    private static Graph BuildHead(MoeArchitecture architecture, Weight embedding)
    {
        var graph = new GraphWriter("Head") { Role = architecture.TiedHead ? TensorRole.Embedding : TensorRole.Head };
        Value hidden = graph.Input(new Value("hidden", architecture.HiddenSize));
        Value normed = graph.Norm("normed", hidden, architecture.FinalNorm, "FinalNorm");
        Weight weight = architecture.TiedHead
            ? embedding
            : new Weight("Head", WeightKind.Matrix, architecture.VocabularySize, architecture.HiddenSize);
        Weight? bias = architecture.HeadBias ? new Weight("HeadBias", WeightKind.Bias, architecture.VocabularySize) : null;
        Value logits = graph.New("logits", architecture.VocabularySize);
        if (architecture.LogitDivisor == 1)
        {
            graph.Add(new Linear(normed, logits, weight, bias));
            return graph.Finish(logits);
        }

        Value undivided = graph.New("undivided", architecture.VocabularySize);
        graph.Add(new Linear(normed, undivided, weight, bias));
        graph.Add(new Scale(undivided, logits, 1 / architecture.LogitDivisor));
        return graph.Finish(logits);
    }

    private static Graph BuildBlock(MoeArchitecture architecture, BlockArchitecture block, ImmutableArray<Value> carried)
    {
        var graph = new GraphWriter(block.Name);
        Value hidden = graph.Input(new Value("hidden", architecture.HiddenSize));
        var state = new CarriedState(graph, carried);

        graph.Role = TensorRole.Attention;
        Value attentionInput = graph.Norm("attentionInput", hidden, block.AttentionNorm, "AttentionNorm");
        Value attention = AttentionGraph.Build(graph, attentionInput, block.Attention, architecture.HiddenSize, architecture.LayerCount);
        ResidualArchitecture? residual = block.Residual;
        Value attended = Join(
            graph, "attended", residual is { FromNorm: true } ? attentionInput : hidden, attention, residual?.AttentionAlpha ?? 1, residual?.AttentionBeta ?? 1);

        Value feedForwardInput = graph.Norm("feedForwardInput", block.IsParallel ? hidden : attended, block.FeedForwardNorm, "FeedForwardNorm");
        Value step = BuildFeedForward(graph, feedForwardInput, block, architecture.HiddenSize, state);
        Value output = block.Momentum is { CancelsResidual: true }
            ? step
            : Join(graph, "output", residual is { FromNorm: true } ? feedForwardInput : attended, step, residual?.FeedForwardAlpha ?? 1, residual?.FeedForwardBeta ?? 1);
        return graph.Finish(state.Outputs.Prepend(output).ToArray());
    }

    /// <summary>The residual connection: alpha · residual + beta · answer, and a plain sum where both are 1.</summary>
    private static Value Join(GraphWriter graph, string name, Value residual, Value answer, double alpha, double beta)
    {
        Value sum = graph.New(name, residual.Width);
        graph.Add(alpha == 1 && beta == 1 ? new Add(residual, answer, sum) : new AddScaled(residual, answer, sum, alpha, beta));
        return sum;
    }
}
