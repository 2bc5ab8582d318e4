using System;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks.Limits;

/// <summary>
/// What the machine gives at best, measured in the same run as whatever is held against it: arithmetic in registers at
/// the widest vectors, and reads of memory that no cache holds.
/// </summary>
public sealed class MachineLimits
{
    private MachineLimits(int threads) => Threads = threads;

    /// <summary>Threads of the pool measured.</summary>
    public int Threads { get; }

    /// <summary>Time of <see cref="MultiplyAddWork"/> on one thread.</summary>
    public Measurement MultiplyAddOne { get; private init; }

    /// <summary>Time of <see cref="MultiplyAddWork"/> on every thread of the pool.</summary>
    public Measurement MultiplyAddAll { get; private init; }

    /// <summary>Time of <see cref="PairWork"/> on every thread of the pool, added up in 16 bits.</summary>
    public Measurement PairAll { get; private init; }

    /// <summary>The same, added up in 32 bits.</summary>
    public Measurement WidePairAll { get; private init; }

    /// <summary>Time of <see cref="DotWork"/> on every thread of the pool.</summary>
    public Measurement DotAll { get; private init; }

    /// <summary>Time to read <see cref="ReadWork"/> bytes with one thread.</summary>
    public Measurement ReadOne { get; private init; }

    /// <summary>Time to read <see cref="ReadWork"/> bytes with all threads, a part each.</summary>
    public Measurement ReadAll { get; private init; }

    /// <summary>float32 operations a thread does, a multiply-add being two.</summary>
    public static double MultiplyAddWork => FloatLoops.Work;

    /// <summary>Operations a thread does in pairs of 8-bit products; 0 where the processor has no such instruction.</summary>
    public static double PairWork => IntegerLoops.PairWork;

    /// <summary>Operations a thread does in fours of 8-bit products; 0 where there is no such instruction.</summary>
    public static double DotWork => IntegerLoops.DotWork;

    /// <summary>Bytes read.</summary>
    public static double ReadWork => LimitMeter.ReadBytes;

    /// <summary>GFLOP/s of one thread.</summary>
    public double GigaflopsOne => MultiplyAddOne.Giga(MultiplyAddWork);

    /// <summary>GB/s of one thread.</summary>
    public double BandwidthOne => ReadOne.Giga(ReadWork);

    /// <summary>Measures; takes a few seconds.</summary>
    public static MachineLimits Measure(WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        using LimitMeter meter = new(pool);
        float sink = 0f;
        MachineLimits limits = new(pool.Threads)
        {
            MultiplyAddOne = Measurement.Of(() => sink += FloatLoops.MultiplyAdds()),
            MultiplyAddAll = Measurement.Of(meter.MultiplyAddsOnce),
            PairAll = Measurement.Of(meter.PairsOnce),
            WidePairAll = Measurement.Of(meter.WidePairsOnce),
            DotAll = Measurement.Of(meter.DotsOnce),
            ReadOne = Measurement.Of(() => sink += meter.ReadAlone()),
            ReadAll = Measurement.Of(meter.ReadOnce),
        };
        GC.KeepAlive(sink);
        return limits;
    }

    /// <summary>Prints a line for each limit.</summary>
    public void Print()
    {
        Console.WriteLine($"f32 multiply-add, 1 thread        {MultiplyAddOne.Rate(MultiplyAddWork)} GFLOP/s");
        Console.WriteLine($"f32 multiply-add, {Threads} threads       {MultiplyAddAll.Rate(MultiplyAddWork * Threads)} GFLOP/s");
        if (PairWork > 0)
        {
            Console.WriteLine($"8-bit pairs, 16-bit sums, {Threads} threads {PairAll.Rate(PairWork * Threads)} Gop/s");
            Console.WriteLine($"8-bit pairs, 32-bit sums, {Threads} threads {WidePairAll.Rate(PairWork * Threads)} Gop/s");
        }

        Console.WriteLine(DotWork > 0
            ? $"8-bit products in fours, {Threads} threads  {DotAll.Rate(DotWork * Threads)} Gop/s"
            : "8-bit products in fours: not on this processor");
        Console.WriteLine($"read, 1 thread                    {ReadOne.Rate(ReadWork)} GB/s");
        Console.WriteLine($"read, {Threads} threads                   {ReadAll.Rate(ReadWork)} GB/s");
    }
}
