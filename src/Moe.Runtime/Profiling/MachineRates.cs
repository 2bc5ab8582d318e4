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

    /// <summary>Products of bytes with 8-bit weights (<see cref="Int8"/>) and their additions, as the kernels do them, by all workers together.</summary>
    public double EightBitOpsPerSecond { get; init; } = FlopsPerSecond;

    /// <summary>The same with 4-bit weights (<see cref="Int4"/>, <see cref="MXFP4"/>), without what scales and minima of groups cost.</summary>
    public double FourBitOpsPerSecond { get; init; } = FlopsPerSecond;

    /// <summary>
    /// Measures them, best of five each, which takes some tenths of a second and 256 MiB of memory. Another program that runs at the
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
            double products = 2.0 * Rounds * Sums * (CpuInstructions.VectorBits / 32) * pool.Threads;
            double dots = DotProductRate.IsAvailable ? 2.0 * Rounds * DotProductRate.Products * pool.Threads / Best(pool, new Dots()) : 0;
            return new MachineRates(products / Best(pool, new Compute()), ReadBytes / Best(pool, new Reading(memory)))
            {
                EightBitOpsPerSecond = dots > 0 ? dots : 4 * products / Best(pool, new Integers<Int8>()),
                FourBitOpsPerSecond = dots > 0 ? dots : 4 * products / Best(pool, new Integers<Int4>()),
            };
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

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

    private readonly struct Dots : IWorkerJob
    {
        public void Run(in Worker worker) => DotProductRate.Run(Rounds);
    }

    private struct Integers<TFormat> : IWorkerJob
        where TFormat : IGroupFormat
    {
        private float _sink;

        public void Run(in Worker worker) => _sink = Vector512.IsHardwareAccelerated ? Products<Register512, Vector512<float>>()
            : Vector256.IsHardwareAccelerated ? Products<Register256, Vector256<float>>()
            : Products<Register128, Vector128<float>>();

        // Six inputs, from another place every round, with two vectors of weights, as a tile has them.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static float Products<TRegister, TVector>()
            where TRegister : IIntegerRegister<TVector> where TVector : struct
        {
            int* inputs = stackalloc int[16 * 6];
            TVector x = TRegister.BroadcastBits(0x0102_0304), y = TRegister.BroadcastBits(0x0403_0201);
            TVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (int round = 0; round < Rounds; round++)
            {
                int* from = inputs + ((round & 15) * 6);
                TVector input = TRegister.BroadcastBits(from[0]);
                (a, b) = (TRegister.MultiplyAddBytes<TFormat>(a, x, input), TRegister.MultiplyAddBytes<TFormat>(b, y, input));
                input = TRegister.BroadcastBits(from[1]);
                (c, d) = (TRegister.MultiplyAddBytes<TFormat>(c, x, input), TRegister.MultiplyAddBytes<TFormat>(d, y, input));
                input = TRegister.BroadcastBits(from[2]);
                (e, f) = (TRegister.MultiplyAddBytes<TFormat>(e, x, input), TRegister.MultiplyAddBytes<TFormat>(f, y, input));
                input = TRegister.BroadcastBits(from[3]);
                (g, h) = (TRegister.MultiplyAddBytes<TFormat>(g, x, input), TRegister.MultiplyAddBytes<TFormat>(h, y, input));
                input = TRegister.BroadcastBits(from[4]);
                (i, j) = (TRegister.MultiplyAddBytes<TFormat>(i, x, input), TRegister.MultiplyAddBytes<TFormat>(j, y, input));
                input = TRegister.BroadcastBits(from[5]);
                (k, l) = (TRegister.MultiplyAddBytes<TFormat>(k, x, input), TRegister.MultiplyAddBytes<TFormat>(l, y, input));
            }

            // Nothing of it is worth anything but that it is used.
            a = TRegister.MultiplyAdd(a, b, TRegister.MultiplyAdd(c, d, TRegister.MultiplyAdd(e, f, TRegister.MultiplyAdd(g, h, TRegister.MultiplyAdd(i, j, TRegister.Multiply(k, l))))));
            float* sums = stackalloc float[16];
            TRegister.Store(a, sums);
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
