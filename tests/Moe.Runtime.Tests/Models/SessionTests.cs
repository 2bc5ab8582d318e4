using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Models;

public sealed class SessionTests
{
    private readonly Model _model = new();
    private readonly int[] _tokens = Tokens(150, seed: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(149)]
    [InlineData(512)]
    public void Append_CutIntoChunks_GivesTheSameLogits(int chunk)
    {
        using var session = new Session<Model>(_model, chunk);
        SessionLogits logits = session.Append(_tokens, LogitPositions.All);
        Assert.Equal(_tokens.Length, logits.Rows);
        for (int row = 0; row < logits.Rows; row++)
        {
            Assert.Equal(row, logits.Position(row));
            Assert.Equal(Model.LogitsAfter(_tokens.AsSpan(0, row + 1)), logits[row].ToArray());
        }

        Assert.Equal(_tokens, session.Tokens.ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(512)]
    public void Append_InSeveralCalls_GivesTheSameLogits(int chunk)
    {
        using var session = new Session<Model>(_model, chunk);
        int start = 0;
        foreach (int length in new[] { 1, 63, 1, 20, 65 })
        {
            float[] logits = session.Append(_tokens.AsSpan(start, length)).ToArray();
            start += length;
            Assert.Equal(start, session.Length);
            Assert.Equal(Model.LogitsAfter(_tokens.AsSpan(0, start)), logits);
        }

        Assert.Equal(Model.LogitsAfter([.. _tokens, 5]), session.Append(5).ToArray());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(512)]
    public void Append_WithChosenPositions_GivesTheirRows(int chunk)
    {
        using var session = new Session<Model>(_model, chunk);
        session.Append(_tokens.AsSpan(0, 10), LogitPositions.None);
        SessionLogits logits = session.Append(_tokens.AsSpan(10, 30), [0, 3, 4, 17, 29]);
        Assert.Equal(5, logits.Rows);
        int[] positions = [10, 13, 14, 27, 39];
        for (int row = 0; row < 5; row++)
        {
            Assert.Equal(positions[row], logits.Position(row));
            Assert.Equal(Model.LogitsAfter(_tokens.AsSpan(0, positions[row] + 1)), logits[row].ToArray());
        }
    }

    [Fact]
    public void Append_WithNoneOrLast_ComputesNoMoreRowsThanThat()
    {
        var rows = new List<int>();
        _model.OnStep = batch => rows.Add(batch.LogitTokens.Length);
        using var session = new Session<Model>(_model, chunk: 50);
        Assert.Equal(0, session.Append(_tokens, LogitPositions.None).Rows);
        Assert.Equal([0, 0, 0], rows);
        rows.Clear();
        Assert.Equal(1, session.Append(_tokens, LogitPositions.Last).Rows);
        Assert.Equal([0, 0, 1], rows);
        rows.Clear();
        session.Append(_tokens);
        Assert.Equal([0, 0, 1], rows);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(150)]
    public void Truncate_ThenAppend_IsAsIfTheRestHadNeverBeen(int length)
    {
        using var session = new Session<Model>(_model);
        session.Append(_tokens);
        session.Truncate(length);
        Assert.Equal(length, session.Length);
        Assert.Equal((length + 63) / 64 * 256, session.Bytes);
        int[] other = Tokens(90, seed: 2);
        Assert.Equal(Model.LogitsAfter([.. _tokens[..length], .. other]), session.Append(other).ToArray());
        Assert.Equal([.. _tokens[..length], .. other], session.Tokens.ToArray());
    }

    [Fact]
    public void Fork_BothContinued_AreIndependent()
    {
        using var session = new Session<Model>(_model);
        session.Append(_tokens);
        using Session<Model> fork = session.Fork();
        Assert.Equal(session.Tokens.ToArray(), fork.Tokens.ToArray());
        Assert.Equal(session.Bytes, fork.Bytes);
        Assert.Equal(Model.LogitsAfter([.. _tokens, 1]), session.Append(1).ToArray());
        Assert.Equal(Model.LogitsAfter([.. _tokens, 2]), fork.Append(2).ToArray());
        session.Dispose();
        Assert.Equal(Model.LogitsAfter([.. _tokens, 2, 3]), fork.Append(3).ToArray());
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(0, 7)]
    [InlineData(1, 512)]
    [InlineData(64, 1)]
    [InlineData(65, 9)]
    public void Score_AfterTokens_IsTheLogOfTheSoftmax(int before, int chunk)
    {
        using var session = new Session<Model>(_model, chunk);
        if (before > 0)
            session.Append(_tokens.AsSpan(0, before), LogitPositions.None);

        double[] scores = session.Score(_tokens.AsSpan(before));
        Assert.Equal(_tokens.Length - before, scores.Length);
        for (int i = 0; i < scores.Length; i++)
        {
            int position = before + i;
            if (position == 0)
            {
                Assert.True(double.IsNaN(scores[0]));
                continue;
            }

            double[] powers = Model.LogitsAfter(_tokens.AsSpan(0, position)).Select(logit => Math.Exp((double)logit)).ToArray();
            // Both sides in double precision; the sums differ in their scale only.
            Assert.Equal(Math.Log(powers[_tokens[position]] / powers.Sum()), scores[i], 1e-12);
        }

        Assert.Equal(_tokens, session.Tokens.ToArray());
        Assert.Equal(Model.LogitsAfter([.. _tokens, 8]), session.Append(8).ToArray());
    }

    [Fact]
    public void Score_ExtremeLogits_StaysFinite()
    {
        Assert.Equal(-Math.Log(2), LogProbability.Of([3e38f, 3e38f, -3e38f], 1), 1e-15);
        Assert.Equal(double.NegativeInfinity, LogProbability.Of([0f, float.NegativeInfinity], 1));
        Assert.Equal(0, LogProbability.Of([-1e30f, float.NegativeInfinity], 0));
    }

    [Fact]
    public void Observer_OfACallInSeveralSteps_CountsFromTheStartOfTheCall()
    {
        using var session = new Session<Model>(_model, chunk: 7);
        session.Append(3);
        var observer = new Recorder([]);
        session.Append(_tokens, LogitPositions.None, ref observer);
        Assert.Equal(Enumerable.Range(0, 150).Select(i => (i, i + 1f, (float)_tokens[i])), observer.Seen);
    }

    internal static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => random.Next(Wide.Vocabulary)).ToArray();
    }
}
