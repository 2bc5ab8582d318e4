using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A6 THOR, A35 M3ViT, A48 hash layers: who is chosen is drawn, or fixed by an id or a task.</summary>
public class FixedChoiceTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 1, Logits = RouterLogits.Random, Seed = 11, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 2)]
        public partial class ThorToken;

        [Router(RandomScope = RandomScope.Sequence)]
        [MoeLayer] public partial class ThorSentence : ThorToken;

        [Router(RandomScope = RandomScope.Call)]
        [MoeLayer] public partial class ThorBatch : ThorToken;

        [MoeLayer(HiddenSize = 8, Tags = 3)]
        [Router(TopK = 4, Input = RouterInput.Tag)]
        [RoutedExperts(16, IntermediateSize = 4, Activation = Activation.Gelu, Gated = false)]
        public partial class M3Vit;

        [MoeLayer(HiddenSize = 8, VocabularySize = 30)]
        [Router(TopK = 1, Input = RouterInput.TokenId, Logits = RouterLogits.Table, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class HashLayer;
        """;

    [Theory]
    [InlineData("ThorToken")]
    [InlineData("ThorSentence")]
    public void Thor_TheSameSeed_DrawsTheSame(string name)
    {
        SystemLayer layer = new(name);
        double[][] input = layer.Tokens(40);
        LayerAnswer first = layer.Run(input, routing: new RoutingOptions { Seed = 5 });
        LayerAnswer again = layer.Run(input, routing: new RoutingOptions { Seed = 5 });
        LayerAnswer other = layer.Run([.. Enumerable.Repeat(input, 1).SelectMany(rows => rows)], routing: new RoutingOptions { Seed = 7 });
        Assert.Equal(first.Emitted, again.Emitted);
        Assert.All(first.Trace.Decisions.Values, decision => Assert.Equal([1.0], decision.Weights));
        int[] drawn = [.. Enumerable.Range(0, 40).Select(token => first.Experts(token)[0])];
        if (name == "ThorToken")
        {
            Assert.NotEqual(drawn, Enumerable.Range(0, 40).Select(token => other.Experts(token)[0]));
            Assert.Equal(4, drawn.Distinct().Count());
        }
        else
        {
            Assert.Single(drawn.Distinct());
        }

        for (int token = 0; token < 40; token++)
            Numbers.Near(Numbers.Gated(layer, "Expert", drawn[token], input[token]), first.Rows[token], 1e-12);
    }

    [Fact]
    public void Thor_DrawnForABatch_IsOneExpertForAllTokensOfACall()
    {
        using IMoeLayer layer = new SystemLayer("ThorBatch").Load();
        var drawn = new HashSet<int>();
        for (int call = 0; call < 40; call++)
        {
            var recording = new Recording();
            recording.BeginStep([.. Enumerable.Range(0, 6)]);
            var observer = new RecordingObserver(recording);
            var rows = new float[6 * 8];
            layer.Forward(rows, rows, new LayerCall { SequenceLengths = [2, 4] }, ref observer);
            drawn.Add(Assert.Single(recording.Chosen.Values.Select(chosen => chosen[0]).Distinct()));
        }

        Assert.Equal(4, drawn.Count);
    }

    [Fact]
    public void Thor_FrequencyOverManyDraws_IsEven()
    {
        // 10^5 draws of four: the deviation of a frequency is 0.0014, so that 0.01 is seven of them.
        const int Tokens = 100_000;
        using IMoeLayer layer = new SystemLayer("ThorToken").Load();
        var recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, Tokens)]);
        var observer = new RecordingObserver(recording);
        var rows = new float[Tokens * 8];
        layer.Forward(rows, rows, default, ref observer);
        foreach (IGrouping<int, int> expert in recording.Chosen.Values.Select(chosen => chosen[0]).GroupBy(expert => expert))
            Assert.Equal(0.25, expert.Count() / (double)Tokens, 0.01);
    }

    [Fact]
    public void M3Vit_EachTask_HasAGateOfItsOwn()
    {
        SystemLayer layer = new("M3Vit");
        double[][] input = layer.Tokens(6);
        var chosen = new List<string>();
        for (int task = 0; task < 3; task++)
        {
            LayerAnswer answer = layer.Run(input, tags: task);
            for (int token = 0; token < input.Length; token++)
            {
                double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router", task), input[token]));
                int[] best = Numbers.Best(scores, 4);
                Assert.Equal(best.Order(), answer.Experts(token));
                Assert.All(answer.Choice(token), slot => Assert.Equal(scores[slot.Expert], slot.Weight, 1e-12));
            }

            chosen.Add(string.Join(' ', Enumerable.Range(0, 6).SelectMany(token => answer.Experts(token))));
        }

        Assert.Equal(3, chosen.Distinct().Count());
    }

    [Fact]
    public void M3Vit_ExpertMajorOrder_GivesTheBitsOfTokenMajorOrder()
    {
        // All tokens at once run queue by queue, one at a time token by token; tags differ from token to token.
        const int Tokens = 37;
        SystemLayer declared = new("M3Vit");
        using IMoeLayer layer = declared.Load();
        float[] input = [.. declared.Tokens(Tokens).SelectMany(row => row).Select(element => (float)element)];
        int[] tags = [.. Enumerable.Range(0, Tokens).Select(token => token % 3)];
        var together = new float[input.Length];
        layer.Forward(input, together, new LayerCall { Tags = tags });
        for (int token = 0; token < Tokens; token++)
        {
            var row = new float[8];
            layer.Forward(input.AsSpan(token * 8, 8), row, new LayerCall { Tags = tags.AsSpan(token, 1) });
            Assert.Equal(together.AsSpan(token * 8, 8).ToArray(), row);
        }
    }

    [Fact]
    public void HashLayer_EveryId_HasTheExpertOfTheTable()
    {
        int[] table = [.. Enumerable.Range(0, 30).Select(id => id * 7 % 4)];
        SystemLayer layer = new SystemLayer("HashLayer").Set("RouterTable", table.Select(expert => (double)expert));
        int[] ids = [0, 29, 3, 3, 17, 8];
        double[][] input = layer.Tokens(ids.Length);
        LayerAnswer answer = layer.Run(input, ids: ids);
        for (int token = 0; token < ids.Length; token++)
        {
            Assert.Equal([table[ids[token]]], answer.Experts(token));
            Numbers.Near(Numbers.Gated(layer, "Expert", table[ids[token]], input[token]), answer.Rows[token], 1e-12);
        }

        Assert.Equal(answer.Emitted, layer.Run(input, ids: ids).Emitted);
    }

    [Fact]
    public void HashLayer_Router_MultipliesNothing()
    {
        SystemLayer layer = new("HashLayer");
        Graph graph = layer.Graph.Blocks.Single();
        Assert.DoesNotContain(graph.Ops, op => op is Linear);
        Assert.Equal(["RouterTable"], graph.Weights.Where(weight => weight.Role.StartsWith("Router", StringComparison.Ordinal)).Select(weight => weight.Role));
        Assert.Equal(2 * 3 * 8 * 6, layer.Constant("FlopsPerToken"));
        Assert.Equal(4 * 3 * 8 * 6, layer.Constant("TotalParameters"));
    }

    [Fact]
    public void HashLayer_TableBeyondTheExperts_IsRefusedWhenLoaded()
    {
        SystemLayer layer = new SystemLayer("HashLayer").Set("RouterTable", Enumerable.Range(0, 30).Select(id => id == 12 ? 4.0 : 1.0));
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => layer.Load().Dispose());
        Assert.Contains("12", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("4", refusal.Message, StringComparison.Ordinal);
    }
}
