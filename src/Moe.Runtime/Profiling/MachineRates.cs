using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Moe.Runtime.Numerics;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Profiling;

/// <summary>What a machine gives at best: the roof that measured times are held against.</summary>
/// <param name="FlopsPerSecond">float32 multiply-adds in registers, each counted as two operations, by all workers together.</param>
/// <param name="BytesPerSecond">Reads of memory that no cache holds, by all workers together.</param>
public sealed unsafe record MachineRates(double FlopsPerSecond, double BytesPerSecond)
{
    private const int Rounds = 100_000;
    private const int Sums = 12;
    private const long ReadBytes = 256L << 20;

    /// <summary>
    /// Measures both, best of five each, which takes some tenths of a second and 256 MiB of memory. Another program that runs at the
    /// same time lowers them.
    /// </summary>
    /// <param name="pool">The workers; null for the pool that models share.</param>
    public static MachineRates Measure(WorkerPool? pool = null)
    {
        pool ??= WorkerPool.Shared;
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)ReadBytes, 64);
        try
        {
            var fill = new Fill(memory);
            pool.Run(ref fill);
            double multiplying = Best(pool, new Compute());
            double reading = Best(pool, new Reading(memory));
            return new MachineRates(2.0 * Rounds * Sums * (CpuInstructions.VectorBits / 32) * pool.Threads / multiplying, ReadBytes / reading);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Seconds that work takes at least: that of its operations, or of its bytes, whichever is longer.</summary>
    /// <param name="flops">Operations.</param>
    /// <param name="bytes">Bytes.</param>
    public double Seconds(long flops, long bytes) => Math.Max(flops / FlopsPerSecond, bytes / BytesPerSecond);

    private static double Best<TJob>(WorkerPool pool, TJob job)
        where TJob : struct, IWorkerJob
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < 5; run++)
        {
            long begin = Stopwatch.GetTimestamp();
            pool.Run(ref job);
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }

    private readonly struct Fill(byte* memory) : IWorkerJob
    {
        public void Run(in Worker worker)
        {
            worker.SliceAligned((int)(ReadBytes / 64), 64, out int begin, out int end);
            new Span<byte>(memory + (begin * 64L), (end - begin) * 64).Fill(1);
        }
    }

    private struct Compute : IWorkerJob
    {
        private float _sink;

        public void Run(in Worker worker) => _sink = Vector512.IsHardwareAccelerated ? MultiplyAdds<Lanes16>()
            : Vector256.IsHardwareAccelerated ? MultiplyAdds<Lanes8>()
            : MultiplyAdds<Lanes4>();

        // Twelve sums at once: more than two units of latency four or five can be busy with, and 14 registers of 16.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float MultiplyAdds<TLanes>()
            where TLanes : struct, ILanes<TLanes>
        {
            TLanes x = TLanes.Broadcast(0.999f), y = TLanes.Broadcast(1e-3f);
            TLanes a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (int round = 0; round < Rounds; round++)
            {
                a = TLanes.MultiplyAdd(a, x, y);
                b = TLanes.MultiplyAdd(b, x, y);
                c = TLanes.MultiplyAdd(c, x, y);
                d = TLanes.MultiplyAdd(d, x, y);
                e = TLanes.MultiplyAdd(e, x, y);
                f = TLanes.MultiplyAdd(f, x, y);
                g = TLanes.MultiplyAdd(g, x, y);
                h = TLanes.MultiplyAdd(h, x, y);
                i = TLanes.MultiplyAdd(i, x, y);
                j = TLanes.MultiplyAdd(j, x, y);
                k = TLanes.MultiplyAdd(k, x, y);
                l = TLanes.MultiplyAdd(l, x, y);
            }

            float* sums = stackalloc float[16];
            TLanes.Store(a + b + c + d + e + f + g + h + i + j + k + l, sums);
            return sums[0];
        }
    }

    private struct Reading(byte* memory) : IWorkerJob
    {
        private float _sink;

        public void Run(in Worker worker)
        {
            worker.SliceAligned((int)(ReadBytes / 64), 64, out int begin, out int end);
            _sink = Sum(memory + (begin * 64L), memory + (end * 64L));
        }

        // A cache line a round from each of four places a quarter of the range apart, as the products read panels.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Sum(byte* from, byte* to)
        {
            Vector256<float> a = default, b = default, c = default, d = default;
            nint part = ((nint)(to - from) / 4) & ~(nint)63;
            for (byte* p = from, end = from + part; p < end; p += 64)
            {
                a += Vector256.Load((float*)p) + Vector256.Load((float*)(p + 32));
                b += Vector256.Load((float*)(p + part)) + Vector256.Load((float*)(p + part + 32));
                c += Vector256.Load((float*)(p + (2 * part))) + Vector256.Load((float*)(p + (2 * part) + 32));
                d += Vector256.Load((float*)(p + (3 * part))) + Vector256.Load((float*)(p + (3 * part) + 32));
            }

            return Vector256.Sum(a + b + c + d);
        }
    }
}
