using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Model = Moe.Runtime.Tests.Models.FakeModel<Moe.Runtime.Tests.Models.Wide>;

namespace Moe.Runtime.Tests.Models;

public sealed class SessionBatchTests
{
    private readonly Model _model = new();

    [Fact]
    public void Run_RandomCompany_GivesEachSessionWhatItGetsAlone()
    {
        var random = new Random(5);
        Session<Model>[] sessions = Enumerable.Range(0, 6).Select(_ => new Session<Model>(_model)).ToArray();
        var sequences = sessions.Select(_ => new List<int>()).ToArray();
        var batch = new SessionBatch<Model>(_model);
        for (int round = 0; round < 30; round++)
        {
            int[] company = Enumerable.Range(0, 6).Where(_ => random.Next(2) == 0).OrderBy(_ => random.Next()).ToArray();
            if (company.Length == 0)
                continue;

            foreach (int s in company)
            {
                int[] tokens = SessionTests.Tokens(random.Next(3) == 0 ? random.Next(1, 70) : 1, seed: round * 6 + s);
                sequences[s].AddRange(tokens);
                batch.Add(sessions[s], tokens);
            }

            batch.Run();
            Assert.Equal(company.Length, batch.Count);
            for (int row = 0; row < company.Length; row++)
            {
                int[] sequence = sequences[company[row]].ToArray();
                Assert.Equal(Model.LogitsAfter(sequence), batch.Logits(row).ToArray());
                Assert.Equal(sequence, sessions[company[row]].Tokens.ToArray());
            }
        }

        foreach (Session<Model> session in sessions)
            session.Dispose();
    }

    [Fact]
    public void Run_StepThrowsOrLogitIsNaN_LeavesAllSessionsAsTheyWere()
    {
        using var first = new Session<Model>(_model);
        using var second = new Session<Model>(_model);
        first.Append([1, 2, 3]);
        var batch = new SessionBatch<Model>(_model);
        foreach (bool isNaN in new[] { false, true })
        {
            batch.Add(first, [4]);
            batch.Add(second, new int[80]);
            if (isNaN)
                _model.Edit = (position, logits) => logits[9] = position == 79 ? float.NaN : 0;
            else
                _model.OnStep = _ => throw new TimeoutException();

            Exception exception = Assert.ThrowsAny<Exception>(batch.Run);
            Assert.Equal(isNaN ? typeof(NotFiniteNumberException) : typeof(TimeoutException), exception.GetType());
            _model.Edit = null;
            _model.OnStep = null;
            Assert.Equal(0, batch.Count);
            Assert.Equal(0, second.Length);
            Assert.Equal(0, second.Bytes);
            Assert.Equal([1, 2, 3], first.Tokens.ToArray());
        }

        batch.Add(first, [4]);
        batch.Run();
        Assert.Equal(Model.LogitsAfter([1, 2, 3, 4]), batch.Logits(0).ToArray());
    }

    [Fact]
    public void Add_WhatCannotBeAdded_IsRefusedAndTheSessionStaysFree()
    {
        using var session = new Session<Model>(_model);
        using var other = new Session<Model>(new Model());
        var batch = new SessionBatch<Model>(_model);
        Assert.Throws<InvalidOperationException>(batch.Run);
        Assert.Throws<InvalidOperationException>(() => batch.Logits(0).Length);
        Assert.Contains("another model", Assert.Throws<ArgumentException>(() => batch.Add(other, [1])).Message);
        Assert.Throws<ArgumentException>(() => batch.Add(session, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(session, [300]));
        Assert.Throws<ContextOverflowException>(() => batch.Add(session, new int[5000]));
        batch.Add(session, [1]);
        Assert.Throws<InvalidOperationException>(() => batch.Add(session, [1]));
        Assert.Throws<InvalidOperationException>(() => session.Append(1).Length);
        batch.Clear();
        session.Append(1);
        batch.Add(session, [2]);
        batch.Run();
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Logits(1).Length);
        Assert.Equal([1, 2], session.Tokens.ToArray());
    }

    [Fact]
    public void Run_OneTokenForEach_AllocatesNothing()
    {
        Session<Model>[] sessions = Enumerable.Range(0, 4).Select(_ => new Session<Model>(_model)).ToArray();
        var batch = new SessionBatch<Model>(_model);
        long allocated = 0;
        for (int round = 0; round < 250; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (Session<Model> session in sessions)
                batch.Add(session, [round]);

            batch.Run();
            if (round >= 50)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
        foreach (Session<Model> session in sessions)
            session.Dispose();
    }
}
