using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Profiling;

namespace Moe.Conformance.Tests.Profiling;

/// <summary>Models with every kind of attention and feed-forward part, compiled once, and steps of theirs under a profile.</summary>
public sealed class ProfiledModels : IDisposable
{
    private const string Source = """
        using Moe;
        namespace Profiled;

        [Block]
        [Attention(Heads = 4, KeyValueHeads = 2, HeadSize = 12)]
        [FeedForward(IntermediateSize = 70)]
        public class Dense;

        [Block]
        [Attention(Heads = 4, KeyValueHeads = 2, HeadSize = 12)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(5, IntermediateSize = 24)]
        public class Grouped;

        [LatentAttention(Heads = 3, KeyValueRank = 20, HeadSize = 8, RotarySize = 4)]
        [SharedExperts(1, IntermediateSize = 24)]
        public class Latent : Grouped;

        [Block]
        [Attention(Heads = 2, HeadSize = 10, Window = 9)]
        [FeedForward(IntermediateSize = 30)]
        public class Windowed;

        [Block]
        [Attention(Heads = 2, HeadSize = 10, Chunk = 16)]
        [FeedForward(IntermediateSize = 30)]
        public class Chunked;

        [Block]
        [LinearAttention(Heads = 4, HeadSize = 6)]
        [FeedForward(IntermediateSize = 30)]
        public class Linear;

        [Block]
        [AttentionExperts(5, TopK = 2, KeyValueHeads = 2, HeadSize = 6)]
        [FeedForward(IntermediateSize = 30)]
        public class HeadsOfExperts;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(2, typeof(Dense))]
        public partial class DenseModel;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(3, typeof(Grouped))]
        public partial class ExpertModel;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(1, typeof(Dense))]
        [Layers(2, typeof(Latent))]
        public partial class LatentModel;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(1, typeof(Windowed))]
        [Layers(1, typeof(Chunked))]
        public partial class ReachModel;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(1, typeof(Linear))]
        [Layers(1, typeof(Grouped))]
        [Layers(1, typeof(Linear))]
        public partial class LinearModel;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(2, typeof(HeadsOfExperts))]
        public partial class HeadModel;
        """;

    private readonly CompiledAssembly _assembly = CompiledAssembly.Compile([Source]);

    /// <summary>Names of the models.</summary>
    public static TheoryData<string> Names => ["DenseModel", "ExpertModel", "LatentModel", "ReachModel", "LinearModel", "HeadModel"];

    internal CompiledModel Model(string name) => _assembly.Model("Profiled." + name);

    internal ICompiledModel Create(string name, StepProfile? profile = null, LoadOptions? options = null) =>
        Model(name).CreateRandom(3, (options ?? new LoadOptions()) with { Profile = profile });

    /// <summary>One token after what a new cache holds, its logits asked for.</summary>
    internal static void Decode(ICompiledModel model)
    {
        using SequenceCache cache = model.NewCache();
        Step(model, cache, [7], LogitPositions.Last);
    }

    /// <summary>Tokens of one sequence; they stay in its cache.</summary>
    internal static void Step(ICompiledModel model, SequenceCache cache, int[] ids, LogitPositions logits)
    {
        var batch = new StepBatch();
        batch.Add(cache, ids, logits);
        model.Step(batch);
        cache.Advance(ids.Length);
    }

    /// <summary>A constant of an emitted class.</summary>
    internal static long Constant(Type type, string name) =>
        Convert.ToInt64(type.GetField(name, BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)!.GetRawConstantValue());

    /// <summary>The phases of a part whose name begins so.</summary>
    internal static IEnumerable<PhaseProfile> Named(StepProfile profile, string part, string begin) =>
        profile.Phases.Where(phase => phase.Part == part && phase.Name.StartsWith(begin, StringComparison.Ordinal));

    /// <inheritdoc/>
    public void Dispose() => _assembly.Dispose();
}
