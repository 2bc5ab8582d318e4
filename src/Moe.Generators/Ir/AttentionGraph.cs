using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>The attention part of a block as operations.</summary>
internal static class AttentionGraph
{
    /// <summary>Name of the choice of heads that choose their tokens.</summary>
    public const string ChosenHeadsName = "chosenHeads";

    /// <summary>From the normalised hidden state to what is added to the residual stream.</summary>
    public static Value Build(GraphWriter graph, Value input, AttentionArchitecture attention, int hiddenSize, int layers) => attention switch
    {
        LinearAttention linear => Linear(graph, input, linear, hiddenSize, layers),
        MultiHeadAttention multiHead => MultiHead(graph, input, multiHead, hiddenSize),
        AttentionExperts experts => AttentionExpertGraph.Build(graph, input, experts, hiddenSize),
        _ => Latent(graph, input, (LatentAttention)attention, hiddenSize),
    };

    private static Value MultiHead(GraphWriter graph, Value input, MultiHeadAttention attention, int hiddenSize)
    {
        int size = attention.HeadSize;
        Value query = graph.Linear("query", input, "Query", attention.Heads * size, attention.QueryBias);
        Value key = graph.Linear("key", input, "Key", attention.KeyValueHeads * size, attention.KeyBias);
        Value value = graph.Linear("value", input, "Value", attention.KeyValueHeads * size, attention.ValueBias);

        if (attention.QueryKeyNormPlace == NormPlace.BeforeRotary)
            (query, key) = QueryKeyNorm(graph, query, key, attention);

        if (attention.Clip is { } limit)
        {
            query = Limit(graph, "queryClipped", query, limit);
            key = Limit(graph, "keyClipped", key, limit);
            value = Limit(graph, "valueClipped", value, limit);
        }

        if (attention.Rotary is { } rotary)
        {
            query = Turn(graph, "queryTurned", query, size, 0, rotary);
            key = Turn(graph, "keyTurned", key, size, 0, rotary);
        }

        if (attention.QueryKeyNormPlace == NormPlace.AfterRotary)
            (query, key) = QueryKeyNorm(graph, query, key, attention);

        if (attention.Temperature is { } temperature)
        {
            Value tempered = graph.New("queryTempered", query.Width);
            graph.Add(new Temper(query, tempered, temperature.Floor, temperature.Scale));
            query = tempered;
        }

        Value heads = graph.New("heads", attention.Heads * size);
        Weight? sinks = attention.HasSinks ? new Weight("Sinks", WeightKind.Bias, attention.Heads) : null;
        graph.Add(new Attend(
            query, key, value, heads, attention.Heads, attention.KeyValueHeads, size, attention.Scale, attention.Reach, sinks, ChosenHeads(graph, input, attention)));
        return graph.Linear("attention", heads, "Output", hiddenSize, attention.OutputBias);
    }

    // Which heads take which tokens, or null where all take all.
    private static Value? ChosenHeads(GraphWriter graph, Value input, MultiHeadAttention attention)
    {
        if (attention.HeadFraction is not { } fraction)
            return null;
        Value logits = graph.Linear("headLogits", input, "HeadRouter", attention.Heads, false);
        Value shares = graph.Then(new Score(logits, graph.New("headShares", attention.Heads), RouterScore.Softmax));
        return graph.Then(new SelectByExperts(
            shares, graph.New(ChosenHeadsName, attention.Heads, 1, ElementKind.Index), fraction, TokenGroup.Sequence));
    }

    private static Value Linear(GraphWriter graph, Value input, LinearAttention attention, int hiddenSize, int layers)
    {
        int width = attention.Heads * attention.HeadSize;
        Value projected = graph.Linear("queryKeyValue", input, "QueryKeyValue", 3 * width, false);
        Value activated = graph.New("queryKeyValueActivated", 3 * width);
        graph.Add(new Activate(projected, activated, attention.Activation));
        Value heads = graph.New("heads", width);
        graph.Add(new AttendDecaying(activated, heads, attention.Heads, attention.HeadSize, layers));
        Value normed = HeadNorm(graph, "headsNormed", heads, width, attention.NormEpsilon, "HeadsNorm");
        Value gate = graph.Linear("outputGate", input, "OutputGate", width, false);
        Value gated = graph.New("headsGated", width);
        graph.Add(new SigmoidGate(normed, gate, gated));
        return graph.Linear("attention", gated, "Output", hiddenSize, false);
    }

    private static Value Latent(GraphWriter graph, Value input, LatentAttention attention, int hiddenSize)
    {
        int size = attention.HeadSize + attention.RotarySize;
        Value query;
        if (attention.QueryRank > 0)
        {
            Value down = graph.Linear("queryDown", input, "QueryDown", attention.QueryRank, attention.QueryBias);
            Value normed = HeadNorm(graph, "queryLatent", down, attention.QueryRank, attention.NormEpsilon, "QueryDownNorm");
            query = graph.Linear("query", normed, "QueryUp", attention.Heads * size, false);
        }
        else
        {
            query = graph.Linear("query", input, "Query", attention.Heads * size, attention.QueryBias);
        }

        Value compressed = graph.Linear(
            "compressed", input, "KeyValueDown", attention.KeyValueRank + attention.RotarySize, attention.KeyValueBias);
        Value latentRaw = graph.New("latentRaw", attention.KeyValueRank);
        graph.Add(new Slice(compressed, latentRaw, 0));
        Value latent = HeadNorm(graph, "latent", latentRaw, attention.KeyValueRank, attention.NormEpsilon, "KeyValueNorm");
        Value rotaryKey = graph.New("rotaryKey", attention.RotarySize);
        graph.Add(new Slice(compressed, rotaryKey, attention.KeyValueRank));

        if (attention.Rotary is { } rotary)
        {
            query = Turn(graph, "queryTurned", query, size, attention.HeadSize, rotary);
            rotaryKey = Turn(graph, "rotaryKeyTurned", rotaryKey, attention.RotarySize, 0, rotary);
        }

        int upRows = attention.Heads * (attention.HeadSize + attention.ValueHeadSize);
        Value heads = graph.New("heads", attention.Heads * attention.ValueHeadSize);
        graph.Add(new AttendLatent(
            query,
            latent,
            rotaryKey,
            heads,
            new Weight("KeyValueUp", WeightKind.Matrix, upRows, attention.KeyValueRank),
            attention.Heads,
            attention.HeadSize,
            attention.RotarySize,
            attention.ValueHeadSize,
            attention.KeyValueRank,
            attention.Scale));
        return graph.Linear("attention", heads, "Output", hiddenSize, attention.OutputBias);
    }

    private static (Value Query, Value Key) QueryKeyNorm(GraphWriter graph, Value query, Value key, MultiHeadAttention attention)
    {
        if (attention.QueryKeyNormEpsilon is not { } epsilon)
            return (query, key);

        bool isWhole = attention.QueryKeyNormSpan == NormSpan.Projection;
        bool hasWeight = attention.QueryKeyNormWeight;
        return (
            HeadNorm(graph, "queryNormed", query, isWhole ? query.Width : attention.HeadSize, epsilon, hasWeight ? "QueryNorm" : null),
            HeadNorm(graph, "keyNormed", key, isWhole ? key.Width : attention.HeadSize, epsilon, hasWeight ? "KeyNorm" : null));
    }

    private static Value Limit(GraphWriter graph, string name, Value input, double limit)
    {
        Value output = graph.New(name, input.Width);
        graph.Add(new Clip(input, output, limit));
        return output;
    }

    private static Value HeadNorm(GraphWriter graph, string name, Value input, int size, double epsilon, string? role)
    {
        Value output = graph.New(name, input.Width);
        graph.Add(new Norm(input, output, NormKind.Rms, size, epsilon, role is null ? null : new Weight(role, WeightKind.Norm, size), null));
        return output;
    }

    /// <summary>Every head turned by its position.</summary>
    internal static Value Turn(GraphWriter graph, string name, Value input, int headSize, int offset, RotaryArchitecture rotary)
    {
        Value output = graph.New(name, input.Width);
        graph.Add(new Rotate(input, output, headSize, offset, rotary.Size, rotary.Base, rotary.Layout, rotary.Scaling));
        return output;
    }
}
