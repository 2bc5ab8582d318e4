using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;
using Moe.Runtime.Checkpoints;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Golden;

/// <summary>
/// config.json → declaration → architecture → graph → interpreter, against the original implementations: what the
/// interpreter says is what the models mean.
/// </summary>
public class InterpreterGoldenTests(ITestOutputHelper output)
{
    /// <summary>Every checkpoint with expected outputs.</summary>
    public static TheoryData<string> Folders => GoldenCase.Folders();

    [Theory]
    [MemberData(nameof(Folders))]
    public void Interpreter_OnACheckpoint_AgreesWithTheOriginal(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using CheckpointTensors tensors = CheckpointTensors.Open(folder);
        GraphInterpreter interpreter = Interpreter(golden, tensors, out MoeArchitecture architecture);
        Trace trace = interpreter.Run(golden.Sequences);

        List<string> seen = [$"logits {GoldenTolerance.Check("logits", golden.Rows("logits")!, token => trace.Logits[token], GoldenTolerance.Logits):0.0e0}"];
        if (golden.Rows("final_norm") is { } finalNorm)
            seen.Add($"final norm {GoldenTolerance.Check("final_norm", finalNorm, token => trace.FinalNorm[token], GoldenTolerance.Hidden):0.0e0}");

        Assert.NotNull(golden.Rows("hidden_states.0"));
        for (int layer = 0; layer <= architecture.LayerCount; layer++)
        {
            if (golden.Rows($"hidden_states.{layer}") is { } hidden)
                seen.Add($"hidden {layer} {GoldenTolerance.Check($"hidden_states.{layer}", hidden, token => trace.Hidden[layer][token], GoldenTolerance.Hidden):0.0e0}");
        }

        for (int layer = 0; layer < architecture.LayerCount; layer++)
            seen.AddRange(CheckRouting(golden, trace, layer));

        output.WriteLine($"{golden.Name}: {string.Join(", ", seen)}; smallest gap {trace.Decisions.Values.Select(decision => decision.Gap).DefaultIfEmpty().Min():0.0e0}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Interpreter_DecodingGreedily_AppendsTheOriginalsTokens(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using CheckpointTensors tensors = CheckpointTensors.Open(folder);
        GraphInterpreter interpreter = Interpreter(golden, tensors, out _);
        Assert.Equal(golden.GreedyIds, interpreter.Greedy(golden.GreedyPrompt, golden.GreedyIds.Length));
    }

    // Through the passes: PassTests show that they change nothing, and this is the graph that emitters see.
    private static GraphInterpreter Interpreter(GoldenCase golden, CheckpointTensors tensors, out MoeArchitecture architecture)
    {
        CSharpCompilation compilation = DeclarationCompilation.Of([golden.Declaration.File("Golden")]);
        architecture = DeclarationCompilation.Architecture(compilation, "Golden." + golden.ClassName);
        ModelGraph graph = PassList.Run(GraphBuilder.Build(architecture));
        return new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture.Layout));
    }

    private static IEnumerable<string> CheckRouting(GoldenCase golden, Trace trace, int layer)
    {
        double[][]? logits = golden.Rows($"router_logits.{layer}");
        Assert.Equal(logits is null, !trace.Decisions.ContainsKey((layer, 0)));
        if (logits is not null)
            yield return $"router {layer} {GoldenTolerance.Check($"router_logits.{layer}", logits, token => trace.Decisions[(layer, token)].Logits, GoldenTolerance.Routing):0.0e0}";
        if (golden.SelectedExperts(layer) is not { } selected)
            yield break;

        for (int token = 0; token < golden.Tokens; token++)
            Assert.Equal(selected[token], trace.Decisions[(layer, token)].Chosen.Order());

        // The file has the weights in rising order of expert number.
        double found = GoldenTolerance.Check(
            $"routing_weights.{layer}",
            golden.Rows($"routing_weights.{layer}")!,
            token => ByExpert(trace.Decisions[(layer, token)]),
            GoldenTolerance.Routing);
        yield return $"weights {layer} {found:0.0e0}";
    }

    private static double[] ByExpert(Decision decision)
    {
        var weights = (double[])decision.Weights.Clone();
        System.Array.Sort((int[])decision.Chosen.Clone(), weights);
        return weights;
    }
}
