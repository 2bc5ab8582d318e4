using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;

namespace Moe.Conformance.Tests.Golden;

/// <summary>A run against everything that the original implementation's file holds.</summary>
internal static class GoldenComparison
{
    /// <summary>Compares an interpreter's run; says the largest differences.</summary>
    public static string Check(GoldenCase golden, Trace trace) => Check(
        golden,
        trace.Hidden.Count - 1,
        token => trace.Logits[token],
        token => trace.FinalNorm[token],
        (layer, token) => trace.Hidden[layer][token],
        (layer, token) => trace.Decisions.GetValueOrDefault((layer, token)));

    /// <summary>Compares an emitted model's run; says the largest differences.</summary>
    public static string Check(GoldenCase golden, Recording recording) => Check(
        golden,
        recording.Hidden.Keys.Max(at => at.Layer),
        token => Widen(recording.Logits[token]),
        token => Widen(recording.FinalNorm[token]),
        (layer, token) => Widen(recording.Hidden[(layer, token)]),
        (layer, token) => recording.Chosen.TryGetValue((layer, token), out int[]? chosen)
            ? new Decision { Logits = Widen(recording.RouterLogits[(layer, token)]), Chosen = chosen, Weights = Widen(recording.Weights[(layer, token)]) }
            : null);

    private static string Check(
        GoldenCase golden,
        int layers,
        Func<int, double[]> logits,
        Func<int, double[]> finalNorm,
        Func<int, int, double[]> hidden,
        Func<int, int, Decision?> decision)
    {
        List<string> seen = [Seen("logits", GoldenTolerance.Check("logits", golden.Rows("logits")!, logits, GoldenTolerance.Logits))];
        if (golden.Rows("final_norm") is { } normed)
            seen.Add(Seen("final norm", GoldenTolerance.Check("final_norm", normed, finalNorm, GoldenTolerance.Hidden)));

        Assert.NotNull(golden.Rows("hidden_states.0"));
        for (int layer = 0; layer <= layers; layer++)
        {
            int here = layer;
            if (golden.Rows($"hidden_states.{layer}") is { } rows)
                seen.Add(Seen($"hidden {layer}", GoldenTolerance.Check($"hidden_states.{layer}", rows, token => hidden(here, token), GoldenTolerance.Hidden)));
        }

        for (int layer = 0; layer < layers; layer++)
        {
            int here = layer;
            seen.AddRange(CheckRouting(golden, layer, token => decision(here, token)));
        }

        return string.Join(", ", seen);
    }

    private static IEnumerable<string> CheckRouting(GoldenCase golden, int layer, Func<int, Decision?> decision)
    {
        double[][]? logits = golden.Rows($"router_logits.{layer}");
        Assert.Equal(logits is null, decision(0) is null);
        if (logits is null)
            yield break;

        yield return Seen($"router {layer}", GoldenTolerance.Check($"router_logits.{layer}", logits, token => decision(token)!.Logits, GoldenTolerance.Routing));
        if (golden.SelectedExperts(layer) is not { } selected)
            yield break;

        for (int token = 0; token < golden.Tokens; token++)
            Assert.Equal(selected[token], decision(token)!.Chosen.Order());

        // The file has the weights in rising order of expert number.
        double[][] weights = golden.Rows($"routing_weights.{layer}")!;
        yield return Seen($"weights {layer}", GoldenTolerance.Check($"routing_weights.{layer}", weights, token => ByExpert(decision(token)!), GoldenTolerance.Routing));
    }

    private static double[] ByExpert(Decision decision)
    {
        var weights = (double[])decision.Weights.Clone();
        Array.Sort((int[])decision.Chosen.Clone(), weights);
        return weights;
    }

    private static double[] Widen(float[] row) => Array.ConvertAll(row, element => (double)element);

    private static string Seen(string what, double largest) => $"{what} {largest:0.0e0}";
}
