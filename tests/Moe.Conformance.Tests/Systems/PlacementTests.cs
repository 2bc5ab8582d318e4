using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Runtime.Generation;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A26's pyramid, A27 Apollo-MoE, A28 Uni-MoE, A29 MoE-LLaVA, A34 SCMoE: whole models, experts in some layers.</summary>
public class PlacementTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 12)]
        public class PlainBlock;

        [Router(TopK = 2)]
        [RoutedExperts(7, IntermediateSize = 12)]
        public class LanguageFamilyBlock : PlainBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32, Tags = 12)]
        [Layers(5, typeof(PlainBlock))]
        [Layers(typeof(LanguageFamilyBlock), Last = 2)]
        public partial class Apollo;

        [MoeModel(Tags = 50)]
        public partial class ApolloFifty : Apollo;

        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 12)]
        public class UpcycledBlock : PlainBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(4, typeof(PlainBlock))]
        [Layers(typeof(UpcycledBlock), Every = 2)]
        public partial class MoeLlava;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(4, IntermediateSize = 12)]
        public partial class UpcycledLayer;

        [MoeLayer(HiddenSize = 8)]
        [FeedForward(IntermediateSize = 12)]
        public partial class DenseLayer;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(8, IntermediateSize = 12)]
        public partial class UniMoe;

        [RoutedExperts(8)] public class WideUpcycledBlock : UpcycledBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(2, typeof(UpcycledBlock))]
        [Layers(2, typeof(WideUpcycledBlock))]
        public partial class Pyramid;

        [Router(TopK = 2, MaxSelected = 3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(8, IntermediateSize = 12)]
        public class ContrastBlock : PlainBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(2, typeof(ContrastBlock))]
        public partial class ScmoeModel;

        [Router(TopK = 2, Logits = RouterLogits.Mlp, LogitResidual = true, Weights = RouterWeights.ZeroedRenormalised, InputScale = 2)]
        [RoutedExperts(4, IntermediateSize = 12)]
        [ConstantExperts(2)]
        [CopyExperts(1)]
        [ZeroExperts(1)]
        public class MoePlusPlusBlock : PlainBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(3, typeof(MoePlusPlusBlock))]
        public partial class MoePlusPlusModel;
        """;

    private static readonly int[] _ids = [3, 1, 4, 1, 5, 9, 2, 6];

    [Fact]
    public void Apollo_ExpertsLieInTheLastTwoLayers()
    {
        SystemModel model = new("Apollo");
        Assert.Equal([false, false, false, true, true], HasExperts(model));
        (_, Recording recording) = model.Run([_ids]);
        Assert.Equal([3, 4], recording.Chosen.Keys.Select(at => at.Layer).Distinct().Order());
    }

    [Fact]
    public void Apollo_Selection_IgnoresTheLanguageTag()
    {
        SystemModel model = new("Apollo");
        RoutingOptions[] languages = [.. new[] { 0, 1, 11 }.Select(tag => new RoutingOptions { Tag = tag })];
        (_, Recording recording) = model.Run([_ids, _ids, _ids], name => name, languages);
        for (int token = 0; token < _ids.Length; token++)
        {
            Assert.Equal(recording.Logits[token], recording.Logits[_ids.Length + token]);
            Assert.Equal(recording.Logits[token], recording.Logits[(2 * _ids.Length) + token]);
            Assert.Equal(recording.Chosen[(4, token)], recording.Chosen[(4, (2 * _ids.Length) + token)]);
        }
    }

    [Fact]
    public void Apollo_Parameters_DoNotGrowWithTheLanguages() =>
        Assert.Equal(SystemAssembly.Constant("Apollo", "TotalParameters"), SystemAssembly.Constant("ApolloFifty", "TotalParameters"));

    [Fact]
    public void MoeLlava_EverySecondLayer_HasExperts()
    {
        SystemModel model = new("MoeLlava");
        Assert.Equal([false, true, false, true], HasExperts(model));
        model.Run([_ids]);
    }

    [Fact]
    public void MoeLlava_CopiesOfADenseNetwork_EqualIt()
    {
        SystemLayer dense = new("DenseLayer");
        SystemLayer copies = new SystemLayer("UpcycledLayer")
            .Set("ExpertUp", dense.Weight("Up")).Set("ExpertGate", dense.Weight("Gate")).Set("ExpertDown", dense.Weight("Down"));
        double[][] input = dense.Tokens(9);
        LayerAnswer expected = dense.Run(input);
        LayerAnswer found = copies.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            Assert.Equal(1, found.Choice(token).Sum(slot => slot.Weight), 1e-12);
            Numbers.Near(expected.Rows[token], found.Emitted[token], 1e-5);
        }
    }

    [Fact]
    public void UniMoe_OnRandomTokens_TakesASoftmaxOfTheTwoBestLogits()
    {
        SystemLayer layer = new("UniMoe");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input);
        for (int token = 0; token < input.Length; token++)
        {
            double[] logits = Numbers.Linear(layer.Weight("Router"), input[token]);
            int[] best = Numbers.Best(logits, 2);
            double[] shares = Numbers.Softmax([logits[best[0]], logits[best[1]]]);
            Numbers.Near(Numbers.Sum(8, best.Zip(shares, (expert, share) => (share, Numbers.Gated(layer, "Expert", expert, input[token])))), answer.Rows[token], 1e-12);

            // Section 0: a softmax of the chosen is the softmax of all, renormalised; the raw one is smaller.
            double[] scores = Numbers.Softmax(logits);
            Assert.Equal(scores[best[0]] / (scores[best[0]] + scores[best[1]]), answer.Choice(token).Single(slot => slot.Expert == best[0]).Weight, 1e-12);
            Assert.True(scores[best[0]] + scores[best[1]] < 0.99);
        }
    }

    [Fact]
    public void Pyramid_LaterLayers_HaveMoreExperts()
    {
        SystemModel model = new("Pyramid");
        int[] experts = [.. Enumerable.Range(0, 4).Select(layer => ((ExpertFeedForward)BlockOf(model, layer).FeedForward).Experts)];
        Assert.Equal([4, 4, 8, 8], experts);
        (_, Recording recording) = model.Run([_ids]);
        Assert.Equal([4, 4, 8, 8], Enumerable.Range(0, 4).Select(layer => recording.RouterLogits[(layer, 0)].Length));
    }

    [Fact]
    public void MoePlusPlus_AsAModelOfThreeLayers_AgreesWithTheInterpreter() => new SystemModel("MoePlusPlusModel").Run([_ids, [7, 7]]);

    [Fact]
    public void Scmoe_StrongAndWeakInOneStep_AgreeWithTheInterpreterAndContrast()
    {
        SystemModel model = new("ScmoeModel");
        RoutingOptions weak = new() { TopK = 1, FirstRank = 2 };
        var settings = new RequestSettings();
        settings.Ranks[1] = (2, 1);
        (Trace trace, Recording recording) = model.Run([_ids, _ids], [new RoutingOptions(), weak], settings);
        for (int token = 0; token < _ids.Length; token++)
        {
            int other = _ids.Length + token;
            Assert.Single(recording.Chosen[(0, other)], expert => expert >= 0);
            Assert.DoesNotContain(recording.Chosen[(0, other)][0], recording.Chosen[(0, token)].Where(expert => expert >= 0));

            var contrasted = new float[20];
            new SelfContrast { Weak = weak }.Apply(recording.Logits[token], recording.Logits[other], contrasted);
            double threshold = trace.Logits[token].Max() + Math.Log(0.1);
            for (int id = 0; id < 20; id++)
            {
                double expected = (1.5 * trace.Logits[token][id]) - (0.5 * trace.Logits[other][id]);
                if (Math.Abs(trace.Logits[token][id] - threshold) < 1e-3)
                    continue;
                Assert.Equal(trace.Logits[token][id] > threshold, float.IsFinite(contrasted[id]));
                if (float.IsFinite(contrasted[id]))
                    Assert.Equal(expected, contrasted[id], 1e-3);
            }
        }
    }

    private static IEnumerable<bool> HasExperts(SystemModel model) =>
        Enumerable.Range(0, model.Architecture.LayerCount).Select(layer => BlockOf(model, layer).FeedForward is ExpertFeedForward);

    private static BlockArchitecture BlockOf(SystemModel model, int layer) =>
        model.Architecture.Blocks[model.Architecture.Layers.Single(range => layer >= range.First && layer < range.First + range.Count).Block];
}
