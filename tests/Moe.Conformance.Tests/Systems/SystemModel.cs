using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A declared model with random weights, run by the interpreter and by emitted code at once.</summary>
internal sealed class SystemModel(string name)
{
    /// <summary>Seed of the random weights.</summary>
    public const ulong Seed = 42;

    /// <summary>What the class declares.</summary>
    public MoeArchitecture Architecture { get; } = SystemAssembly.Architecture(name);

    /// <summary>Its graphs.</summary>
    public ModelGraph Graph => GraphBuilder.Build(Architecture);

    /// <summary>Runs sequences through the interpreter.</summary>
    public Trace Interpret(IReadOnlyList<int[]> sequences, RequestSettings? settings = null)
    {
        ModelGraph graph = Graph;
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, graph));
        return new GraphInterpreter(Architecture, graph, CheckpointWeights.Of(tensors, Architecture, graph)).Run(sequences, settings: settings);
    }

    /// <summary>Runs sequences through the interpreter and through emitted code, and requires agreement.</summary>
    /// <param name="sequences">Token ids.</param>
    /// <param name="requests">What each sequence says about routing.</param>
    /// <param name="settings">The same, for the interpreter.</param>
    public (Trace Trace, Recording Recording) Run(
        IReadOnlyList<int[]> sequences, IReadOnlyList<RoutingOptions>? requests = null, RequestSettings? settings = null)
    {
        Trace trace = Interpret(sequences, settings);
        using ICompiledModel model = SystemAssembly.Model(name).CreateRandom(Seed);
        Recording recording = EmittedRun.Run(model, sequences, EmittedRun.AtOnce, Agreement.CloseChoices(trace), requests);
        Agreement.Check(trace, recording);
        return (trace, recording);
    }

    /// <summary>Runs sequences through emitted code whose tensors are random, some of them under another's name.</summary>
    /// <param name="sequences">Token ids.</param>
    /// <param name="source">Name of the random tensor that a name's elements are taken from.</param>
    /// <param name="requests">What each sequence says about routing.</param>
    public (Trace? Trace, Recording Recording) Run(IReadOnlyList<int[]> sequences, Func<string, string> source, IReadOnlyList<RoutingOptions>? requests = null)
    {
        string folder = Directory.CreateTempSubdirectory("system").FullName;
        try
        {
            using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, Graph));
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors, (tensor, elements) =>
            {
                if (source(tensor) != tensor)
                    tensors.Read(source(tensor), 0, elements);
                return elements;
            });
            using ICompiledModel model = SystemAssembly.Model(name).Load(folder);
            return (null, EmittedRun.Run(model, sequences, EmittedRun.AtOnce, requests: requests));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
