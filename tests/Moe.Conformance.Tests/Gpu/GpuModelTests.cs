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
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>One small model with two kinds of blocks on GPU devices: formats, caches, batches and bad input.</summary>
public sealed class GpuModelTests(GpuModelTests.Declared declared) : IClassFixture<GpuModelTests.Declared>
{
    private const ulong Seed = 42;

    private static readonly int[][] _sequences = [[3, 1, 4, 1, 5, 9, 2], [6, 5], [3, 5, 8, 9, 7]];

    /// <summary>The declaration, compiled once.</summary>
    public sealed class Declared : IDisposable
    {
        private const string Source = """
            using Moe;

            namespace Small;

            [Block]
            [Attention(Heads = 4, KeyValueHeads = 2, HeadSize = 6, QueryKeyNorm = true, ValueBias = true)]
            [Rotary(Size = 4)]
            [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
            [RoutedExperts(5, IntermediateSize = 11)]
            [SharedExperts(1, IntermediateSize = 7)]
            public class Sparse;

            [Block]
            [LatentAttention(Heads = 2, KeyValueRank = 9, HeadSize = 5, RotarySize = 4, ValueHeadSize = 7)]
            [FeedForward(IntermediateSize = 19)]
            public class Dense;

            [MoeModel(VocabularySize = 23, HiddenSize = 13, ContextLength = 128)]
            [Checkpoint(CheckpointLayout.Native)]
            [Layers(1, typeof(Dense))]
            [Layers(1, typeof(Sparse))]
            public partial class Model;
            """;

        private readonly CompiledAssembly _assembly = CompiledAssembly.Compile([Source], seesGpu: true);
        private ICompiledModel? _onOpenCl;

        internal CompiledModel Model => _assembly.Model("Small.Model");

        /// <summary>The model on OpenCL in float32, loaded once: compiling its kernels takes longer than running them.</summary>
        internal ICompiledModel OnOpenCl => _onOpenCl ??= Model.CreateRandom(Seed, new LoadOptions { Device = Device.OpenCl });

        /// <summary>The same, or null where no test has asked for it.</summary>
        internal ICompiledModel? OnOpenClIfLoaded => _onOpenCl;

        internal MoeArchitecture Architecture => DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Small.Model");

        /// <inheritdoc/>
        public void Dispose()
        {
            _onOpenCl?.Dispose();
            _assembly.Dispose();
        }
    }

    [SkippableTheory]
    [InlineData(Device.OpenCl)]
    [InlineData(Device.GpuSimulator)]
    [InlineData(Device.Cuda)]
    public void EmittedGpu_OnASmallModel_AgreesWithTheInterpreter(Device device)
    {
        GpuDevice.Require(device);

        // The simulator takes seconds for what a device does at once: a few tokens must do.
        int[][] sequences = device == Device.GpuSimulator ? [[3, 1], [6]] : _sequences;
        MoeArchitecture architecture = declared.Architecture;
        ModelGraph graph = GraphBuilder.Build(architecture);
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(architecture, graph));
        Trace expected = new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture, graph)).Run(sequences);
        ICompiledModel model = device == Device.OpenCl ? declared.OnOpenCl : Create(new LoadOptions { Device = device });
        Agreement.Check(expected, EmittedRun.Run(model, sequences, EmittedRun.AtOnce, Agreement.CloseChoices(expected)));
        if (model != declared.OnOpenClIfLoaded)
            model.Dispose();
    }

    [Fact]
    public void Load_WithAProfile_IsRefusedOnADevice()
    {
        var failure = Assert.Throws<NotSupportedException>(() => Create(new LoadOptions { Device = Device.GpuSimulator, Profile = new StepProfile() }));
        Assert.Equal(
            "LoadOptions.Profile counts the phases of a step on the processor; GpuSimulator has none. Leave it null, or load with Device.Cpu.", failure.Message);
    }

    [SkippableTheory]
    [InlineData(WeightFormat.F32, CacheFormat.BF16)]
    [InlineData(WeightFormat.BF16, CacheFormat.F32)]
    [InlineData(WeightFormat.BF16, CacheFormat.BF16)]
    public void EmittedOpenCl_InNarrowFormats_AgreesWithTheProcessorInTheSameFormats(WeightFormat weights, CacheFormat cache)
    {
        GpuDevice.Require(Device.OpenCl);
        using ICompiledModel processor = Create(new LoadOptions { Weights = weights, Cache = cache });
        using ICompiledModel device = Create(new LoadOptions { Device = Device.OpenCl, Weights = weights, Cache = cache });
        Recording expected = EmittedRun.Run(processor, _sequences, EmittedRun.AtOnce);
        var choices = expected.Chosen.ToDictionary(pair => pair.Key, pair => pair.Value);
        Recording actual = EmittedRun.Run(device, _sequences, EmittedRun.AtOnce, choices);

        // Where two float32 results straddle a bfloat16 boundary, a cached element differs by 2^-9 of itself; of some
        // tens of elements in a score only a few do.
        double tolerance = cache == CacheFormat.BF16 ? 5e-3 : 1e-4;
        for (int token = 0; token < expected.Logits.Length; token++)
            Near($"logits, token {token}", expected.Logits[token], actual.Logits[token], tolerance);
    }

    [SkippableFact]
    public void EmittedOpenCl_HoweverThePromptIsCutAndInWhateverCompany_GivesTheSameBits()
    {
        GpuDevice.Require(Device.OpenCl);
        ICompiledModel model = declared.OnOpenCl;
        Recording together = EmittedRun.Run(model, _sequences, EmittedRun.AtOnce);
        SameBits.Check("token by token", together, EmittedRun.Run(model, _sequences, EmittedRun.TokenByToken));
        SameBits.Check("uneven", together, EmittedRun.Run(model, _sequences, EmittedRun.Uneven));
        int first = 0;
        foreach (int[] ids in _sequences)
        {
            SameBits.Check("alone", together, EmittedRun.Run(model, [ids], EmittedRun.AtOnce), first);
            first += ids.Length;
        }
    }

    [SkippableFact]
    public void EmittedOpenCl_WithNobodyWatching_GivesTheSameBitsAsWatched()
    {
        GpuDevice.Require(Device.OpenCl);
        ICompiledModel model = declared.OnOpenCl;
        using SequenceCache cache = model.NewCache();
        float[] expected = EmittedRun.Run(model, [_sequences[0]], EmittedRun.AtOnce).Logits[^1];
        Assert.Equal(expected, Last(model, cache, _sequences[0]));
    }

    [SkippableFact]
    public void GpuCache_TruncatedAndForked_HoldsWhatWasKept()
    {
        GpuDevice.Require(Device.OpenCl);
        ICompiledModel model = declared.OnOpenCl;
        int[] ids = [.. Enumerable.Range(0, 100).Select(i => (i * 7) % 23)];
        using SequenceCache cache = model.NewCache();
        Assert.Equal(0, cache.Bytes);
        Last(model, cache, ids);
        long full = cache.Bytes;
        Assert.True(full >= 100 * model.Shape.CacheElementsPerToken * sizeof(float), $"{full} bytes");

        using SequenceCache fork = cache.Fork();
        Assert.Equal(100, fork.Length);
        cache.Truncate(40);
        Assert.Equal(40, cache.Length);
        Assert.True(cache.Bytes < full, $"{cache.Bytes} bytes after truncation, {full} before");

        // Going on from 40 positions must equal a fresh run; the fork must not have noticed.
        using SequenceCache fresh = model.NewCache();
        Assert.Equal(Last(model, fresh, [.. ids.Take(40), 11, 12]), Last(model, cache, [11, 12]));
        using SequenceCache whole = model.NewCache();
        Assert.Equal(Last(model, whole, [.. ids, 5]), Last(model, fork, [5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(43));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(-1));
    }

    [SkippableFact]
    public void GpuStep_WithAnIdOutsideTheVocabularyOrAForeignCache_SaysSo()
    {
        GpuDevice.Require(Device.OpenCl);
        ICompiledModel model = declared.OnOpenCl;
        using ICompiledModel processor = Create(new LoadOptions());
        using SequenceCache own = model.NewCache();
        using SequenceCache foreign = processor.NewCache();
        var outside = Assert.ThrowsAny<ArgumentException>(() => Last(model, own, [1, 23]));
        Assert.Contains("22", outside.Message, StringComparison.Ordinal);
        var wrong = Assert.ThrowsAny<ArgumentException>(() => Last(model, foreign, [1]));
        Assert.Contains("NewCache", wrong.Message, StringComparison.Ordinal);
    }

    private ICompiledModel Create(LoadOptions options) => declared.Model.CreateRandom(Seed, options);

    private static float[] Last(ICompiledModel model, SequenceCache cache, int[] ids)
    {
        var batch = new StepBatch();
        batch.Add(cache, ids, LogitPositions.Last);
        model.Step(batch);
        cache.Advance(ids.Length);
        return batch.Logits(0, model.Shape.VocabularySize).ToArray();
    }

    private static void Near(string what, IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance)
    {
        double limit = tolerance * Math.Max(1, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{what}, element {i}: expected {expected[i]:R}, found {actual[i]:R}");
    }
}
