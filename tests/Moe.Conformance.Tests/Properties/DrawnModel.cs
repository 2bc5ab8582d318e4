using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Declarations;
using Moe.Conformance.Tests.Functions;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Properties;

/// <summary>A random small model and what it is run on.</summary>
/// <param name="Architecture">The model.</param>
/// <param name="Seed">Of its weights.</param>
/// <param name="Sequences">Token ids of each sequence.</param>
internal sealed record DrawnModel(MoeArchitecture Architecture, ulong Seed, IReadOnlyList<int[]> Sequences)
{
    /// <summary>Its declaration as a source file.</summary>
    public string Source(string space)
    {
        ScalarFunction[] functions = Architecture.Blocks.SelectMany(FunctionsOf).DistinctBy(function => function.Name).ToArray();
        string text = DeclarationFromArchitecture.Write(Architecture).File(space);
        return functions.Length == 0 ? text : text + "\n" + FunctionSource.Class("Functions", functions);
    }

    private static IEnumerable<ScalarFunction> FunctionsOf(BlockArchitecture block)
    {
        ExpertShape?[] shapes = block.FeedForward is ExpertFeedForward experts
            ? [experts.Routed.Shape, experts.Shared?.Shape]
            : [((DenseFeedForward)block.FeedForward).Shape];
        return shapes.Select(shape => shape?.Function).OfType<ScalarFunction>();
    }

    /// <summary>Its unfused graph.</summary>
    public ModelGraph Graph => GraphBuilder.Build(Architecture);

    /// <summary>Runs a graph of it through the interpreter, with the weights that CreateRandom(Seed) gives.</summary>
    public Trace Interpret(ModelGraph graph)
    {
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, GraphBuilder.Build(Architecture)));
        return new GraphInterpreter(Architecture, graph, CheckpointWeights.Of(tensors, Architecture.Layout)).Run(Sequences);
    }

    /// <summary>Everything needed to see what was drawn.</summary>
    public override string ToString() =>
        $"{Source("Drawn")}\n// seed {Seed}, tokens {string.Join(" | ", Sequences.Select(ids => string.Join(",", ids)))}";
}
