using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>Emitted code after, and during, the disposal of what it belongs to: weights are native memory.</summary>
public class DisposalTests
{
    private const string Source = """
        using Moe;
        namespace Disposal;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 24)]
        public class Dense;

        [MoeModel(VocabularySize = 31, HiddenSize = 32, ContextLength = 16)]
        [Layers(1, typeof(Dense))]
        public partial class Model;

        [MoeLayer(HiddenSize = 32)]
        [Router(TopK = 1)]
        [RoutedExperts(1, IntermediateSize = 24)]
        public partial class Layer;
        """;

    [Fact]
    public void Layer_Disposed_IsRefused()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        IMoeLayer layer = assembly.Layer("Disposal.Layer").CreateRandom(3);
        var rows = new float[64];
        layer.Forward(rows, rows);
        layer.Dispose();
        layer.Dispose();
        var refused = Assert.Throws<ObjectDisposedException>(() => layer.Forward(rows, rows));
        Assert.Contains("model or layer was disposed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_Disposed_IsRefused()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        ICompiledModel model = assembly.Model("Disposal.Model").CreateRandom(3);
        using SequenceCache cache = model.NewCache();
        var batch = new StepBatch();
        batch.Add(cache, [1, 2], LogitPositions.Last);
        model.Dispose();
        var refused = Assert.Throws<ObjectDisposedException>(() => model.Step(batch));
        Assert.Contains("model or layer was disposed", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>On the shared pool, which lives on: nothing else would keep the memory while the step reads it.</summary>
    [Fact]
    public async Task Layer_DisposedDuringACall_LetsTheCallEnd()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using IMoeLayer reference = assembly.Layer("Disposal.Layer").CreateRandom(3);
        IMoeLayer layer = assembly.Layer("Disposal.Layer").CreateRandom(3);
        float[] rows = [.. Enumerable.Range(0, 32).Select(i => MathF.Sin(i))];
        var expected = new float[rows.Length];
        reference.Forward(rows, expected);

        using var stop = new Stop();
        Task call = Task.Run(() =>
        {
            var observer = new ActingObserver(stop.Stand);
            layer.Forward(rows, rows, default, ref observer);
        });
        Assert.True(stop.Reached.Wait(TimeSpan.FromSeconds(60)), "The router has not run.");
        Task disposal = Task.Run(layer.Dispose);
        bool early = await Task.WhenAny(disposal, Task.Delay(TimeSpan.FromMilliseconds(300))) == disposal;
        stop.GoOn.Set();
        await call;
        await disposal;
        Assert.False(early, "The layer was disposed while a call ran.");
        Assert.Equal(expected, rows);
    }

    [Fact]
    public void Layer_DisposedByItsObserver_IsRefused_AndGoesOn()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using IMoeLayer layer = assembly.Layer("Disposal.Layer").CreateRandom(3);
        float[] rows = [.. Enumerable.Range(0, 64).Select(i => MathF.Sin(i))];
        float[] answers = new float[rows.Length], again = new float[rows.Length];
        layer.Forward(rows, answers);
        var observer = new ActingObserver(layer.Dispose);
        var refused = Assert.Throws<InvalidOperationException>(() => layer.Forward(rows, again, default, ref observer));
        Assert.Contains("observer", refused.Message, StringComparison.Ordinal);
        layer.Forward(rows, again);
        Assert.Equal(answers, again);
    }

    /// <summary>Both on the shared pool, which runs the one and not the other.</summary>
    [Fact]
    public void Layer_DisposedByAnothersObserver_IsGone_AndTheOtherGoesOn()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using IMoeLayer layer = assembly.Layer("Disposal.Layer").CreateRandom(3);
        IMoeLayer other = assembly.Layer("Disposal.Layer").CreateRandom(3);
        float[] rows = [.. Enumerable.Range(0, 32).Select(i => MathF.Sin(i))];
        float[] answers = new float[rows.Length], again = new float[rows.Length];
        other.Forward(rows, answers);
        var observer = new ActingObserver(other.Dispose);
        layer.Forward(rows, again, default, ref observer);
        Assert.Equal(answers, again);
        Assert.Throws<ObjectDisposedException>(() => other.Forward(rows, again));
    }

    private sealed class Stop : IDisposable
    {
        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        /// <summary>Stands still until it is told to go on.</summary>
        public void Stand()
        {
            Reached.Set();
            GoOn.Wait();
        }

        public void Dispose()
        {
            Reached.Dispose();
            GoOn.Dispose();
        }
    }

    /// <summary>Does something at every router.</summary>
    private readonly struct ActingObserver(Action act) : IStepObserver
    {
        public static bool IsEnabled => true;

        public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits) => act();

        public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden)
        {
        }

        public void FinalNorm(int token, ReadOnlySpan<float> hidden)
        {
        }

        public void Selected(int layer, int token, Span<int> chosen)
        {
        }

        public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
        {
        }

        public void Dropped(int layer, int token, int slot, int expert)
        {
        }
    }
}
