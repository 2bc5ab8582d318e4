using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Moe.Runtime.Generation;
using Moe.Runtime.Memory;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Generation;

public sealed class BatchGenerationTests
{
    private readonly Model _model = new();

    [Fact]
    public async Task GenerateBatchAsync_DifferentPromptsAndOptions_GiveEachTheTextItHasAlone()
    {
        var random = new Random(31);
        GenerationRequest[] requests = Enumerable.Range(0, 9).Select(index => new GenerationRequest(
            index == 4 ? "" : new string('p', random.Next(1, 120)),
            new GenerationOptions
            {
                Temperature = index % 3 == 0 ? 0 : 0.5f + random.NextSingle(),
                TopK = random.Next(40),
                TopP = 0.5f + random.NextSingle() / 2,
                RepetitionPenalty = 1 + random.NextSingle() / 4,
                Seed = (ulong)index,
                MaxNewTokens = 1 + random.Next(60),
                StopStrings = ["e", "€"],
            })).ToArray();

        var finished = new GenerationStatistics?[9];
        GenerationRequest[] watched = requests
            .Select((request, index) => request with { Options = request.Options! with { OnFinished = s => finished[index] = s } })
            .ToArray();
        List<BatchPiece> pieces = await TextGeneratorTests.Read(
            TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, watched));
        for (int index = 0; index < requests.Length; index++)
        {
            GenerationStatistics? alone = null;
            List<string> text = await TextGeneratorTests.Collect(_model, requests[index].Prompt, requests[index].Options! with { OnFinished = s => alone = s });
            Assert.Equal(text, pieces.Where(piece => piece.Index == index).Select(piece => piece.Text));
            GenerationStatistics together = finished[index]!;
            Assert.Equal(
                (alone!.PromptTokens, alone.GeneratedTokens, alone.FinishReason, alone.Seed),
                (together.PromptTokens, together.GeneratedTokens, together.FinishReason, together.Seed));
        }

        Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
    }

    [Fact]
    public async Task GenerateBatchAsync_TextThatHasEnded_LeavesTheBatch()
    {
        var sequences = new List<int>();
        _model.OnStep = batch =>
        {
            if (batch.Tokens == batch.Sequences)
                sequences.Add(batch.Sequences);
        };
        GenerationRequest[] requests = new[] { 1, 4, 2, 4 }
            .Select(count => new GenerationRequest("two", new GenerationOptions { MaxNewTokens = count, IgnoreEndTokens = true }))
            .ToArray();
        await TextGeneratorTests.Read(TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, requests));
        Assert.Equal([3, 2, 2], sequences);
    }

    [Fact]
    public async Task GenerateBatchAsync_EqualPromptsAndSeeds_GiveEqualTexts()
    {
        var request = new GenerationRequest("same", new GenerationOptions { Seed = 5, MaxNewTokens = 30 });
        List<BatchPiece> pieces = await TextGeneratorTests.Read(
            TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, [request, request]));
        string Text(int index) => string.Concat(pieces.Where(piece => piece.Index == index).Select(piece => piece.Text));
        Assert.NotEmpty(Text(0));
        Assert.Equal(Text(0), Text(1));
    }

    [Fact]
    public async Task GenerateBatchAsync_OnePromptTooLong_FailsBeforeAnyStep()
    {
        _model.OnStep = _ => throw new TimeoutException("a step ran");
        GenerationRequest[] requests = [new("good"), new(new string('a', 5000))];
        await Assert.ThrowsAsync<ContextOverflowException>(() => TextGeneratorTests.Read(
            TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, requests)));
    }

    [Fact]
    public void GenerateBatchAsync_WrongRequest_IsNamedByItsIndex()
    {
        TException Refused<TException>(GenerationRequest wrong) where TException : ArgumentException =>
            Assert.Throws<TException>(() => { _ = TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, [new("good"), wrong]); });

        Assert.StartsWith("requests[1]: Temperature is -1;", Refused<ArgumentException>(new("a", new GenerationOptions { Temperature = -1 })).Message);
        Assert.StartsWith("requests[1]: StopStrings", Refused<ArgumentException>(new("a", new GenerationOptions { StopStrings = [""] })).Message);
        Assert.Equal("requests[1].Prompt", Refused<ArgumentNullException>(new(null!)).ParamName);
        Assert.Equal("requests[1]", Refused<ArgumentNullException>(null!).ParamName);
    }

    [Fact]
    public async Task GenerateBatchAsync_EmptyPromptWithoutBeginToken_IsNamedByItsIndex()
    {
        GenerationRequest[] requests = [new("good"), new("")];
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => TextGeneratorTests.Read(
            TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithoutBegin, TextGeneratorTests.Defaults, requests)));
        Assert.StartsWith("requests[1]: The prompt is empty", refusal.Message);
    }

    [Fact]
    public async Task GenerateBatchAsync_NoRequests_GivesNothing() =>
        Assert.Empty(await TextGeneratorTests.Read(TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, [])));
}
