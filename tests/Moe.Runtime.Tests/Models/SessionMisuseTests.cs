using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Models;

public sealed class SessionMisuseTests
{
    private readonly Model _model = new();
    private readonly int[] _tokens = SessionTests.Tokens(100, seed: 3);

    [Theory]
    [InlineData(-1)]
    [InlineData(258)]
    [InlineData(int.MinValue)]
    public void Append_IdOutsideTheVocabulary_NamesIdPositionAndVocabulary(int id)
    {
        using Session<Model> session = Begun(chunk: 4);
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => Ignore(session.Append([1, 2, 3, 4, 5, id])));
        Assert.Contains($"is {id};", exception.Message);
        Assert.Contains("position 105", exception.Message);
        Assert.Contains("258", exception.Message);
        AssertUnchanged(session);
    }

    [Fact]
    public void Logits_OfMoreTokensThanAnArrayHolds_SaysTheNumbers()
    {
        using SequenceCache cache = _model.NewCache();
        var batch = new StepBatch();
        batch.Add(cache, [1, 2, 3], LogitPositions.All);
        var exception = Assert.Throws<InvalidOperationException>(() => Ignore(batch.PrepareLogits(1 << 30)));
        Assert.Contains("3 tokens, 1073741824 each, are 3221225472 numbers", exception.Message);
    }

    [Fact]
    public void Append_Nothing_IsRefused()
    {
        using Session<Model> session = Begun();
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => Ignore(session.Append([]))).Message);
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => session.Score([])).Message);
        AssertUnchanged(session);
    }

    [Fact]
    public void Append_AboveTheContext_SaysTheNumbersAndChangesNothing()
    {
        using Session<Model> session = Begun();
        var exception = Assert.Throws<ContextOverflowException>(() => Ignore(session.Append(new int[3997])));
        Assert.Contains("3997 more tokens", exception.Message);
        Assert.Contains("100 of the context's 4096", exception.Message);
        AssertUnchanged(session);
        session.Append(new int[3996]);
        Assert.Equal(4096, session.Length);
        Assert.Throws<ContextOverflowException>(() => Ignore(session.Append(1)));
    }

    [Fact]
    public void Append_PromptLongerThanTheContext_SaysBothNumbers()
    {
        using var session = new Session<FakeModel<Narrow>>(new FakeModel<Narrow>());
        var exception = Assert.Throws<ContextOverflowException>(() => Ignore(session.Append(new int[30])));
        Assert.Contains("30 tokens do not fit into the context of 24", exception.Message);
        Assert.Contains("by 6", exception.Message);
    }

    [Fact]
    public void Append_ChosenPositionsNotAscending_AreRefused()
    {
        using Session<Model> session = Begun();
        foreach (int[] positions in new int[][] { [2, 2], [3, 1], [-1], [4] })
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => session.Append([1, 2, 3, 4], positions));
            Assert.Contains("positions[", exception.Message);
            AssertUnchanged(session);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Append_LogitNotFinite_SaysWhereAndChangesNothing(float value)
    {
        foreach (int wrong in new[] { 0, 200, 257 })
        {
            using Session<Model> session = Begun(chunk: 4);
            _model.Edit = (position, logits) => logits[wrong] = position == 109 ? value : logits[wrong];
            var exception = Assert.Throws<NotFiniteNumberException>(() => Ignore(session.Append(_tokens.AsSpan(0, 10))));
            Assert.Contains("position 109", exception.Message);
            Assert.Contains($"token {wrong} ", exception.Message);
            Assert.Throws<NotFiniteNumberException>(() => session.Score([.. _tokens[..10], 1]));
            _model.Edit = null;
            AssertUnchanged(session);
        }
    }

    [Fact]
    public void Append_LogitMinusInfinity_IsLegal()
    {
        using Session<Model> session = Begun();
        _model.Edit = (_, logits) => logits[3] = float.NegativeInfinity;
        Assert.Equal(float.NegativeInfinity, session.Append(1)[3]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Append_StepThrows_LeavesTheSessionUsable(int failingStep)
    {
        using Session<Model> session = Begun(chunk: 40);
        int step = 0;
        _model.OnStep = _ => Fail(++step == failingStep);
        Assert.Throws<TimeoutException>(() => Ignore(session.Append(_tokens)));
        AssertUnchanged(session);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100)]
    public void Score_StepThrows_LeavesTheSessionUsable(int length)
    {
        // 65: the token that is run once more is alone in its block.
        using Session<Model> session = Begun(chunk: 40);
        session.Truncate(length);
        int step = 0;
        _model.OnStep = _ => Fail(++step == 2);
        Assert.Throws<TimeoutException>(() => session.Score(_tokens));
        AssertUnchanged(session, length);
        step = 1;
        _model.OnStep = _ => Fail(++step == 2);
        Assert.Throws<TimeoutException>(() => session.Score(_tokens));
        AssertUnchanged(session, length);
    }

    [Fact]
    public void Append_CancelledBetweenChunks_ChangesNothing()
    {
        using Session<Model> session = Begun(chunk: 10);
        using var source = new CancellationTokenSource();
        int steps = 0;
        _model.OnStep = _ =>
        {
            if (++steps == 3)
                source.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => Ignore(session.Append(_tokens, source.Token)));
        Assert.Equal(3, steps);
        AssertUnchanged(session);
    }

    [Fact]
    public async Task Call_WhileAnotherRuns_IsRefused()
    {
        using Session<Model> session = Begun();
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        _model.OnStep = _ =>
        {
            entered.Set();
            leave.Wait();
        };
        Task first = Task.Run(() => Ignore(session.Append(_tokens)));
        entered.Wait();
        Assert.Contains("one call at a time", Assert.Throws<InvalidOperationException>(() => Ignore(session.Append(1))).Message.Replace("\n", " "));
        Assert.Throws<InvalidOperationException>(() => session.Truncate(0));
        Assert.Throws<InvalidOperationException>(() => session.Fork());
        Assert.Throws<InvalidOperationException>(() => session.Score([1]));
        Assert.Throws<InvalidOperationException>(() => session.Dispose());
        leave.Set();
        await first;
        _model.OnStep = null;
        Assert.Equal(200, session.Length);
        Assert.Equal(Model.LogitsAfter([.. _tokens, .. _tokens, 1]), session.Append(1).ToArray());
    }

    [Fact]
    public async Task Sessions_OfOneModelOnManyThreads_DoNotMix()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            int[] tokens = SessionTests.Tokens(100, seed: 100 + thread);
            using var session = new Session<Model>(_model, chunk: 1 + thread);
            session.Append(tokens.AsSpan(0, 70));
            for (int i = 70; i < 100; i++)
                Assert.Equal(Model.LogitsAfter(tokens.AsSpan(0, i + 1)), session.Append(tokens[i]).ToArray());
        })));
    }

    [Fact]
    public void Logits_ReadAfterTheNextCall_AreRefused()
    {
        using Session<Model> session = Begun();
        SessionLogits logits = session.Append([1, 2], LogitPositions.All);
        Assert.Throws<ArgumentOutOfRangeException>(() => Ignore(logits[2]));
        session.Append(3);
        Assert.Contains("earlier call", Assert.Throws<InvalidOperationException>(() => logits.Rows).Message);
        Assert.Throws<InvalidOperationException>(() => default(SessionLogits).Rows);
    }

    [Fact]
    public void Dispose_ThenUse_Throws()
    {
        Session<Model> session = Begun();
        session.Dispose();
        session.Dispose();
        Assert.Equal(0, session.Bytes);
        Assert.Throws<ObjectDisposedException>(() => Ignore(session.Append(1)));
    }

    [Fact]
    public void Append_OneTokenAtATime_AllocatesNothing()
    {
        using Session<Model> session = Begun();
        for (int i = 0; i < 100; i++)
        {
            Sum(session.Append(i % 258));
            Sum(session.Append([i % 258], LogitPositions.Last)[0]);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        float sum = 0;
        for (int i = 0; i < 300; i++)
        {
            sum += Sum(session.Append(i % 258));
            sum += Sum(session.Append([i % 258], LogitPositions.Last)[0]);
        }

        // Blocks of the cache are native memory; the array of their addresses doubles, which is once in these 600 tokens.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(float.IsFinite(sum));
        Assert.InRange(allocated, 0, 160);
    }

    private static float Sum(ReadOnlySpan<float> logits)
    {
        float sum = 0;
        foreach (float logit in logits)
            sum += logit;

        return sum;
    }

    private static void Ignore(ReadOnlySpan<float> logits) => _ = logits.Length;

    private static void Fail(bool isNow)
    {
        if (isNow)
            throw new TimeoutException("The device is gone.");
    }

    private Session<Model> Begun(int chunk = 512)
    {
        var session = new Session<Model>(_model, chunk);
        session.Append(_tokens);
        return session;
    }

    private void AssertUnchanged(Session<Model> session, int length = 100)
    {
        _model.OnStep = null;
        Assert.Equal(_tokens[..length], session.Tokens.ToArray());
        Assert.Equal((length + 63) / 64 * 256, session.Bytes);
        using Session<Model> fork = session.Fork();
        Assert.Equal(Model.LogitsAfter([.. _tokens[..length], 77]), fork.Append(77).ToArray());
    }
}
