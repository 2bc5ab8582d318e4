using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Generation;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Generation;

public sealed class CancellationTests
{
    private readonly Model _model = new();
    private readonly List<GenerationStatistics> _finished = [];

    private GenerationOptions Options => new() { IgnoreEndTokens = true, OnFinished = _finished.Add };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GenerateAsync_CancelledBetweenTokens_Ends(bool isWithCancellation)
    {
        TextGeneratorTests.Say(_model, 6, "abcdefgh");
        using var source = new CancellationTokenSource();
        int steps = 0;
        _model.OnStep = _ => steps++;
        IAsyncEnumerable<string> pieces = TextGenerator.GenerateAsync(
            _model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "prompt", Options, isWithCancellation ? default : source.Token);
        int shown = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string piece in pieces.WithCancellation(isWithCancellation ? source.Token : default))
            {
                if (++shown == 3)
                    source.Cancel();
            }
        });
        Assert.Equal((3, 3), (shown, steps));
        AssertEnded(newTokens: 3);
    }

    [Fact]
    public async Task GenerateAsync_CancelledDuringAStep_EndsAfterIt()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        _model.OnStep = _ =>
        {
            if (++steps == 5)
                source.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TextGeneratorTests.Read(
            TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "prompt", Options, source.Token)));
        Assert.Equal(5, steps);
        AssertEnded(newTokens: 5);
    }

    [Fact]
    public async Task GenerateAsync_CancelledDuringALongPrompt_EndsBeforeTheNextStep()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        _model.OnStep = _ =>
        {
            steps++;
            source.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TextGeneratorTests.Read(
            TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, new string('a', 1200), Options, source.Token)));
        Assert.Equal(1, steps);
        AssertEnded(newTokens: 0);
    }

    [Fact]
    public async Task GenerateAsync_ReaderLeaves_EndsAndGivesTheMemoryBack()
    {
        int steps = 0;
        _model.OnStep = _ => steps++;
        TextGeneratorTests.Say(_model, 6, "abcdefgh");
        await foreach (string piece in TextGenerator.GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "prompt", Options))
        {
            if (piece == "b")
                break;
        }

        Assert.Equal(2, steps);
        AssertEnded(newTokens: 2);
    }

    [Fact]
    public async Task GenerateBatchAsync_ReaderLeavesOrCancels_EndsAll()
    {
        foreach (bool isCancelled in new[] { true, false })
        {
            _finished.Clear();
            using var source = new CancellationTokenSource();
            GenerationRequest[] requests = [new("ab", Options), new("cd", Options), new("ef", Options)];
            var pieces = TextGenerator.GenerateBatchAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, requests, source.Token);
            int shown = 0;
            async Task ReadSome()
            {
                await foreach (BatchPiece piece in pieces)
                {
                    if (++shown != 10)
                        continue;
                    if (!isCancelled)
                        return;

                    source.Cancel();
                }
            }

            if (isCancelled)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(ReadSome);
            else
                await ReadSome();

            Assert.Equal(10, shown);
            Assert.Equal(3, _finished.Count);
            Assert.All(_finished, statistics => Assert.Equal(FinishReason.Cancelled, statistics.FinishReason));
            Assert.All(_model.Caches, cache => Assert.Equal(0, cache.Bytes));
        }
    }

    [Fact]
    public async Task GenerateAsync_StepUnderWay_DoesNotHoldTheCaller()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        int caller = Environment.CurrentManagedThreadId;
        int? worker = null;
        _model.OnStep = _ =>
        {
            // Of the first step: the caller's thread is free for those after the first await.
            worker ??= Environment.CurrentManagedThreadId;
            entered.Set();

            // With a limit, so that a step on the caller's thread fails the test and does not hang it.
            leave.Wait(TimeSpan.FromSeconds(10));
        };
        await using IAsyncEnumerator<string> pieces = TextGenerator
            .GenerateAsync(_model, ByteTokenizer.WithBegin, TextGeneratorTests.Defaults, "prompt", new GenerationOptions { MaxNewTokens = 4 })
            .GetAsyncEnumerator();
        ValueTask<bool> next = pieces.MoveNextAsync();
        Assert.True(entered.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(next.IsCompleted);
        Assert.NotEqual(caller, worker);
        leave.Set();
        Assert.True(await next);
    }

    private void AssertEnded(int newTokens)
    {
        GenerationStatistics statistics = Assert.Single(_finished);
        Assert.Equal((FinishReason.Cancelled, newTokens), (statistics.FinishReason, statistics.GeneratedTokens));
        Assert.Equal(0, Assert.Single(_model.Caches).Bytes);
    }
}
