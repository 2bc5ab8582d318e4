using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Generation;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Tests.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Generation;

public sealed class TextGeneratorTests
{
    internal static readonly GenerationDefaults Defaults = new([ByteTokenizer.End], null, null, null, null, null, null, null, null);

    private readonly Model _model = new();

    [Theory]
    [InlineData("")]
    [InlineData("Once upon a time")]
    [InlineData("Größe 😀")]
    public async Task GenerateAsync_Greedy_IsTheBestTokenEachTime(string prompt)
    {
        var sequence = new List<int>(prompt.Length == 0 ? [ByteTokenizer.Begin] : Encoding.UTF8.GetBytes(prompt).Select(value => (int)value));
        int start = sequence.Count;
        for (int i = 0; i < 60; i++)
        {
            float[] logits = Model.LogitsAfter(sequence.ToArray());
            sequence.Add(Array.IndexOf(logits, logits.Max()));
        }

        string expected = ByteTokenizer.WithBegin.Decode(sequence.ToArray().AsSpan(start));
        GenerationStatistics? statistics = null;
        var options = new GenerationOptions { MaxNewTokens = 60, IgnoreEndTokens = true, OnFinished = s => statistics = s };
        List<string> pieces = await Collect(_model, prompt, options);
        Assert.Equal(expected, string.Concat(pieces));
        Assert.DoesNotContain("", pieces);
        Assert.Equal((start, 60, FinishReason.MaxNewTokens), (statistics!.PromptTokens, statistics.GeneratedTokens, statistics.FinishReason));
        Assert.True(statistics.PromptTokensPerSecond > 0 && statistics.GenerationTokensPerSecond > 0);
        Assert.Equal(expected, string.Concat(TextGenerator.Generate(_model, ByteTokenizer.WithBegin, Defaults, prompt, options)));
    }

    [Fact]
    public async Task GenerateAsync_SameSeed_SameText()
    {
        async Task<string> Text(ulong? seed) =>
            string.Concat(await Collect(_model, "abc", new GenerationOptions { Seed = seed, Temperature = 1, TopK = 50, MaxNewTokens = 40, IgnoreEndTokens = true }));

        Assert.Equal(await Text(1), await Text(1));
        Assert.NotEqual(await Text(1), await Text(2));
        Assert.NotEqual(await Text(null), await Text(null));
    }

    [Fact]
    public async Task GenerateAsync_SeedOfTheStatistics_GivesTheTextAgain()
    {
        ulong seed = 0;
        var options = new GenerationOptions { Temperature = 1, MaxNewTokens = 40, OnFinished = s => seed = s.Seed };
        List<string> first = await Collect(_model, "abc", options);
        Assert.Equal(first, await Collect(_model, "abc", options with { Seed = seed }));
    }

    [Fact]
    public async Task GenerateAsync_EndToken_EndsTheTextUnlessIgnored()
    {
        Say(_model, 2, "Hi<|end|>there");
        Assert.Equal(("Hi", FinishReason.EndToken, 3), await Run("ab", new GenerationOptions { MaxNewTokens = 8 }));
        Assert.Equal(("Hithere", FinishReason.MaxNewTokens, 8), await Run("ab", new GenerationOptions { MaxNewTokens = 8, IgnoreEndTokens = true }));
        Assert.Equal(("Hith", FinishReason.EndToken, 6), await Run("ab", new GenerationOptions { IgnoreEndTokens = true, StopTokens = ['e'] }));
    }

    [Theory]
    [InlineData("abc STOP def", "abc ", FinishReason.StopString, "STOP")]
    [InlineData("abc STO def", "abc STO ", FinishReason.MaxNewTokens, "STOP")]
    [InlineData("abcdeSTOP", "abcdeSTO", FinishReason.MaxNewTokens, "STOP")]
    [InlineData("abST<|end|>OP", "abST", FinishReason.EndToken, "STOP")]
    [InlineData("a😀b😁cdef", "a", FinishReason.StopString, "😀b😁")]
    [InlineData("a😀bcdef", "a", FinishReason.StopString, "c", "😀")]
    public async Task GenerateAsync_StopString_IsNeverShown(string said, string expected, FinishReason reason, params string[] strings)
    {
        Say(_model, 2, said);
        var options = new GenerationOptions { StopStrings = strings, MaxNewTokens = reason == FinishReason.MaxNewTokens ? 8 : 20 };
        (string text, FinishReason finish, _) = await Run("xy", options);
        Assert.Equal((expected, reason), (text, finish));
    }

    [Fact]
    public async Task GenerateAsync_TokensWithinACharacter_AreShownWhole()
    {
        Say(_model, 1, "ä😀€é");
        List<string> pieces = await Collect(_model, "x", new GenerationOptions { MaxNewTokens = 11 });
        Assert.Equal(["ä", "😀", "€", "é"], pieces);
    }

    [Fact]
    public async Task GenerateAsync_EndWithinACharacter_ShowsTheReplacementCharacter()
    {
        Say(_model, 1, "a😀");
        List<string> pieces = await Collect(_model, "x", new GenerationOptions { MaxNewTokens = 3 });
        Assert.Equal("a\uFFFD", string.Concat(pieces));
    }

    [Fact]
    public async Task GenerateAsync_ContextFull_EndsThere()
    {
        var model = new FakeModel<Narrow>();
        FinishReason? reason = null;
        int drawn = 0;
        var options = new GenerationOptions
        {
            IgnoreEndTokens = true,
            OnFinished = s => (reason, drawn) = (s.FinishReason, s.GeneratedTokens),
        };
        // 20 of 24 positions, the last drawn token has none: 5 tokens.
        await Collect(model, new string('a', 20), options);
        Assert.Equal((FinishReason.ContextFull, 5), (reason, drawn));
        await Collect(model, new string('a', 24), options);
        Assert.Equal((FinishReason.ContextFull, 1), (reason, drawn));
    }

    [Fact]
    public async Task GenerateAsync_PromptLongerThanTheContext_SaysBothNumbers()
    {
        var exception = await Assert.ThrowsAsync<ContextOverflowException>(() => Collect(new FakeModel<Narrow>(), new string('a', 25), null));
        Assert.Contains("25 tokens do not fit into the context of 24", exception.Message);
    }

    [Fact]
    public async Task GenerateAsync_EmptyPrompt_NeedsATokenThatBeginsAText()
    {
        Task<List<string>> Empty(GenerationDefaults defaults) =>
            Read(TextGenerator.GenerateAsync(_model, ByteTokenizer.WithoutBegin, defaults, "", new GenerationOptions { MaxNewTokens = 5 }));

        Assert.Contains("prompt is empty", (await Assert.ThrowsAsync<ArgumentException>(() => Empty(Defaults))).Message);
        var steps = new List<int>();
        _model.OnStep = batch => steps.AddRange(batch.Ids);
        await Empty(Defaults with { BeginToken = 70 });
        Assert.Equal(70, steps[0]);
    }

    [Fact]
    public void GenerateAsync_WrongOptions_AreRefusedAtTheCall()
    {
        void Refused<TException>(string part, GenerationOptions options) where TException : ArgumentException =>
            Assert.Contains(part, Assert.Throws<TException>(() => { _ = TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults, "a", options); }).Message);

        Refused<ArgumentOutOfRangeException>("Temperature is -1;", new GenerationOptions { Temperature = -1 });
        Refused<ArgumentOutOfRangeException>("MaxNewTokens is 0;", new GenerationOptions { MaxNewTokens = 0 });
        Refused<ArgumentOutOfRangeException>("StopTokens is 258; it must be an id of the vocabulary, 0 to 257", new GenerationOptions { StopTokens = [3, 258] });
        Refused<ArgumentException>("StopStrings", new GenerationOptions { StopStrings = ["a", ""] });
        Assert.Throws<ArgumentNullException>("prompt", () => { _ = TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults, null!); });
    }

    [Fact]
    public async Task GenerateAsync_CheckpointDefaults_ApplyWhereTheOptionsDoNotSay()
    {
        Say(_model, 1, "abcdefgh");
        Assert.Equal("abc", string.Concat(await Read(TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults with { MaxNewTokens = 3 }, "x"))));
        var options = new GenerationOptions { MaxNewTokens = 5 };
        Assert.Equal("abcde", string.Concat(await Read(TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults with { MaxNewTokens = 3 }, "x", options))));
    }

    [Fact]
    public async Task GenerateAsync_NaNLogits_ShowsNothingDrawnFromThem()
    {
        Say(_model, 1, "abcdef");
        LogitEditAfter(4);
        var shown = new StringBuilder();
        bool isFinished = false;
        var exception = await Assert.ThrowsAsync<NotFiniteNumberException>(async () =>
        {
            await foreach (string piece in TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults, "x", new GenerationOptions { OnFinished = _ => isFinished = true }))
                shown.Append(piece);
        });
        Assert.Contains("position 4", exception.Message);
        Assert.Equal("abcd", shown.ToString());
        Assert.False(isFinished);
        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public async Task GenerateAsync_Observer_SeesEveryTokenThatRan()
    {
        Say(_model, 3, "xyz");
        var recorder = new Recorder([]);
        await Read(TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, Defaults, "abc", new GenerationOptions { MaxNewTokens = 3 }, recorder));
        Assert.Equal([(0, 0, 'a'), (1, 1, 'b'), (2, 2, 'c'), (0, 3, 'x'), (0, 4, 'y')], recorder.Seen.Select(s => (s.Token, (int)s.Position, (char)s.Id)));
    }

    [Fact]
    public async Task GenerateAsync_ManyOnOneModel_AreEachAsAlone()
    {
        GenerationOptions Options(int i) => new() { Seed = (ulong)i, Temperature = 1.2f, TopP = 0.9f, MaxNewTokens = 50, IgnoreEndTokens = true };
        var alone = new List<string>();
        for (int i = 0; i < 8; i++)
            alone.Add(string.Concat(await Collect(_model, "prompt" + i, Options(i))));

        List<string>[] together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Collect(_model, "prompt" + i, Options(i)))));
        Assert.Equal(alone, together.Select(pieces => string.Concat(pieces)));
    }

    internal static async Task<List<string>> Collect<TSize>(FakeModel<TSize> model, string prompt, GenerationOptions? options)
        where TSize : struct, IFakeSize =>
        await Read(TextGenerator.GenerateAsync(model, ByteTokenizer.WithBegin, Defaults, prompt, options));

    /// <summary>Makes the model say a text behind a prompt of so many tokens, again and again.</summary>
    internal static void Say(Model model, int promptTokens, string text)
    {
        int[] ids = ByteTokenizer.WithBegin.Encode(text);
        model.Edit = (position, logits) => logits[ids[(position - promptTokens + 1) % ids.Length]] = 1000;
    }

    internal static async Task<List<T>> Read<T>(IAsyncEnumerable<T> pieces)
    {
        var all = new List<T>();
        await foreach (T piece in pieces)
            all.Add(piece);

        return all;
    }

    private void LogitEditAfter(int wrong)
    {
        Model.LogitEdit say = _model.Edit!;
        _model.Edit = (position, logits) =>
        {
            say(position, logits);
            if (position == wrong)
                logits[0] = float.NaN;
        };
    }

    private async Task<(string, FinishReason, int)> Run(string prompt, GenerationOptions options)
    {
        GenerationStatistics? statistics = null;
        List<string> pieces = await Collect(_model, prompt, options with { OnFinished = s => statistics = s });
        return (string.Concat(pieces), statistics!.FinishReason, statistics.GeneratedTokens);
    }
}
