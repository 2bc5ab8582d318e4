using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>Every choice of every router stage and every kind of expert on a device, against the interpreter.</summary>
public class GpuRoutingTests(ITestOutputHelper output)
{
    private const ulong Seed = 42;

    // Rounding grows with depth, up to eight layers here.
    private const double Tolerance = 5e-5;

    private static readonly int[][] _sequences = [[3, 1, 4, 1, 5, 9, 2], [6, 5], [3, 5, 8, 9, 7]];

    private static readonly RoutingOptions?[] _requests =
    [
        new RoutingOptions { Seed = 7, Tag = 2, Bias = [0.5f, -1f, 0f, 2f], TopK = 2, FirstRank = 1 },
        null,
        new RoutingOptions { Seed = -3, Tag = 1, TopK = 3 },
    ];

    [SkippableTheory]
    [MemberData(nameof(RoutingModels.Names), MemberType = typeof(RoutingModels))]
    public void EmittedOpenCl_OfEveryRoutingChoice_AgreesWithTheInterpreter(string name) => Check(name, Device.OpenCl);

    [SkippableTheory]
    [MemberData(nameof(RoutingModels.Names), MemberType = typeof(RoutingModels))]
    public void EmittedCuda_OfEveryRoutingChoice_AgreesWithTheInterpreter(string name) => Check(name, Device.Cuda);

    private void Check(string name, Device device)
    {
        GpuDevice.Require(device);
        string source = RoutingModels.Of(name);
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([source]), name + ".Model");
        ModelGraph graph = GraphBuilder.Build(architecture);
        bool hasRequests = name == nameof(RoutingModels.Requests);
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(architecture, graph));
        Trace expected = new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture, graph))
            .Run(_sequences, settings: hasRequests ? Settings(declaredTopK: 1) : null);

        Assert.True(name != nameof(RoutingModels.Heads) || !Agreement.IsUndecided(expected), "a choice that cannot be forced is too close; take another seed");

        using CompiledAssembly assembly = CompiledAssembly.Compile([source], seesGpu: true);
        using ICompiledModel model = assembly.Model(name + ".Model").CreateRandom(Seed, new LoadOptions { Device = device });
        var close = expected.Decisions.Where(pair => pair.Value.Gap < Agreement.DecidedGap).ToDictionary(pair => pair.Key, pair => pair.Value.Selected);
        var recording = new Recording(close);
        StepBatch batch = Run(model, recording, hasRequests);

        int dropped = 0;
        foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions.OrderBy(pair => pair.Key))
        {
            if (decision.Logits.Length > 0)
                Near($"router logits {at}", decision.Logits, recording.RouterLogits[at]);
            if (recording.OwnChoice.TryGetValue(at, out int[]? own) && !close.ContainsKey(at))
                Assert.True(decision.Selected.Order().SequenceEqual(own.Order()), $"choice {at}: expected [{string.Join(", ", decision.Selected)}], found [{string.Join(", ", own)}] though the gap is {decision.Gap:0.0e0}");
            (int First, double Second)[] kept = [.. decision.Chosen.Zip(decision.Weights).Where(slot => slot.First >= 0).OrderBy(slot => slot.First)];
            (int First, float Second)[] found = [.. recording.Chosen[at].Zip(recording.Weights[at]).Where(slot => slot.First >= 0).OrderBy(slot => slot.First)];
            Assert.True(kept.Select(slot => slot.First).SequenceEqual(found.Select(slot => slot.First)), $"experts {at}: expected [{string.Join(", ", decision.Chosen)}], found [{string.Join(", ", recording.Chosen[at])}]");
            Near($"weights {at}", [.. kept.Select(slot => slot.Second)], [.. found.Select(slot => slot.Second)]);
            if (name == nameof(RoutingModels.Limits))
                dropped += decision.Selected.Count(expert => expert >= 0) - kept.Length;
        }

        foreach (((int Layer, int Token) at, float[] row) in recording.Hidden)
            Near($"hidden {at}", expected.Hidden[at.Layer][at.Token], row);
        for (int token = 0; token < expected.Logits.Length; token++)
            Near($"logits, token {token}", expected.Logits[token], recording.Logits[token]);
        if (name == nameof(RoutingModels.Limits))
            Assert.Equal(dropped, Enumerable.Range(0, batch.Sequences).Sum(sequence => batch.Dropped(sequence)));
        output.WriteLine($"{name}: {expected.Decisions.Count} decisions, {close.Count} of them too close to be left to the device; {dropped} assignments dropped");
        Assert.True(close.Count <= 0.1 * expected.Decisions.Count, $"{close.Count} of {expected.Decisions.Count} decisions are close");
    }

    private static StepBatch Run(ICompiledModel model, Recording recording, bool hasRequests)
    {
        var batch = new StepBatch();
        SequenceCache[] caches = [.. _sequences.Select(_ => model.NewCache())];
        for (int sequence = 0; sequence < caches.Length; sequence++)
            batch.Add(caches[sequence], _sequences[sequence], LogitPositions.All, hasRequests ? _requests[sequence] : null);
        recording.BeginStep([.. Enumerable.Range(0, batch.Tokens)]);
        model.Step(batch, recording);
        recording.Logits = [.. Enumerable.Range(0, batch.Tokens).Select(row => batch.Logits(row, model.Shape.VocabularySize).ToArray())];
        foreach (SequenceCache cache in caches)
            cache.Dispose();
        return batch;
    }

    private static RequestSettings Settings(int declaredTopK)
    {
        var settings = new RequestSettings();
        for (int sequence = 0; sequence < _requests.Length; sequence++)
        {
            if (_requests[sequence] is not { } request)
                continue;
            settings.Seeds[sequence] = request.Seed;
            settings.Tags[sequence] = request.Tag;
            settings.Ranks[sequence] = (Math.Max(0, request.FirstRank), request.TopK == 0 ? declaredTopK : request.TopK);
            if (request.Bias is { } bias)
                settings.Bias[sequence] = [.. bias.Select(number => (double)number)];
        }

        return settings;
    }

    // Written so that NaN fails.
    private static void Near(string what, IReadOnlyList<double> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        double limit = Tolerance * Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{what}, element {i}: expected {expected[i]:R}, found {actual[i]:R}");
    }
}
