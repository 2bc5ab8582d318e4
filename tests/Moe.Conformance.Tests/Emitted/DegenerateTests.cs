using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>Inputs where everything is at its edge: one token, one expert, one expert for all, experts that tie.</summary>
public class DegenerateTests
{
    private const string OneExpert = """
        using Moe;
        namespace Edge;

        [Block]
        [Attention(Heads = 1)]
        [Router(TopK = 1)]
        [RoutedExperts(1, IntermediateSize = 1)]
        public class ExpertBlock;

        [MoeModel(VocabularySize = 1, HiddenSize = 4, ContextLength = 1)]
        [Layers(1, typeof(ExpertBlock))]
        public partial class Model;
        """;

    private const string Routed = """
        using Moe;
        namespace Edge;

        [Block]
        [Attention(Heads = 3, HeadSize = 5, Position = PositionEncoding.None)]
        [Router(TopK = 2, SelectionBias = true, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(7, IntermediateSize = 19)]
        public class ExpertBlock;

        [MoeModel(VocabularySize = 11, HiddenSize = 13, ContextLength = 200)]
        [Layers(2, typeof(ExpertBlock))]
        public partial class Model;
        """;

    [Fact]
    public void EmittedCpu_OfOneTokenAndOneExpert_AgreesWithTheInterpreter()
    {
        (Trace expected, Recording actual) = Run(OneExpert, [[0]], (_, elements) => elements);
        Assert.Equal(0, Agreement.Check(expected, actual).Close);
        Assert.Equal([0], actual.Chosen[(0, 0)]);
        Assert.Equal([1f], actual.Weights[(0, 0)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(150)]
    public void EmittedCpu_WithAllTokensOnTheSameExperts_AgreesWithTheInterpreter(int tokens)
    {
        // Without positions, equal tokens of one sequence have equal hidden states; a selection bias of 9 settles whom they get.
        (Trace expected, Recording actual) = Run(Routed, [[.. Enumerable.Repeat(3, tokens)]], (name, elements) =>
            name.EndsWith("e_score_correction_bias", StringComparison.Ordinal) ? [0, 0, 9, 0, 0, 8, 0] : elements);
        Assert.Equal(0, Agreement.Check(expected, actual).Close);
        Assert.All(actual.Chosen.Values, chosen => Assert.Equal([2, 5], chosen));
    }

    [Fact]
    public void EmittedCpu_WithExpertsThatTie_ChoosesTheLowestIndices()
    {
        // A router of zeros: every score is 1/7, and the choice is left to emitted code.
        (Trace expected, Recording actual) = Run(Routed, [[1, 2, 3, 4, 5]], (name, elements) =>
            name.EndsWith("e_score_correction_bias", StringComparison.Ordinal) || name.EndsWith("mlp.gate.weight", StringComparison.Ordinal)
                ? new float[elements.Length]
                : elements);
        Assert.Equal(10, Agreement.Check(expected, actual).Close);
        Assert.All(actual.OwnChoice.Values, chosen => Assert.Equal([0, 1], chosen));
        Assert.All(actual.Weights.Values, weights => Assert.Equal([0.5f, 0.5f], weights));
    }

    private static (Trace Expected, Recording Actual) Run(string source, IReadOnlyList<int[]> sequences, Func<string, float[], float[]> change)
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([source]), "Edge.Model");
        ModelGraph graph = GraphBuilder.Build(architecture);
        string folder = Directory.CreateTempSubdirectory("moe-edge-").FullName;
        try
        {
            using (var random = new RandomTensors(5, CheckpointWeights.Required(architecture, graph)))
                SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), random, change);

            using CheckpointTensors tensors = CheckpointTensors.Open(folder);
            Trace expected = new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture, graph)).Run(sequences);
            using CompiledAssembly assembly = CompiledAssembly.Compile([source]);
            using ICompiledModel model = assembly.Model("Edge.Model").Load(folder);
            return (expected, EmittedRun.Run(model, sequences, EmittedRun.AtOnce));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
