using System;
using System.Threading;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Tests.Workers;

internal struct CountJob : IWorkerJob
{
    public int[] Seen;
    public int Total;

    public void Run(in Worker worker)
    {
        Seen[worker.Index]++;
        Interlocked.Increment(ref Total);
        Assert.Equal(Seen.Length, worker.Count);
    }
}

internal struct PhaseJob : IWorkerJob
{
    public int Phases;
    public int[] Written;
    public int Wrong;

    public void Run(in Worker worker)
    {
        for (int phase = 1; phase <= Phases; phase++)
        {
            Written[worker.Index * 32] = phase;
            worker.Barrier();
            for (int other = 0; other < worker.Count; other++)
            {
                if (Written[other * 32] != phase)
                    Interlocked.Increment(ref Wrong);
            }

            worker.Barrier();
        }
    }
}

internal struct TileJob : IWorkerJob
{
    public int[] First;
    public int[] Second;
    public int[] Third;

    public void Run(in Worker worker)
    {
        while (worker.TryTake(First.Length, out int tile))
            Interlocked.Increment(ref First[tile]);
        worker.Barrier();
        while (worker.TryTake(Second.Length, out int tile))
            Interlocked.Increment(ref Second[tile]);
        worker.Barrier();
        while (worker.TryTake(Third.Length, out int tile))
            Interlocked.Increment(ref Third[tile]);
    }
}

internal struct ThrowJob : IWorkerJob
{
    public int Thrower;

    public void Run(in Worker worker)
    {
        worker.Barrier();
        if (Thrower < 0 || worker.Index == Thrower)
            throw new InvalidTimeZoneException($"worker {worker.Index}");
        worker.Barrier();
        worker.Barrier();
    }
}

internal struct ExclusiveJob : IWorkerJob
{
    public int[] Inside;
    public int Wrong;

    public void Run(in Worker worker)
    {
        if (Interlocked.Increment(ref Inside[0]) > worker.Count)
            Interlocked.Increment(ref Wrong);
        worker.Barrier();
        Interlocked.Decrement(ref Inside[0]);
        worker.Barrier();
    }
}

internal struct NestedJob : IWorkerJob
{
    public WorkerPool Pool;

    public void Run(in Worker worker)
    {
        CountJob job = new() { Seen = new int[2] };
        Pool.Run(ref job);
    }
}

internal struct SliceJob : IWorkerJob
{
    public int Items;
    public int Alignment;
    public int[] Begin;
    public int[] End;
    public int[] AlignedBegin;
    public int[] AlignedEnd;

    public void Run(in Worker worker)
    {
        worker.Slice(Items, out Begin[worker.Index], out End[worker.Index]);
        worker.SliceAligned(Items, Alignment, out AlignedBegin[worker.Index], out AlignedEnd[worker.Index]);
    }
}

/// <summary>Disposes the pool that runs it.</summary>
internal struct DisposingJob : IWorkerJob
{
    public WorkerPool Pool;

    public readonly void Run(in Worker worker) => Pool.Dispose();
}
