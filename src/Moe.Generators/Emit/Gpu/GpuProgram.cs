using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A table of rotations that blocks share.</summary>
/// <param name="Field">The field that holds it.</param>
/// <param name="Table">Its numbers.</param>
internal sealed record GpuRotation(string Field, Rotation Table)
{
    /// <summary>Writes the statement that makes it: one table, or both lists' tables in turn.</summary>
    public void Write(SourceWriter writer)
    {
        string before = $"{Field} = new GpuRotaryTable(accelerator, new RotaryTable";
        if (Table.LongestShort == 0)
        {
            Table.Write(writer, before, ");");
            return;
        }

        Table.Always(RotarySwitch.Short).Write(writer, before, ",");
        Table.Always(RotarySwitch.Long).Write(writer, "    new RotaryTable", ");");
    }
}

/// <summary>A model lowered for a GPU: kernels, launches, buffers and weights of every graph.</summary>
internal sealed class GpuProgram
{
    /// <summary>Lowers every graph.</summary>
    public GpuProgram(MoeArchitecture architecture, ModelGraph graph)
    {
        Architecture = architecture;
        EndWords = GpuWords.OfEnds(architecture);
        Embedding = new GpuScope(graph.Embedding, "GpuKernels", "batch.Tokens", EndWords, Buffers, Functions);
        GpuLowering.Embedding(Embedding, graph.Carried);
        Blocks = graph.Blocks.Select((block, index) => new GpuScope(
            block, $"GpuKernels.{block.Name}Layer", "batch.Tokens", GpuWords.Of(architecture, architecture.Blocks[index]), Buffers, Functions)).ToImmutableArray();
        foreach (GpuScope block in Blocks)
            GpuLowering.Block(block, graph.Carried);

        Head = new GpuScope(graph.Head, "GpuKernels", "batch.LogitRows", EndWords, Buffers, Functions);
        GpuRowKernels.Pick(Head, graph.Head.Inputs[0], "Hidden");
        GpuLowering.Head(Head);
        EndWeights = graph.Embedding.Weights.Concat(graph.Head.Weights)
            .Concat(graph.Blocks.SelectMany(block => block.Weights).Where(weight => weight.IsShared)).Distinct().ToList();
        Cleared = graph.Carried.Where(value => value.Name is not (CarriedState.ModelChosen or CarriedState.ModelWeights)).ToImmutableArray();
        Rotations = Distinct(graph);
    }

    public MoeArchitecture Architecture { get; }

    public GpuWords EndWords { get; }

    public GpuScope Embedding { get; }

    public ImmutableArray<GpuScope> Blocks { get; }

    public GpuScope Head { get; }

    public GpuBufferList Buffers { get; } = new();

    public GpuFunctions Functions { get; } = new();

    /// <summary>Weights of embedding and head, of a tied head the embedding once, and those that all layers share.</summary>
    public IReadOnlyCollection<Weight> EndWeights { get; }

    /// <summary>Where the weights of embedding and head lie in a checkpoint.</summary>
    public WeightPlaces EndPlaces => new(Architecture, Head.Graph with { Ops = Embedding.Graph.Ops.AddRange(Head.Graph.Ops) });

    /// <summary>The distinct tables of rotations, in order of first use.</summary>
    public ImmutableArray<GpuRotation> Rotations { get; }

    /// <summary>What flows between layers and starts as zeros.</summary>
    public ImmutableArray<Value> Cleared { get; }

    /// <summary>Whether a step reads what requests bring beside the size of a choice: tags, seeds, biases.</summary>
    public bool ReadsRequests => Blocks.Append(Embedding).Any(scope => scope.Graph.Inputs.Contains(StepValues.Tags) || scope.Graph.Ops
        .SelectMany(op => op is FusedOp fused ? fused.Parts : ImmutableArray.Create(op))
        .Any(op => op is SelectRandom or AddRequestBias));

    /// <summary>Whether a layer limits how many tokens an expert takes.</summary>
    public bool CountsDropped => Blocks.Any(scope => scope.Graph.Ops.OfType<LimitCapacity>().Any());

    /// <summary>Most experts of a group.</summary>
    public int MostExperts => Arrangements.Select(arrangement => arrangement.Count).DefaultIfEmpty(0).Max();

    /// <summary>Most chosen experts of a token.</summary>
    public int MostChosen => Arrangements.Select(arrangement => arrangement.Chosen.Width).DefaultIfEmpty(0).Max();

    /// <summary>The table that a block uses, or null where it has no positions.</summary>
    public GpuRotation? RotationOf(Graph graph) => graph.Ops.OfType<Rotate>().FirstOrDefault() is { } rotate
        ? Rotations.First(rotation => rotation.Table == Rotation.Of(rotate))
        : null;

    private IEnumerable<GpuArrangement> Arrangements => Blocks.SelectMany(block => block.Arrangements.Keys);

    private static ImmutableArray<GpuRotation> Distinct(ModelGraph graph)
    {
        Rotation[] distinct = graph.Blocks
            .SelectMany(block => block.Ops.OfType<Rotate>())
            .Select(Rotation.Of)
            .Distinct()
            .ToArray();
        return distinct
            .Select((rotation, index) => new GpuRotation("_rotary" + (distinct.Length == 1 ? "" : index + 1), rotation))
            .ToImmutableArray();
    }
}
