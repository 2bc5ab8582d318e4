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
    public Trace Run(
        IReadOnlyList<int[]> sequences,
        InterpretedLogits logits = InterpretedLogits.All,
        IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null)
    {
        TokenPlace[] tokens = sequences.SelectMany((ids, sequence) => ids.Select((_, position) => new TokenPlace(sequence, position))).ToArray();
        int[][] idRows = sequences.SelectMany(ids => ids.Select(id => new[] { id })).ToArray();
        var trace = new Trace();

        double[][] hidden = new GraphRun(tokens, -1, weights, trace)
            .WithIndices(graph.Embedding.Inputs.Single(), idRows)
            .Run(graph.Embedding.Ops)[graph.Embedding.Outputs.Single()];
        trace.Hidden.Add(hidden);

        foreach (LayerRange range in architecture.Layers)
        {
            Graph block = graph.Blocks[range.Block];
            for (int layer = range.First; layer < range.First + range.Count; layer++)
            {
                hidden = new GraphRun(tokens, layer, weights, trace, forced)
                    .With(block.Inputs.Single(), hidden)
                    .Run(block.Ops)[block.Outputs.Single()];
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
