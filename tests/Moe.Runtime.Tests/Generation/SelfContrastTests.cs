using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Moe.Runtime.Generation;
using Moe.Runtime.Models;
using Moe.Runtime.Tests.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Generation;

public sealed class SelfContrastTests
{
    private readonly Model _model = new();

    [Fact]
    public void Contrast_OnTheNumbersOfScmoe_GivesThem()
    {
        // β = 0.5, α = 0.1: the threshold is 2 + ln 0.1 = −0.3026, so that nothing is masked.
        Assert.Equal([2.25f, 0.9f, 0f], Contrasted(new SelfContrast { Weak = new RoutingOptions() }, [2, 1, 0], [1.5f, 1.2f, 0]), Near);
    }

    [Fact]
    public void Contrast_TokensBelowTheThreshold_AreMasked()
    {
        // 2 + ln 0.1 = −0.302585: −0.30 stays, −0.31 does not.
        float[] found = Contrasted(new SelfContrast { Weak = new RoutingOptions() }, [2, -0.30f, -0.31f, float.NegativeInfinity], [0, 0, -9, float.NegativeInfinity]);
        Assert.Equal([3f, -0.45f, float.NegativeInfinity, float.NegativeInfinity], found, Near);
    }

    [Theory]
    [InlineData(0, 1e-30, new[] { 2f, 1f, -3f })]
    [InlineData(0.5, 1, new[] { 3f, float.NegativeInfinity, float.NegativeInfinity })]
    public void Contrast_AtTheEndsOfItsFactors_LeavesTheStrongLogitsOrTheBest(double beta, double alpha, float[] expected) =>
        Assert.Equal(expected, Contrasted(new SelfContrast { Weak = new RoutingOptions(), Beta = beta, Alpha = alpha }, [2, 1, -3], [0, 5, 1]), Near);

    [Fact]
    public void Contrast_TokenThatTheWeakRunExcludes_IsFiniteAndLargest()
    {
        float[] found = Contrasted(new SelfContrast { Weak = new RoutingOptions() }, [2, 1, 0], [1, float.NegativeInfinity, 0]);
        Assert.True(float.IsFinite(found[1]) && found[1] > 1e38f);
        Assert.Equal(1, Array.IndexOf(found, found.Max()));
        Assert.All(Contrasted(new SelfContrast { Weak = new RoutingOptions() }, [float.NegativeInfinity], [0]), logit => Assert.Equal(float.NegativeInfinity, logit));
    }

    [Fact]
    public async Task GenerateAsync_GreedyWithSelfContrast_TakesTheBestContrastedTokenEachTime()
    {
        var contrast = new SelfContrast { Weak = new RoutingOptions { Seed = 9 } };
        var options = new GenerationOptions { MaxNewTokens = 40, IgnoreEndTokens = true, SelfContrast = contrast };
        string expected = Expected("Once upon", 40, contrast);
        Assert.Equal(expected, string.Concat(await TextGeneratorTests.Collect(_model, "Once upon", options)));
        Assert.Equal(expected, string.Concat(TextGenerator.Generate(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "Once upon", options)));
        Assert.NotEqual(expected, string.Concat(await TextGeneratorTests.Collect(_model, "Once upon", options with { SelfContrast = null })));

        // Two caches a text, both given back.
        Assert.Equal(5, _model.Caches.Count);
        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public async Task GenerateBatchAsync_SomeWithSelfContrast_GivesEachTheTextItHasAlone()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 6).Select(index => new GenerationRequest(new string('p', 1 + (index * 5)), new GenerationOptions
        {
            Temperature = index % 2,
            Seed = (ulong)index,
            RepetitionPenalty = 1.1f,
            MaxNewTokens = 5 + (7 * index),
            IgnoreEndTokens = true,
            SelfContrast = index % 3 == 0 ? null : new SelfContrast { Weak = new RoutingOptions { Seed = index }, Beta = 0.3 * index, Alpha = 0.05 },
        }))];
        List<BatchPiece> pieces = await TextGeneratorTests.Read(
            TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, requests));
        for (int index = 0; index < requests.Length; index++)
        {
            List<string> alone = await TextGeneratorTests.Collect(_model, requests[index].Prompt, requests[index].Options!);
            Assert.Equal(alone, pieces.Where(piece => piece.Index == index).Select(piece => piece.Text));
        }

        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public async Task GenerateBatchAsync_WithSelfContrast_RunsBothInOneStep()
    {
        var tokens = new List<int>();
        _model.OnStep = batch => tokens.Add(batch.Tokens);
        var options = new GenerationOptions { MaxNewTokens = 3, IgnoreEndTokens = true, SelfContrast = new SelfContrast { Weak = new RoutingOptions { Seed = 1 } } };
        await TextGeneratorTests.Read(TextGenerator.GenerateBatchAsync(
            _model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, [new GenerationRequest("abc", options), new GenerationRequest("de", options)]));
        Assert.Equal([3, 3, 2, 2, 4, 4], tokens);
    }

    [Fact]
    public void SelfContrast_WrongOptions_SayWhatIsAllowed()
    {
        Expect("Beta is -1; it must be a finite number from 0", new SelfContrast { Weak = new RoutingOptions(), Beta = -1 });
        Expect("Beta is NaN", new SelfContrast { Weak = new RoutingOptions(), Beta = double.NaN });
        Expect("Alpha is 0; it must be above 0", new SelfContrast { Weak = new RoutingOptions(), Alpha = 0 });
        Expect("Alpha is 1.5", new SelfContrast { Weak = new RoutingOptions(), Alpha = 1.5 });
        Expect("no layer that chooses a number of best experts", new SelfContrast { Weak = new RoutingOptions { TopK = 1, FirstRank = 2 } });
        Expect("no Weak routing", new SelfContrast { Weak = null! });
        Assert.Throws<ArgumentException>(() => new SelfContrast { Weak = new RoutingOptions() }.Contrast([1, 2], [1], new float[2]));

        void Expect(string message, SelfContrast contrast) => Assert.Contains(
            message,
            Assert.ThrowsAny<ArgumentException>(() => { _ = TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "a", new GenerationOptions { SelfContrast = contrast }); }).Message,
            StringComparison.Ordinal);
    }

    private static float[] Contrasted(SelfContrast contrast, float[] strong, float[] weak)
    {
        var found = new float[strong.Length];
        contrast.Contrast(strong, weak, found);
        return found;
    }

    // The definition, without caches: s' of the whole sequence each time.
    private static string Expected(string prompt, int count, SelfContrast contrast)
    {
        List<int> sequence = [.. Encoding.UTF8.GetBytes(prompt).Select(value => (int)value)];
        int start = sequence.Count;
        for (int i = 0; i < count; i++)
        {
            float[] strong = Model.LogitsAfter(sequence.ToArray());
            float[] weak = Model.LogitsAfter(sequence.ToArray(), contrast.Weak.Seed);
            double threshold = strong.Max() + Math.Log(contrast.Alpha);
            double[] contrasted = [.. strong.Select((s, token) => s >= threshold ? ((1 + contrast.Beta) * s) - (contrast.Beta * weak[token]) : double.NegativeInfinity)];
            sequence.Add(Array.IndexOf(contrasted, contrasted.Max()));
        }

        return ByteTokenizer.WithBegin.Decode(sequence.ToArray().AsSpan(start));
    }

    // One rounding of a number of this size.
    private static bool Near(float left, float right) => left == right || Math.Abs(left - right) < 1e-6f;
}
