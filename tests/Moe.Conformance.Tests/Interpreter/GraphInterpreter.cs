using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Which tokens' logits are computed.</summary>
internal enum InterpretedLogits
{
    /// <summary>Every token's.</summary>
    All,

    /// <summary>Each sequence's last token's; the others' rows are empty.</summary>
    Last,
}

/// <summary>Runs whole models, each sequence from its beginning.</summary>
/// <param name="architecture">Says which block each layer is.</param>
/// <param name="graph">Its graphs, before or after passes.</param>
/// <param name="weights">Where learned tensors come from.</param>
internal sealed class GraphInterpreter(MoeArchitecture architecture, ModelGraph graph, WeightSource weights)
{
    /// <summary>Runs all tokens of all sequences.</summary>
    /// <param name="sequences">Token ids.</param>
    /// <param name="logits">Which tokens' logits are computed.</param>
    /// <param name="forced">Choices that replace a router's own, by layer and token.</param>
    /// <param name="settings">What requests bring.</param>
    public Trace Run(
        IReadOnlyList<int[]> sequences,
        InterpretedLogits logits = InterpretedLogits.All,
        IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null,
        RequestSettings? settings = null)
    {
        TokenPlace[] tokens = sequences.SelectMany((ids, sequence) => ids.Select((_, position) => new TokenPlace(sequence, position))).ToArray();
        int[][] idRows = sequences.SelectMany(ids => ids.Select(id => new[] { id })).ToArray();
        RequestSettings requests = settings ?? RequestSettings.None;
        int[][] tagRows = [.. tokens.Select(token => new[] { requests.Tags.GetValueOrDefault(token.Sequence) })];
        var trace = new Trace();

        GraphRun embedded = new GraphRun(tokens, -1, weights, trace, forced) { Requests = requests }
            .WithIndices(StepValues.TokenIds, idRows)
            .WithIndices(graph.Embedding.Inputs[0], idRows)
            .WithIndices(StepValues.Tags, tagRows)
            .Run(graph.Embedding.Ops);
        double[][] hidden = embedded[graph.Embedding.Outputs[0]];
        trace.Hidden.Add(hidden);
        if (graph.Embedding.Taps.IsEmpty)
            trace.Decisions.Clear();
        else
            embedded.Show(graph.Embedding.Taps);

        // What flows between layers starts as zeros, or as the embedding's graph left it.
        var carried = new Dictionary<string, double[][]>();
        var carriedIndices = new Dictionary<string, int[][]>();
        int fromEmbedding = 1;
        foreach (Value value in graph.Carried)
        {
            bool isGiven = value.Name is "modelChosen" or "modelWeights";
            if (value.Kind == ElementKind.Index)
                carriedIndices[value.Name] = embedded.Indices(graph.Embedding.Outputs[fromEmbedding++]);
            else
                carried[value.Name] = isGiven ? embedded[graph.Embedding.Outputs[fromEmbedding++]] : [.. tokens.Select(_ => new double[value.Width])];
        }

        foreach (LayerRange range in architecture.Layers)
        {
            Graph block = graph.Blocks[range.Block];
            for (int layer = range.First; layer < range.First + range.Count; layer++)
            {
                GraphRun run = new GraphRun(tokens, layer, weights, trace, forced) { Requests = requests }
                    .WithIndices(StepValues.TokenIds, idRows)
                    .WithIndices(StepValues.Tags, tagRows)
                    .With(block.Inputs[0], hidden);
                foreach (Value value in graph.Carried)
                {
                    if (value.Kind == ElementKind.Index)
                        run.WithIndices(value, carriedIndices[value.Name]);
                    else
                        run.With(value, carried[value.Name]);
                }

                run.Run(block.Ops).Show(block.Taps);
                hidden = run[block.Outputs[0]];
                for (int i = 0; i < graph.Carried.Length; i++)
                {
                    if (graph.Carried[i].Kind != ElementKind.Index)
                        carried[graph.Carried[i].Name] = run[block.Outputs[i + 1]];
                }

                trace.Hidden.Add(hidden);
            }
        }

        RunHead(tokens, hidden, trace, token => logits == InterpretedLogits.All
            || token == tokens.Length - 1 || tokens[token + 1].Sequence != tokens[token].Sequence);
        return trace;
    }

    /// <summary>The tokens that greedy decoding appends; ties go to the lowest id.</summary>
    public int[] Greedy(int[] prompt, int count)
    {
        var ids = new List<int>(prompt);
        for (int step = 0; step < count; step++)
        {
            double[] logits = Run([ids.ToArray()], InterpretedLogits.Last).Logits[^1];
            ids.Add(Array.IndexOf(logits, logits.Max()));
        }

        return ids.Skip(prompt.Length).ToArray();
    }

    private void RunHead(TokenPlace[] tokens, double[][] hidden, Trace trace, Func<int, bool> isAsked)
    {
        Value output = graph.Head.Outputs.Single();
        Value normed = Plain(graph.Head.Ops).OfType<Norm>().Single().Output;
        trace.FinalNorm = new double[tokens.Length][];
        trace.Logits = new double[tokens.Length][];
        for (int token = 0; token < tokens.Length; token++)
        {
            trace.FinalNorm[token] = [];
            trace.Logits[token] = [];
            if (!isAsked(token))
                continue;
            GraphRun run = new GraphRun([tokens[token]], -1, weights, trace)
                .With(graph.Head.Inputs.Single(), [hidden[token]])
                .Run(graph.Head.Ops);
            trace.FinalNorm[token] = run[normed][0];
            trace.Logits[token] = run[output][0];
        }
    }

    private static IEnumerable<Op> Plain(IEnumerable<Op> ops) => ops.SelectMany(op => op is FusedOp fused ? fused.Parts : [op]);
}
