using System;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>What a step costs and what its options do, on a model with both kinds of attention and experts.</summary>
public class EmittedStepTests
{
    private const string Source = """
        using Moe;
        namespace Steps;

        [Block]
        [Attention(Heads = 4, KeyValueHeads = 2, HeadSize = 12)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(5, IntermediateSize = 24)]
        public class Grouped;

        [LatentAttention(Heads = 3, KeyValueRank = 20, HeadSize = 8, RotarySize = 4)]
        [SharedExperts(1, IntermediateSize = 24)]
        public class Latent : Grouped;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(1, typeof(Grouped))]
        [Layers(1, typeof(Latent))]
        public partial class Model;
        """;

    // The down projection adds to the momentum, whose scaling comes between it and gate and up.
    private const string Moving = """
        using Moe;
        namespace Steps;

        [Block]
        [Attention(Heads = 2, HeadSize = 16)]
        [FeedForward(IntermediateSize = 72)]
        [Momentum(Momentum = 0.7)]
        public class Dense;

        [MoeModel(VocabularySize = 101, HiddenSize = 40, ContextLength = 300)]
        [Layers(2, typeof(Dense))]
        public partial class MovingModel;
        """;

    // Tiles of 3 panels, which hold no whole groups of what gate and up give: tiles that leave integers have 4.
    private const string Wide = """
        using Moe;
        namespace Steps;

        [Block]
        [Attention(Heads = 2, HeadSize = 16)]
        [Router(TopK = 2)]
        [RoutedExperts(5, IntermediateSize = 72)]
        [SharedExperts(1, IntermediateSize = 40)]
        public class Sparse;

        [MoeModel(VocabularySize = 101, HiddenSize = 1100, ContextLength = 300)]
        [Layers(1, typeof(Sparse))]
        public partial class WideModel;
        """;

    private static readonly int[][] _sequences = [[.. Enumerable.Range(0, 150).Select(i => (i * 37) % 101)], [5, 4, 3]];

    [Fact]
    public void Step_AfterTheFirst_AllocatesNothing()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        // One worker: everything then happens on this thread, whose allocations are counted.
        using ICompiledModel model = assembly.Model("Steps.Model").CreateRandom(3, new LoadOptions { Threads = 1 });
        using SequenceCache cache = model.NewCache();
        var batch = new StepBatch();
        int[] ids = [7];
        for (int i = 0; i < 3; i++)
            Step();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            batch.Clear();
            batch.Add(cache, ids, LogitPositions.Last);
            model.Step(batch);
        }
    }

    [Fact]
    public void BFloat16Cache_HalvesItsBytes_MovesLogitsALittle_AndKeepsBitsHoweverThePromptIsCut()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using ICompiledModel exact = assembly.Model("Steps.Model").CreateRandom(3);
        using ICompiledModel rounded = assembly.Model("Steps.Model").CreateRandom(3, new LoadOptions { Cache = CacheFormat.BF16 });
        Recording expected = EmittedRun.Run(exact, _sequences, EmittedRun.AtOnce);
        // The exact run's experts are forced, so that rounding alone is seen and not a choice that tips over.
        Recording actual = EmittedRun.Run(rounded, _sequences, EmittedRun.AtOnce, expected.Chosen);
        double largest = expected.Logits.Max(row => row.Max(Math.Abs));
        double moved = expected.Logits.Zip(actual.Logits, (left, right) => left.Zip(right, (a, b) => Math.Abs((double)a - b)).Max()).Max();

        // bfloat16 keeps 8 bits: a key or value is off by up to 2^-9; scores, weighted sum and two layers may each add theirs.
        Assert.InRange(moved / largest, 1e-6, 16 * Math.Pow(2, -9));

        SameBits.Check("token by token", actual, EmittedRun.Run(rounded, _sequences, EmittedRun.TokenByToken, expected.Chosen));
        SameBits.Check("uneven", actual, EmittedRun.Run(rounded, _sequences, EmittedRun.Uneven, expected.Chosen));

        using SequenceCache wide = exact.NewCache();
        using SequenceCache narrow = rounded.NewCache();
        wide.Reserve(100);
        narrow.Reserve(100);
        Assert.Equal(wide.Bytes, 2 * narrow.Bytes);
    }

    [Theory]
    [InlineData("Moving", WeightFormat.Int8)]
    [InlineData("Moving", WeightFormat.Int4)]
    [InlineData("Wide", WeightFormat.Int8)]
    [InlineData("Wide", WeightFormat.MXFP4)]
    public void IntegerWeights_KeepBitsHoweverThePromptIsCut(string name, WeightFormat format)
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([name == "Wide" ? Wide : Moving]);
        using ICompiledModel model = assembly.Model($"Steps.{name}Model").CreateRandom(3, new LoadOptions { Weights = format });
        SameBits.Check(
            "token by token", EmittedRun.Run(model, _sequences, EmittedRun.TokenByToken), EmittedRun.Run(model, _sequences, EmittedRun.AtOnce));
    }
}
