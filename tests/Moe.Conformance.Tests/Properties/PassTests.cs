using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Conformance.Tests.Properties;

/// <summary>What a pass may do: nothing, as far as numbers go.</summary>
public class PassTests
{
    private const int Models = 60;

    // One model in some thousands divides 0 by 0 as its equations say (all weights of a token are 0, say); then little is compared.
    private const int MostWithoutNumbers = 2;

    [Fact]
    public void Graph_AfterEveryPass_GivesTheSameBits()
    {
        int withoutNumbers = 0;
        ModelGen.Model.Sample(model => withoutNumbers += AssertSameAfterEveryPass(model) ? 0 : 1, iter: Models, threads: 1);
        Assert.True(withoutNumbers <= MostWithoutNumbers, $"{withoutNumbers} of {Models} models gave NaN");
    }

    // Whether all logits were numbers.
    private static bool AssertSameAfterEveryPass(DrawnModel model)
    {
        ModelGraph graph = model.Graph;
        Trace expected = model.Interpret(graph);
        int changed = 0;
        foreach (Pass pass in PassList.Passes)
        {
            string before = GraphPrinter.Print(graph);
            graph = graph.Select(pass.Run);
            GraphVerifier.Verify(graph);
            if (GraphPrinter.Print(graph) == before)
                continue;
            changed++;
            AssertSame(pass.Name, expected, model.Interpret(graph));
        }

        // A block with linear attention, residual factors and an ungated network has one thing to fuse, and every block has one.
        Assert.True(changed >= 1, "no pass changed the graph");
        return !expected.Logits.Any(row => row.Any(double.IsNaN));
    }

    private static void AssertSame(string pass, Trace expected, Trace actual)
    {
        AssertSameRows(pass + ", logits", expected.Logits, actual.Logits);
        AssertSameRows(pass + ", final norm", expected.FinalNorm, actual.FinalNorm);
        Assert.Equal(expected.Hidden.Count, actual.Hidden.Count);
        for (int layer = 0; layer < expected.Hidden.Count; layer++)
            AssertSameRows($"{pass}, hidden {layer}", expected.Hidden[layer], actual.Hidden[layer]);

        Assert.Equal(expected.Decisions.Keys.Order(), actual.Decisions.Keys.Order());
        foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions)
        {
            Decision other = actual.Decisions[at];
            Assert.Equal(decision.Chosen, other.Chosen);
            AssertSameRows($"{pass}, router {at}", [decision.Logits, decision.Weights, [decision.Gap]], [other.Logits, other.Weights, [other.Gap]]);
        }
    }

    private static void AssertSameRows(string what, IReadOnlyList<double[]> expected, IReadOnlyList<double[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int row = 0; row < expected.Count; row++)
        {
            bool same = expected[row].AsSpan().SequenceEqual(actual[row]);
            Assert.True(same, $"{what}, row {row}: the numbers differ");
        }
    }
}
