using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Generation;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Tests.Generation;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A34 SCMoE on an emitted model: generation against two runs and the arithmetic written out.</summary>
public class SelfContrastModelTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 2, MaxSelected = 3, Weights = RouterWeights.Renormalised)]
        [RoutedExperts(8, IntermediateSize = 24)]
        public class SelfContrastBlock;

        [MoeModel(VocabularySize = 258, HiddenSize = 16, ContextLength = 128)]
        [Layers(2, typeof(SelfContrastBlock))]
        public partial class SelfContrastModel;

        [Router(Reset = true, TopK = 1, Logits = RouterLogits.Random, Weights = RouterWeights.One)]
        public class NoRanksBlock : SelfContrastBlock;

        [MoeModel(VocabularySize = 258, HiddenSize = 16, ContextLength = 128)]
        [Layers(2, typeof(NoRanksBlock))]
        public partial class NoRanks;
        """;

    private static readonly RoutingOptions _third = new() { FirstRank = 2, TopK = 1 };
    private static readonly GenerationDefaults _nothing = new([], null, null, null, null, null, null, null, null);

    [Theory]
    [InlineData(0.5, 0.1)]
    [InlineData(2, 0.01)]
    [InlineData(0.25, 1)]
    public void Generate_WithContrast_IsGreedyOverTwoRunsWithCachesOfTheirOwn(double strength, double plausibility)
    {
        const string Prompt = "Once upon a time there was";
        using ICompiledModel model = SystemAssembly.Model("SelfContrastModel").CreateRandom(42);
        var options = new GenerationOptions
        {
            SelfContrast = new SelfContrast { Weak = _third, Strength = strength, Plausibility = plausibility },
            MaxNewTokens = 40,
        };
        string expected = Loop(model, Prompt, strength, plausibility, _third);
        Assert.Equal(expected, Generate("SelfContrastModel", Prompt, options));
        if (plausibility < 1)
            Assert.NotEqual(expected, Generate("SelfContrastModel", Prompt, options with { SelfContrast = null }));
        else
            Assert.Equal(expected, Generate("SelfContrastModel", Prompt, options with { SelfContrast = null }));
    }

    [Fact]
    public void Generate_WeakLikeStrongOrNoStrength_IsGreedyDecoding()
    {
        var options = new GenerationOptions { MaxNewTokens = 60 };
        string expected = Generate("SelfContrastModel", "A", options);
        Assert.Equal(expected, Generate("SelfContrastModel", "A", options with { SelfContrast = new SelfContrast { Weak = new RoutingOptions { TopK = 2 }, Strength = 4 } }));
        Assert.Equal(expected, Generate("SelfContrastModel", "A", options with { SelfContrast = new SelfContrast { Weak = _third, Strength = 0 } }));
    }

    [Fact]
    public void Generate_OnAModelWithoutRanks_IsRefused()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Generate("NoRanks", "A", new GenerationOptions { SelfContrast = new SelfContrast { Weak = _third } }));
        Assert.Contains("NoRanks has no layer that chooses a number of best experts", refusal.Message, StringComparison.Ordinal);
    }

    private static string Loop(ICompiledModel model, string prompt, double strength, double plausibility, RoutingOptions weak)
    {
        using SequenceCache strongCache = model.NewCache();
        using SequenceCache weakCache = model.NewCache();
        int[] next = ByteTokenizer.WithBegin.Encode(prompt);
        var drawn = new List<int>();
        while (drawn.Count < 40)
        {
            float[] strong = Step(strongCache, null);
            float[] weaker = Step(weakCache, weak);
            int best = -1;
            double most = double.NegativeInfinity;
            for (int token = 0; token < strong.Length; token++)
            {
                double contrasted = ((1 + strength) * strong[token]) - (strength * weaker[token]);
                if (strong[token] >= strong.Max() + Math.Log(plausibility) && contrasted > most)
                    (best, most) = (token, contrasted);
            }

            drawn.Add(best);
            next = [best];
        }

        return ByteTokenizer.WithBegin.Decode([.. drawn]);

        float[] Step(SequenceCache cache, RoutingOptions? routing)
        {
            var batch = new StepBatch();
            batch.Add(cache, next, LogitPositions.Last, routing);
            model.Step(batch);
            cache.Advance(next.Length);
            return batch.Logits(0, model.Shape.VocabularySize).ToArray();
        }
    }

    private static string Generate(string name, string prompt, GenerationOptions options)
    {
        Type type = SystemAssembly.Model(name).Type;
        var generator = (IGenerator)Activator.CreateInstance(typeof(Generator<>).MakeGenericType(type))!;
        return generator.Generate(type, prompt, options);
    }

    private interface IGenerator
    {
        string Generate(Type type, string prompt, GenerationOptions options);
    }

    private sealed class Generator<TModel> : IGenerator
        where TModel : class, IMoeModel<TModel>
    {
        public string Generate(Type type, string prompt, GenerationOptions options)
        {
            using var model = (TModel)type.GetMethod("CreateRandom", [typeof(ulong), typeof(LoadOptions)])!.Invoke(null, [42ul, null])!;
            return string.Concat(TextGenerator.Generate(model, ByteTokenizer.WithBegin, _nothing, prompt, options));
        }
    }
}
