using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks.Limits;

/// <summary>
/// Measures what the machine gives, quickly enough to be asked before and after every sample: reads of memory that no cache holds,
/// allocated as weights are, and arithmetic in registers, by all threads of a pool.
/// </summary>
public sealed unsafe class LimitMeter : IDisposable
{
    /// <summary>Bytes that are read: more than twice what the measurement needs to be beyond any cache of this class of machine.</summary>
    public const long ReadBytes = 512L << 20;

    private const int Columns = 1024;
    private const int Repeats = 5;
    private readonly PackedMatrix _memory;

    /// <summary>Reserves the memory and touches it, each thread the part that it will read.</summary>
    public LimitMeter(WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Pool = pool;
        _memory = new PackedMatrix((int)(ReadBytes / (Columns * sizeof(float))), Columns, WeightFormat.F32);
        Fill fill = new() { Memory = Start };
        pool.Run(ref fill);
    }

    /// <summary>The pool whose threads are measured.</summary>
    public WorkerPool Pool { get; }

    private byte* Start => _memory.Panel(0);

    /// <summary>Bytes read by all threads, in GB/s: the median of five passes.</summary>
    public double Bandwidth() => Median(ReadBytes, ReadOnce);

    /// <summary>float32 multiply-adds of all threads, in GFLOP/s.</summary>
    public double MultiplyAdds() => Median(FloatLoops.Work * Pool.Threads, MultiplyAddsOnce);

    /// <summary>8-bit products added in pairs in 16 bits, of all threads, in Gop/s; 0 where there is no such instruction.</summary>
    public double Pairs() => IntegerLoops.PairWork == 0 ? 0 : Median(IntegerLoops.PairWork * Pool.Threads, PairsOnce);

    /// <summary>The same, added up in 32 bits.</summary>
    public double WidePairs() => IntegerLoops.PairWork == 0 ? 0 : Median(IntegerLoops.PairWork * Pool.Threads, WidePairsOnce);

    /// <summary>8-bit products added in fours, of all threads, in Gop/s; 0 where there is no such instruction.</summary>
    public double Dots() => IntegerLoops.DotWork == 0 ? 0 : Median(IntegerLoops.DotWork * Pool.Threads, DotsOnce);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>Reads the whole memory once with all threads, a part each.</summary>
    internal void ReadOnce()
    {
        Reading job = new() { Memory = Start };
        Pool.Run(ref job);
    }

    /// <summary>Reads the whole memory once with the calling thread.</summary>
    internal float ReadAlone() => Read(Start, Start + ReadBytes);

    internal void MultiplyAddsOnce()
    {
        Floats job = default;
        Pool.Run(ref job);
    }

    internal void PairsOnce()
    {
        PairProducts job = default;
        Pool.Run(ref job);
    }

    internal void WidePairsOnce()
    {
        WidePairProducts job = default;
        Pool.Run(ref job);
    }

    internal void DotsOnce()
    {
        FourProducts job = default;
        Pool.Run(ref job);
    }

    private static double Median(double work, Action action)
    {
        Span<double> seconds = stackalloc double[Repeats];
        for (int i = 0; i < Repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        seconds.Sort();
        return work / seconds[Repeats / 2] / 1e9;
    }

    /// <summary>Reads four cache lines a round, from four places a quarter of the range apart, as the kernels read panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Read(byte* from, byte* to)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        nint part = (nint)(to - from) / 4 & ~(nint)63;
        for (byte* p = from, end = from + part; p < end; p += 64)
        {
            a += Vector256.Load((float*)p) + Vector256.Load((float*)(p + 32));
            b += Vector256.Load((float*)(p + part)) + Vector256.Load((float*)(p + part + 32));
            c += Vector256.Load((float*)(p + 2 * part)) + Vector256.Load((float*)(p + 2 * part + 32));
            d += Vector256.Load((float*)(p + 3 * part)) + Vector256.Load((float*)(p + 3 * part + 32));
        }

        return Vector256.Sum(a + b + c + d);
    }

    private struct Fill : IWorkerJob
    {
        public byte* Memory;

        public readonly void Run(in Worker worker)
        {
            worker.SliceAligned((int)(ReadBytes / 64), 64, out int begin, out int end);
            new Span<byte>(Memory + begin * 64L, (end - begin) * 64).Fill(1);
        }
    }

    private struct Reading : IWorkerJob
    {
        public byte* Memory;
        public float Sink;

        public void Run(in Worker worker)
        {
            worker.SliceAligned((int)(ReadBytes / 64), 64, out int begin, out int end);
            Sink = Read(Memory + begin * 64L, Memory + end * 64L);
        }
    }

    private struct Floats : IWorkerJob
    {
        public float Sink;

        public void Run(in Worker worker) => Sink = FloatLoops.MultiplyAdds();
    }

    private struct PairProducts : IWorkerJob
    {
        public int Sink;

        public void Run(in Worker worker) => Sink = IntegerLoops.Pairs();
    }

    private struct WidePairProducts : IWorkerJob
    {
        public int Sink;

        public void Run(in Worker worker) => Sink = IntegerLoops.WidePairs();
    }

    private struct FourProducts : IWorkerJob
    {
        public int Sink;

        public void Run(in Worker worker) => Sink = IntegerLoops.Dots();
    }
}
