using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Moe.Runtime.Generation;
using Moe.Runtime.Models;
using Moe.Runtime.Tests.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Routed>;

namespace Moe.Runtime.Tests.Generation;

public sealed class SelfContrastTests
{
    private static readonly RoutingOptions _third = new() { FirstRank = 2, TopK = 1 };
    private static readonly RoutingOptions _best = new() { TopK = 1 };

    private readonly Model _model = new();

    [Fact]
    public void Apply_NumbersOfThePaper_GivesThem()
    {
        // max + ln 0.1 = −0.3026 leaves all three in; 2 + 0.5 · 0.5, 1 − 0.5 · 0.2, 0
        Assert.Equal([2.25f, 0.9f, 0f], Applied(new SelfContrast { Weak = _third }, [2, 1, 0], [1.5f, 1.2f, 0]));
        Assert.Equal([2.25f, float.NegativeInfinity, float.NegativeInfinity], Applied(new SelfContrast { Weak = _third, Plausibility = 1 }, [2, 1, 0], [1.5f, 1.2f, 0]));
    }

    [Theory]
    [InlineData(0.1, -0.3025, true)]
    [InlineData(0.1, -0.3027, false)]
    [InlineData(0.5, 1.3069, true)]
    [InlineData(0.5, 1.3068, false)]
    [InlineData(1, 2, true)]
    [InlineData(1, 1.9999999, false)]
    public void Apply_AtTheThreshold_LeavesOutWhatIsBelow(double plausibility, float logit, bool isIn)
    {
        float[] applied = Applied(new SelfContrast { Weak = _third, Plausibility = plausibility }, [2, logit], [0, 0]);
        Assert.Equal(isIn, float.IsFinite(applied[1]));
        Assert.Equal(3f, applied[0]);
    }

    [Fact]
    public void Apply_RandomLogits_IsTheEquationAndMayOverwriteItsInput()
    {
        var random = new Random(5);
        foreach ((double strength, double plausibility) in new[] { (0.5, 0.1), (0, 0.1), (3, 1e-6), (0.25, 0.9) })
        {
            float[] strong = [.. Enumerable.Range(0, 258).Select(_ => (random.NextSingle() * 12) - 6)];
            float[] weak = [.. Enumerable.Range(0, 258).Select(_ => (random.NextSingle() * 12) - 6)];
            var contrast = new SelfContrast { Weak = _third, Strength = strength, Plausibility = plausibility };
            float[] expected = Expected(strong, weak, strength, plausibility);
            float[] applied = Applied(contrast, strong, weak);
            // One rounding to float of numbers up to 42.
            Assert.All(expected.Zip(applied), pair => Assert.True(pair.First == pair.Second || Math.Abs(pair.First - pair.Second) < 4e-6));
            Assert.Equal(applied, Applied(contrast, strong, weak));
            contrast.Apply(strong, weak, weak);
            Assert.Equal(applied, weak);
        }
    }

    [Fact]
    public void Apply_LogitsThatHaveNoContrast_AreRefusedByName()
    {
        var contrast = new SelfContrast { Weak = _third };
        Assert.Contains("Token 1 ", Assert.Throws<NotFiniteNumberException>(() => Applied(contrast, [2, float.NaN], [0, 0])).Message);
        Assert.Contains("Token 0 ", Assert.Throws<NotFiniteNumberException>(() => Applied(contrast, [2, 1], [float.NaN, 0])).Message);
        Assert.Throws<NotFiniteNumberException>(() => Applied(contrast, [2, 1], [float.PositiveInfinity, 0]));
        Assert.Contains("3 strong and 2 weak", Assert.Throws<ArgumentException>(() => Applied(contrast, [2, 1, 0], [0, 0])).Message);
    }

    [Fact]
    public void Apply_TokensThatARoutingExcludes_StayOutOrWin()
    {
        var contrast = new SelfContrast { Weak = _third };
        Assert.Equal([3f, float.NegativeInfinity], Applied(contrast, [2, float.NegativeInfinity], [0, float.NegativeInfinity]));
        Assert.Equal([float.NegativeInfinity], Applied(contrast, [float.NegativeInfinity], [0]));
        // The weak routing says never, the strong one perhaps: finite, and above every other.
        float[] excluded = Applied(contrast, [2, 1, 0], [1, float.NegativeInfinity, 0]);
        Assert.True(float.IsFinite(excluded[1]) && excluded[1] > 1e38f);
        Assert.Equal([2.5f, 0f], [excluded[0], excluded[2]]);
        Assert.Equal([2f, 1f], Applied(contrast with { Strength = 0 }, [2, 1], [float.NegativeInfinity, 0]));
    }

    [Theory]
    [InlineData("a", null)]
    [InlineData("Once upon a time", null)]
    [InlineData("Once upon a time", 7ul)]
    public async Task GenerateAsync_WithContrast_IsALoopOverTwoSessions(string prompt, ulong? seed)
    {
        var options = new GenerationOptions
        {
            SelfContrast = new SelfContrast { Weak = _third, Strength = 0.7, Plausibility = 0.05 },
            Seed = seed,
            Routing = _best,
            RepetitionPenalty = 1.2f,
            MaxNewTokens = 80,
            IgnoreEndTokens = true,
        };
        string expected = Loop(prompt, options);
        Assert.Equal(expected, string.Concat(await TextGeneratorTests.Collect(_model, prompt, options)));
        Assert.Equal(expected, string.Concat(TextGenerator.Generate(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, prompt, options)));
        Assert.NotEqual(expected, string.Concat(await TextGeneratorTests.Collect(_model, prompt, options with { SelfContrast = null })));
        Assert.NotEqual(expected, string.Concat(await TextGeneratorTests.Collect(_model, prompt, options with { SelfContrast = new SelfContrast { Weak = _third, Strength = 0.1 } })));
        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public async Task GenerateAsync_LongPrompt_IsALoopWithOtherChunks()
    {
        string prompt = new('p', (2 * Session.MaxTokensPerStep) + 77);
        var options = new GenerationOptions { SelfContrast = new SelfContrast { Weak = _third }, MaxNewTokens = 30, IgnoreEndTokens = true };
        Assert.Equal(Loop(prompt, options, 7, 300), string.Concat(await TextGeneratorTests.Collect(_model, prompt, options)));
    }

    [Fact]
    public async Task GenerateAsync_WeakLikeStrongOrNoStrength_IsGreedyDecoding()
    {
        var plain = new GenerationOptions { Routing = _best, MaxNewTokens = 200, IgnoreEndTokens = true };
        List<string> expected = await TextGeneratorTests.Collect(_model, "Once", plain);
        foreach (SelfContrast contrast in new[] { new SelfContrast { Weak = _best, Strength = 3.3 }, new SelfContrast { Weak = _third, Strength = 0 } })
            Assert.Equal(expected, await TextGeneratorTests.Collect(_model, "Once", plain with { SelfContrast = contrast }));
    }

    [Fact]
    public async Task GenerateAsync_Observer_SeesTheStrongRoutingAlone()
    {
        var recorder = new Recorder([]);
        var options = new GenerationOptions { SelfContrast = new SelfContrast { Weak = _third }, MaxNewTokens = 4, IgnoreEndTokens = true };
        List<string> watched = await TextGeneratorTests.Read(TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "abc", options, recorder));
        Assert.Equal(await TextGeneratorTests.Collect(_model, "abc", options), watched);
        Assert.Equal([(0, 0), (1, 1), (2, 2), (0, 3), (0, 4), (0, 5)], recorder.Seen.Select(s => (s.Token, (int)s.Position)));
    }

    [Fact]
    public async Task GenerateAsync_WithContrast_RunsBothRoutingsInOneStep()
    {
        var steps = new List<(int Tokens, int Sequences)>();
        _model.OnStep = batch => steps.Add((batch.Tokens, batch.Sequences));
        await TextGeneratorTests.Collect(_model, "abc", new GenerationOptions { SelfContrast = new SelfContrast { Weak = _third }, MaxNewTokens = 3, IgnoreEndTokens = true });
        Assert.Equal([(3, 1), (3, 1), (2, 2), (2, 2)], steps);
    }

    [Fact]
    public async Task GenerateBatchAsync_SomeWithContrast_GivesEachTheTextItHasAlone()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 6).Select(index => new GenerationRequest(new string('q', 1 + (index * 9)), new GenerationOptions
        {
            SelfContrast = index % 3 == 0 ? null : new SelfContrast { Weak = index % 2 == 0 ? _third : _best, Strength = index },
            Temperature = index < 3 ? 0 : 1,
            Seed = (ulong)index,
            MaxNewTokens = 10 + (7 * index),
            StopStrings = ["e"],
        }))];
        List<BatchPiece> pieces = await TextGeneratorTests.Read(TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, requests));
        for (int index = 0; index < requests.Length; index++)
        {
            List<string> alone = await TextGeneratorTests.Collect(_model, requests[index].Prompt, requests[index].Options);
            Assert.Equal(alone, pieces.Where(piece => piece.Index == index).Select(piece => piece.Text));
        }

        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public void Draw_OneTokenAtATime_AllocatesNothing()
    {
        var request = new GenerationRequest("a", new GenerationOptions { SelfContrast = new SelfContrast { Weak = _third }, Temperature = 1, Seed = 3 });
        using var sequence = new DrawnSequence<Model>(_model, GenerationPlan.For(request, TextGeneratorTests.Defaults, Model.Shape));
        var observer = default(NoObserver);
        int token = 1;
        for (int i = 0; i < 300; i++)
            token = sequence.Draw([token], ref observer, default);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
            token = sequence.Draw([token], ref observer, default);

        // Tokens 301 to 500 lie in blocks whose addresses have room already.
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void GenerateAsync_WrongContrast_IsRefusedAtTheCall()
    {
        void Refused<TSize, TException>(FakeModel<TSize> model, string part, SelfContrast contrast)
            where TSize : struct, IFakeSize
            where TException : ArgumentException =>
            Assert.Contains(part, Assert.Throws<TException>(() => { _ = TextGenerator.GenerateAsync(model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "a", new GenerationOptions { SelfContrast = contrast }); }).Message);

        foreach (double wrong in new[] { 0, -0.1, 1.001, double.NaN })
            Refused<Routed, ArgumentOutOfRangeException>(_model, "it must be above 0 and at most 1", new SelfContrast { Weak = _third, Plausibility = wrong });
        foreach (double wrong in new[] { -0.5, double.PositiveInfinity, double.NaN })
            Refused<Routed, ArgumentOutOfRangeException>(_model, "Strength is ", new SelfContrast { Weak = _third, Strength = wrong });
        Refused<Routed, ArgumentNullException>(_model, "Weak", new SelfContrast { Weak = null! });
        Refused<Routed, ArgumentException>(_model, "room for FirstRank + TopK up to 3", new SelfContrast { Weak = _third with { TopK = 2 } });
        Refused<Wide, ArgumentException>(new FakeModel<Wide>(), "no layer that chooses a number of best experts", new SelfContrast { Weak = _third });
    }

    /// <summary>Generation written out: two sessions, the equation, the usual sampler.</summary>
    private string Loop(string prompt, GenerationOptions options, int strongChunk = 5, int weakChunk = 3)
    {
        SelfContrast contrast = options.SelfContrast!;
        using var strong = new Session<Model>(_model, strongChunk) { Routing = options.Routing };
        using var weak = new Session<Model>(_model, weakChunk) { Routing = contrast.Weak };
        var sampler = new Sampler(options.Sampling(TextGeneratorTests.Defaults), Model.Shape.VocabularySize);
        int[] next = ByteTokenizer.WithBegin.Encode(prompt);
        var drawn = new List<int>();
        while (drawn.Count < options.MaxNewTokens)
        {
            float[] logits = Expected(strong.Append(next).ToArray(), weak.Append(next).ToArray(), contrast.Strength, contrast.Plausibility);
            next = [sampler.Sample(logits, strong.Tokens)];
            drawn.Add(next[0]);
        }

        return ByteTokenizer.WithBegin.Decode(drawn.ToArray());
    }

    private static float[] Expected(float[] strong, float[] weak, double strength, double plausibility) =>
        [.. strong.Select((logit, i) => logit < strong.Max() + Math.Log(plausibility)
            ? float.NegativeInfinity
            : (float)(((1 + strength) * logit) - (strength * weak[i])))];

    private static float[] Applied(SelfContrast contrast, float[] strong, float[] weak)
    {
        var contrasted = new float[strong.Length];
        contrast.Apply(strong, weak, contrasted);
        return contrasted;
    }
}
