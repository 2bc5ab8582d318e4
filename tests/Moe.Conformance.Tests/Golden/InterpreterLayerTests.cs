using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Conformance.Tests.Golden;

/// <summary>
/// The interpreter, in double precision, against float32 vectors of the original research codes: within 1e-5 of the
/// largest value of a tensor (at least 1), experts exactly.
/// </summary>
public class InterpreterLayerTests
{
    /// <summary>Every case beside the tests.</summary>
    public static TheoryData<string> Cases() => [.. LayerCase.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Interpreter_OnALayerOfTheLiterature_AgreesWithTheOriginal(string name)
    {
        LayerCase source = LayerCase.Read(name);
        LayerDeclaration declaration = LayerDeclarations.All[name];
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([declaration.Source]), "Golden.Layer");
        ModelGraph graph = GraphBuilder.Build(architecture);
        var fused = PassList.Run(graph);
        foreach (ModelGraph either in new[] { graph, fused })
        {
            var trace = new Trace();
            double[][] output = LayerRun.Interpret(
                either,
                source.Rows("x", LayerCase.HiddenSize),
                LayerRun.Places(24, LayerCase.TokensPerSequence),
                source.Layers,
                (layer, weight, expert) => Array.ConvertAll(declaration.Weights(source, layer, weight, expert), element => (double)element),
                trace);
            LayerComparison.Check(source, output, (layer, token) => trace.Decisions[(layer, token)]);
        }
    }
}

/// <summary>A layer's output and decisions against the original's.</summary>
internal static class LayerComparison
{
    private const double Tolerance = 1e-5;

    /// <summary>Compares output, router logits, choices and weights.</summary>
    public static void Check(LayerCase source, IReadOnlyList<double[]> output, Func<int, int, Decision> decisions)
    {
        Close("output", source.Rows("output", LayerCase.HiddenSize), output);
        for (int layer = 0; layer < source.Layers; layer++)
        {
            int at = layer;
            double[][] logits = source.Rows(source.NameIn("router_logits", layer), source[source.NameIn("router_logits", layer)].Length / 24);
            int slots = source.Integers(source.NameIn("selected_experts", layer)).Length / 24;
            int[][] chosen = [.. source.Integers(source.NameIn("selected_experts", layer)).Chunk(slots)];
            double[][] weights = source.Rows(source.NameIn("combine_weights", layer), slots);
            Close($"router logits of layer {layer}", logits, [.. Enumerable.Range(0, 24).Select(token => decisions(at, token).Logits)]);
            for (int token = 0; token < 24; token++)
            {
                Decision decision = decisions(layer, token);
                Assert.Equal(
                    chosen[token].Where((expert, slot) => expert >= 0 && weights[token][slot] != 0).Order(),
                    decision.Chosen.Where((expert, slot) => expert >= 0 && decision.Weights[slot] != 0).Order());
            }

            Close($"weights of layer {layer}", source.Rows(source.NameIn("combine_dense", layer), logits[0].Length),
                [.. Enumerable.Range(0, 24).Select(token => Dense(decisions(at, token), logits[0].Length))]);
        }
    }

    private static double[] Dense(Decision decision, int experts)
    {
        var dense = new double[experts];
        for (int slot = 0; slot < decision.Chosen.Length; slot++)
        {
            if (decision.Chosen[slot] >= 0)
                dense[decision.Chosen[slot]] = decision.Weights[slot];
        }

        return dense;
    }

    private static void Close(string what, IReadOnlyList<double[]> expected, IReadOnlyList<double[]> actual)
    {
        double limit = Tolerance * Math.Max(1, expected.Max(row => row.Max(Math.Abs)));
        GoldenTolerance.Check(what, expected, row => actual[row], limit);
    }
}
