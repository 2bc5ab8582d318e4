using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Declarations;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
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
    public string Source(string space) => DeclarationFromArchitecture.Write(Architecture).File(space);

    /// <summary>Its unfused graph.</summary>
    public ModelGraph Graph => GraphBuilder.Build(Architecture);

    /// <summary>Runs a graph of it through the interpreter, with the weights that CreateRandom(Seed) gives.</summary>
    public Trace Interpret(ModelGraph graph)
    {
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, GraphBuilder.Build(Architecture)));
        return new GraphInterpreter(Architecture, graph, CheckpointWeights.Of(tensors, Architecture, graph)).Run(Sequences);
    }

    /// <summary>Everything needed to see what was drawn.</summary>
    public override string ToString() =>
        $"{Source("Drawn")}\n// seed {Seed}, tokens {string.Join(" | ", Sequences.Select(ids => string.Join(",", ids)))}";
}
