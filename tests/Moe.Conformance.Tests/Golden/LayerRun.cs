using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Golden;

/// <summary>Runs a stack of layers of one declaration through the interpreter, what flows between layers handed on.</summary>
internal static class LayerRun
{
    /// <summary>Output of the last layer; the trace holds each layer's decisions.</summary>
    public static double[][] Interpret(
        ModelGraph graph, double[][] input, IReadOnlyList<TokenPlace> tokens, int layers, WeightSource weights, Trace trace, RequestSettings? settings = null, int[]? ids = null)
    {
        Graph block = graph.Blocks.Single();
        RequestSettings requests = settings ?? RequestSettings.None;
        double[][] hidden = input;
        Dictionary<string, double[][]> carried = graph.Carried.ToDictionary(value => value.Name, value => tokens.Select(_ => new double[value.Width]).ToArray());
        for (int layer = 0; layer < layers; layer++)
        {
            GraphRun run = new GraphRun(tokens, layer, weights, trace) { Requests = requests }
                .With(block.Inputs[0], hidden)
                .WithIndices(StepValues.TokenIds, [.. (ids ?? []).Select(id => new[] { id })])
                .WithIndices(StepValues.Tags, [.. tokens.Select(token => new[] { requests.Tags.GetValueOrDefault(token.Sequence) })]);
            foreach (Value value in graph.Carried)
                run.With(value, carried[value.Name]);
            run.Run(block.Ops).Show(block.Taps);
            hidden = run[block.Outputs[0]];
            for (int i = 0; i < graph.Carried.Length; i++)
                carried[graph.Carried[i].Name] = run[block.Outputs[i + 1]];
        }

        return hidden;
    }

    /// <summary>Tokens of equally long sequences.</summary>
    public static TokenPlace[] Places(int tokens, int perSequence) =>
        [.. Enumerable.Range(0, tokens).Select(token => new TokenPlace(token / perSequence, token % perSequence))];
}
