using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Attention experts (mixture of attention heads) as operations.</summary>
internal static class AttentionExpertGraph
{
    /// <summary>Name of the choice: apart from that of the block's feed-forward router.</summary>
    public const string Chosen = "attentionChosen";

    /// <summary>From the normalised hidden state to what is added to the residual stream. Observers are not shown this router.</summary>
    public static Value Build(GraphWriter graph, Value input, AttentionExperts attention, int hiddenSize)
    {
        int width = attention.KeyValueHeads * attention.HeadSize;
        int topK = attention.TopK;
        graph.Role = TensorRole.Router;
        Value logits = graph.Linear("attentionLogits", input, "AttentionRouter", attention.Count, false);
        graph.Role = TensorRole.Attention;
        Value chosen = graph.Then(new SelectTopK(logits, graph.New(Chosen, topK, 1, ElementKind.Index), topK, IsFixed: true));
        Value chosenLogits = graph.Then(new Gather(logits, chosen, graph.New("attentionChosenLogits", topK)));
        Value weights = graph.Then(new SoftmaxOfChosen(chosenLogits, chosen, graph.New("attentionShares", topK)));

        Value queries = graph.Then(new ExpertLinear(
            input, chosen, graph.New("expertQueries", width, topK), new Weight("AttentionExpertQuery", WeightKind.Matrix, width, hiddenSize, attention.Count), null));
        Value query = graph.Then(new SlotsToHeads(
            queries, chosen, graph.New("query", attention.Heads * attention.HeadSize), attention.KeyValueHeads, attention.HeadSize));
        Value key = graph.Linear("key", input, "Key", width, false);
        Value value = graph.Linear("value", input, "Value", width, false);
        if (attention.Rotary is { } rotary)
        {
            query = AttentionGraph.Turn(graph, "queryTurned", query, attention.HeadSize, 0, rotary);
            key = AttentionGraph.Turn(graph, "keyTurned", key, attention.HeadSize, 0, rotary);
        }

        Value heads = graph.New("heads", query.Width);
        graph.Add(new Attend(query, key, value, heads, attention.Heads, attention.KeyValueHeads, attention.HeadSize, attention.Scale));
        Value expertHeads = graph.Then(new HeadsToSlots(
            heads, chosen, graph.New("expertHeads", width, topK), attention.KeyValueHeads, attention.HeadSize));
        Value answers = graph.Then(new ExpertLinear(
            expertHeads, chosen, graph.New("attentionAnswers", hiddenSize, topK), new Weight("AttentionExpertOutput", WeightKind.Matrix, hiddenSize, width, attention.Count), null));
        Value sum = graph.Then(new Combine(
            answers, chosen, weights, graph.New(attention.OutputBias ? "attentionSum" : "attention", hiddenSize), 0, attention.Count));
        return attention.OutputBias
            ? graph.Then(new AddBias(sum, graph.New("attention", hiddenSize), new Weight("AttentionExpertOutputBias", WeightKind.Bias, hiddenSize)))
            : sum;
    }
}
