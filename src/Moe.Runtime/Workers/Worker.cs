using System;

namespace Moe.Runtime.Workers;

/// <summary>One worker within a run.</summary>
public readonly struct Worker
{
    private readonly WorkerPool _pool;

    internal Worker(WorkerPool pool, int index)
    {
        _pool = pool;
        Index = index;
    }

    /// <summary>0 for the caller, up to <see cref="Count"/> - 1.</summary>
    public int Index { get; }

    /// <summary>Workers in the run.</summary>
    public int Count => _pool.Threads;

    /// <summary>
    /// Waits until all workers have come here; what any of them wrote before, all of them read afterwards. The tile queue
    /// starts again at 0. All workers must call it equally often.
    /// </summary>
    public void Barrier() => _pool.Barrier();

    /// <summary>
    /// Takes the next tile of a queue that all workers share. Tiles 0 to <paramref name="tiles"/> - 1 are given out once
    /// each; the next <see cref="Barrier"/> rewinds the queue. Between two barriers every worker names the same number.
    /// </summary>
    /// <returns>False when none is left, or another worker has failed.</returns>
    public bool TryTake(int tiles, out int tile) => _pool.TryTake(tiles, out tile);

    /// <summary>This worker's part of items 0 to <paramref name="items"/> - 1: parts are consecutive and differ by at most one.</summary>
    public void Slice(int items, out int begin, out int end)
    {
        begin = (int)((long)items * Index / Count);
        end = (int)((long)items * (Index + 1) / Count);
    }

    /// <summary>A part as <see cref="Slice"/> gives it, but cut only at multiples of <paramref name="alignment"/>.</summary>
    public void SliceAligned(int items, int alignment, out int begin, out int end)
    {
        Slice((int)(((long)items + alignment - 1) / alignment), out int first, out int last);
        begin = (int)Math.Min(items, (long)first * alignment);
        end = (int)Math.Min(items, (long)last * alignment);
    }
}
