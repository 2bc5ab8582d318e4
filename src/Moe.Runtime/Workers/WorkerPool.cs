using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Moe.Runtime.Workers;

/// <summary>
/// A fixed set of threads that run one job together, the caller being one of them. A run is one dispatch and allocates
/// nothing; between runs the threads spin for a moment and then sleep.
/// </summary>
/// <remarks>
/// Runs are exclusive: callers from several threads queue. A job must not start another run on its own pool. An exception
/// in any worker ends the run: the others leave at their next barrier, and the first exception comes out of
/// <see cref="Run"/>.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>Most workers of a pool: as many processors as .NET uses.</summary>
    public const int MaxThreads = 1024;

    private static readonly Lazy<WorkerPool> LazyShared = new(() => new WorkerPool(SharedThreads()));

    [ThreadStatic]
    private static WorkerPool? t_running;

    private readonly Lock _exclusive = new();
    private readonly Gate _start = new();
    private readonly Gate _meeting = new();
    private readonly Gate _finish = new();
    private readonly Thread[] _workers;
    private readonly int _spins;
    private delegate*<void*, in Worker, void> _entry;
    private void* _job;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _failed;
    private volatile bool _disposed;
    private Counters _counters;

    /// <summary>Starts the threads, one fewer than there are workers.</summary>
    /// <param name="threads">Workers, the caller included; from 1 to <see cref="MaxThreads"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer or more.</exception>
    public WorkerPool(int threads)
    {
        if (!IsPossible(threads))
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"threads is {threads}; a pool has from 1 to {MaxThreads} workers.");
        Threads = threads;

        // A few µs. Two workers that the system has put on one processor pay this whole wait at every barrier.
        _spins = threads <= Environment.ProcessorCount ? 30 : 0;
        _workers = new Thread[threads - 1];
        for (int index = 1; index < threads; index++)
        {
            int worker = index;
            _workers[index - 1] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"Moe worker {index}" };
            _workers[index - 1].Start();
        }
    }

    /// <summary>
    /// The pool that models share: as many workers as the process has processors, or as the environment variable
    /// MOE_THREADS says when it is first used.
    /// </summary>
    /// <exception cref="FormatException">MOE_THREADS is not a whole number from 1 to <see cref="MaxThreads"/>.</exception>
    public static WorkerPool Shared => LazyShared.Value;

    /// <summary>Workers, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs a job on all workers and returns when all have returned.</summary>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    /// <exception cref="InvalidOperationException">Called from within a run of this pool.</exception>
    public void Run<TJob>(ref TJob job) where TJob : struct, IWorkerJob
    {
        if (IsRunning)
            throw new InvalidOperationException("A job must not start another run on the pool that runs it.");
        lock (_exclusive)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _failed = false;
            _failure = null;
            _counters.Arrived = 0;
            _counters.Finished = 0;
            _counters.NextTile = 0;
            fixed (byte* pinned = &Unsafe.As<TJob, byte>(ref job))
            {
                _job = pinned;
                _entry = &Enter<TJob>;
                int finish = _finish.Value;
                _start.Advance();
                Work(0);
                if (Interlocked.Increment(ref _counters.Finished) < Threads)
                    _finish.Wait(finish, _spins);
                _job = null;
            }

            if (_failed)
                _failure!.Throw();
        }
    }

    /// <summary>Whether this thread is at work for the pool.</summary>
    internal bool IsRunning => t_running == this;

    /// <summary>Ends the threads. A run in progress ends first.</summary>
    /// <exception cref="InvalidOperationException">Called from within a run of this pool.</exception>
    public void Dispose()
    {
        if (IsRunning)
            throw new InvalidOperationException("A job must not dispose the pool that runs it.");

        lock (_exclusive)
        {
            if (_disposed)
                return;
            _disposed = true;
            _start.Advance();
        }

        foreach (Thread worker in _workers)
            worker.Join();
    }

    internal void Barrier()
    {
        int seen = _meeting.Value;
        if (_failed)
            throw new RunAbortedException();
        if (Interlocked.Increment(ref _counters.Arrived) == Threads)
        {
            _counters.Arrived = 0;
            _counters.NextTile = 0;
            _meeting.Advance();
            return;
        }

        _meeting.Wait(seen, _spins);
        if (_failed)
            throw new RunAbortedException();
    }

    internal bool TryTake(int tiles, out int tile)
    {
        tile = Interlocked.Increment(ref _counters.NextTile) - 1;
        return tile < tiles && !_failed;
    }

    /// <summary>Whether a pool can have so many workers.</summary>
    internal static bool IsPossible(int threads) => threads is >= 1 and <= MaxThreads;

    /// <summary>The worker count that MOE_THREADS asks for, or the number of processors where it says nothing.</summary>
    internal static int ThreadsFrom(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting))
            return Environment.ProcessorCount;
        return int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && IsPossible(threads)
            ? threads
            : throw new FormatException($"MOE_THREADS is \"{setting}\"; it must be a whole number from 1 to {MaxThreads}, or unset.");
    }

    private static int SharedThreads() => ThreadsFrom(Environment.GetEnvironmentVariable("MOE_THREADS"));

    private static void Enter<TJob>(void* job, in Worker worker) where TJob : struct, IWorkerJob =>
        Unsafe.AsRef<TJob>(job).Run(worker);

    private void Serve(int index)
    {
        int seen = 0;
        while (true)
        {
            _start.Wait(seen, _spins);
            seen++;
            if (_disposed)
                return;
            Work(index);
            if (Interlocked.Increment(ref _counters.Finished) == Threads)
                _finish.Advance();
        }
    }

    private void Work(int index)
    {
        t_running = this;
        try
        {
            _entry(_job, new Worker(this, index));
        }
        catch (RunAbortedException)
        {
            // Some other worker holds the reason.
        }
        catch (Exception exception)
        {
            // The first reason is the one to tell; whoever waits at a barrier is sent home.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            _failed = true;
            _meeting.Advance();
        }
        finally
        {
            t_running = null;
        }
    }

    /// <summary>What workers count up, each in a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Counters
    {
        [FieldOffset(128)]
        public int Arrived;

        [FieldOffset(256)]
        public int Finished;

        [FieldOffset(384)]
        public int NextTile;
    }
}
