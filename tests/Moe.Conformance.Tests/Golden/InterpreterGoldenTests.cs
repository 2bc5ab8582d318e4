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
        GraphInterpreter interpreter = Interpreter(golden, tensors);
        Trace trace = interpreter.Run(golden.Sequences);
        string seen = GoldenComparison.Check(golden, trace);
        output.WriteLine($"{golden.Name}: {seen}; smallest gap {trace.Decisions.Values.Select(decision => decision.Gap).DefaultIfEmpty(double.PositiveInfinity).Min():0.0e0}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Interpreter_DecodingGreedily_AppendsTheOriginalsTokens(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using CheckpointTensors tensors = CheckpointTensors.Open(folder);
        GraphInterpreter interpreter = Interpreter(golden, tensors);
        Assert.Equal(golden.GreedyIds, interpreter.Greedy(golden.GreedyPrompt, golden.GreedyIds.Length));
    }

    // Through the passes: PassTests show that they change nothing, and this is the graph that emitters see.
    private static GraphInterpreter Interpreter(GoldenCase golden, CheckpointTensors tensors)
    {
        CSharpCompilation compilation = DeclarationCompilation.Of([golden.Declaration.File("Golden")]);
        MoeArchitecture architecture = DeclarationCompilation.Architecture(compilation, "Golden." + golden.ClassName);
        ModelGraph graph = PassList.Run(GraphBuilder.Build(architecture));
        return new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture, graph));
    }
}
