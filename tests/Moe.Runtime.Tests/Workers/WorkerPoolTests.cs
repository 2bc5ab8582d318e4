using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Models;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Tests.Workers;

public class WorkerPoolTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task Run_ManyTimes_RunsEveryWorkerOnce(int threads) => await Within(() =>
    {
        using WorkerPool pool = new(threads);
        Assert.Equal(threads, pool.Threads);
        for (int round = 0; round < Rounds(threads, 2000); round++)
        {
            CountJob job = new() { Seen = new int[threads] };
            pool.Run(ref job);
            Assert.All(job.Seen, seen => Assert.Equal(1, seen));
            Assert.Equal(threads, job.Total);
        }
    });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task Barrier_MoreThreadsThanProcessors_SeparatesPhases(int threads) => await Within(() =>
    {
        using WorkerPool pool = new(threads);
        PhaseJob job = new() { Phases = Rounds(threads, 1000), Written = new int[threads * 32] };
        pool.Run(ref job);
        Assert.Equal(0, job.Wrong);
        pool.Run(ref job);
        Assert.Equal(0, job.Wrong);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(33)]
    public async Task TryTake_SharedQueue_GivesEachTileOnceAndRewinds(int threads) => await Within(() =>
    {
        using WorkerPool pool = new(threads);
        for (int round = 0; round < 50; round++)
        {
            TileJob job = new() { First = new int[137], Second = new int[64], Third = new int[1] };
            pool.Run(ref job);
            Assert.All(job.First.Concat(job.Second).Concat(job.Third), taken => Assert.Equal(1, taken));
        }
    });

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(6, 0)]
    [InlineData(6, 3)]
    [InlineData(6, 5)]
    [InlineData(40, 39)]
    public async Task Run_WorkerThrows_SurfacesOnTheCallerAndThePoolGoesOn(int threads, int thrower) => await Within(() =>
    {
        using WorkerPool pool = new(threads);
        for (int round = 0; round < 20; round++)
        {
            ThrowJob job = new() { Thrower = thrower };
            InvalidTimeZoneException error = Assert.Throws<InvalidTimeZoneException>(() => pool.Run(ref job));
            Assert.Equal($"worker {thrower}", error.Message);
            CountJob next = new() { Seen = new int[threads] };
            pool.Run(ref next);
            Assert.Equal(threads, next.Total);
        }
    });

    [Fact]
    public async Task Run_AllWorkersThrow_OneReasonComesOut() => await Within(() =>
    {
        using WorkerPool pool = new(4);
        for (int round = 0; round < 100; round++)
        {
            ThrowJob job = new() { Thrower = -1 };
            Assert.Throws<InvalidTimeZoneException>(() => pool.Run(ref job));
        }
    });

    [Fact]
    public async Task Run_FromManyThreads_TakesTurns() => await Within(() =>
    {
        using WorkerPool pool = new(3);
        int[] inside = new int[1];
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int round = 0; round < 100; round++)
            {
                ExclusiveJob job = new() { Inside = inside };
                pool.Run(ref job);
                Assert.Equal(0, job.Wrong);
            }
        });
    });

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(100_000)]
    public void Threads_OutsideTheirRange_AreRefusedByNameBeforeAThreadStarts(int threads)
    {
        foreach (Action wrong in new Action[] { () => _ = new LoadOptions { Threads = threads }, () => new WorkerPool(threads).Dispose() })
        {
            string message = Assert.Throws<ArgumentOutOfRangeException>(wrong).Message;
            Assert.Contains($"Threads is {threads}; ", message, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("from 1 to 1024", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_WithinARun_IsRefused() => await Within(() =>
    {
        using WorkerPool pool = new(2);
        NestedJob job = new() { Pool = pool };
        Assert.Throws<InvalidOperationException>(() => pool.Run(ref job));
    });

    [Fact]
    public async Task Dispose_WithinARun_IsRefused() => await Within(() =>
    {
        using WorkerPool pool = new(2);
        DisposingJob job = new() { Pool = pool };
        Assert.Throws<InvalidOperationException>(() => pool.Run(ref job));
    });

    [Fact]
    public async Task Run_AfterDispose_IsRefused() => await Within(() =>
    {
        WorkerPool pool = new(2);
        pool.Dispose();
        pool.Dispose();
        CountJob job = new() { Seen = new int[2] };
        Assert.Throws<ObjectDisposedException>(() => pool.Run(ref job));
    });

    [Fact]
    public async Task Run_AfterALongPause_WakesParkedWorkers() => await Within(() =>
    {
        using WorkerPool pool = new(4);
        for (int round = 0; round < 5; round++)
        {
            Thread.Sleep(60);
            CountJob job = new() { Seen = new int[4] };
            pool.Run(ref job);
            Assert.Equal(4, job.Total);
        }
    });

    [Fact]
    public async Task Run_AfterWarmUp_AllocatesNothing() => await Within(() =>
    {
        using WorkerPool pool = new(3);
        PhaseJob job = new() { Phases = 3, Written = new int[96] };
        for (int round = 0; round < 50; round++)
            pool.Run(ref job);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
            pool.Run(ref job);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    });

    [Theory]
    [InlineData(1, 10, 4)]
    [InlineData(3, 10, 4)]
    [InlineData(4, 0, 8)]
    [InlineData(5, 3, 1)]
    [InlineData(7, 1000, 16)]
    [InlineData(64, 40, 8)]
    [InlineData(33, int.MaxValue, 16)]
    [InlineData(2, int.MaxValue, 64)]
    public async Task Slice_AnyItems_CoversEachOnce(int threads, int items, int alignment) => await Within(() =>
    {
        using WorkerPool pool = new(threads);
        SliceJob job = new() { Items = items, Alignment = alignment, Begin = new int[threads], End = new int[threads], AlignedBegin = new int[threads], AlignedEnd = new int[threads] };
        pool.Run(ref job);
        int at = 0, alignedAt = 0;
        for (int i = 0; i < threads; i++)
        {
            Assert.Equal(at, job.Begin[i]);
            Assert.InRange((long)job.End[i] - at, items / threads, items / threads + 1L);
            at = job.End[i];
            Assert.Equal(alignedAt, job.AlignedBegin[i]);
            Assert.True(job.AlignedEnd[i] == items || job.AlignedEnd[i] % alignment == 0);
            alignedAt = job.AlignedEnd[i];
        }

        Assert.Equal(items, at);
        Assert.Equal(items, alignedAt);
    });

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("two")]
    [InlineData("1.5")]
    [InlineData("100000")]
    public void ThreadsFrom_NotAWholeNumber_SaysSo(string setting) =>
        Assert.Contains(setting, Assert.Throws<FormatException>(() => WorkerPool.ThreadsFrom(setting)).Message);

    [Fact]
    public void ThreadsFrom_NumberOrNothing_IsThatOrTheProcessors()
    {
        Assert.Equal(3, WorkerPool.ThreadsFrom("3"));
        Assert.Equal(Environment.ProcessorCount, WorkerPool.ThreadsFrom(null));
        Assert.Equal(Environment.ProcessorCount, WorkerPool.ThreadsFrom(" "));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));
    }

    /// <summary>Fewer where many threads share few processors.</summary>
    private static int Rounds(int threads, int rounds) => threads > 16 ? rounds / 10 : rounds;

    /// <summary>Fails instead of hanging.</summary>
    private static async Task Within(Action body) => await Task.Run(body).WaitAsync(Limit);
}
