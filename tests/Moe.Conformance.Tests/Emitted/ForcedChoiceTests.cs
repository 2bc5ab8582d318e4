using System;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>Experts that an observer forces: indices into native memory.</summary>
public class ForcedChoiceTests
{
    private const string Source = """
        using Moe;
        namespace Forced;

        [MoeLayer(HiddenSize = 32)]
        [Router(TopK = 2)]
        [RoutedExperts(5, IntermediateSize = 24)]
        public partial class Ranked;

        [MoeLayer(HiddenSize = 32)]
        [Router(TopK = 2, Score = RouterScore.SparseMixer)]
        [RoutedExperts(5, IntermediateSize = 24)]
        public partial class Mixed;
        """;

    [Theory]
    [InlineData("Ranked", 5)]
    [InlineData("Ranked", -2)]
    [InlineData("Ranked", int.MaxValue)]
    [InlineData("Mixed", 5)]
    [InlineData("Mixed", int.MinValue)]
    public void ExpertThatDoesNotExist_IsRefused_AndTheLayerGoesOn(string layerName, int expert)
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using IMoeLayer layer = assembly.Layer("Forced." + layerName).CreateRandom(3);
        float[] rows = new float[3 * 32], answers = new float[rows.Length], again = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = MathF.Sin(i);

        layer.Forward(rows, answers);
        var forcing = new Forcing(expert);
        var refused = Assert.Throws<InvalidOperationException>(() => layer.Forward(rows, again, default, ref forcing));
        Assert.Contains($"expert {expert} for token 1 in layer 0; there are experts 0 to 4", refused.Message, StringComparison.Ordinal);

        layer.Forward(rows, again);
        Assert.Equal(answers, again);
    }

    [Fact]
    public void NoExpert_GivesNothing()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
        using IMoeLayer layer = assembly.Layer("Forced.Ranked").CreateRandom(3);
        float[] rows = new float[3 * 32], answers = new float[rows.Length];
        Array.Fill(rows, 1f);
        var forcing = new Forcing(-1);
        layer.Forward(rows, answers, default, ref forcing);
        Assert.Equal(new float[32], answers[32..64]);
        Assert.NotEqual(new float[32], answers[..32]);
    }

    /// <summary>Puts an expert into all slots of token 1.</summary>
    private readonly struct Forcing(int expert) : IStepObserver
    {
        public static bool IsEnabled => true;

        public void Selected(int layer, int token, Span<int> chosen)
        {
            if (token == 1)
                chosen.Fill(expert);
        }

        public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden)
        {
        }

        public void FinalNorm(int token, ReadOnlySpan<float> hidden)
        {
        }

        public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits)
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
