using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks;

/// <summary>
/// What the machine gives at best, measured in the same run as whatever is held against it: multiply-adds in registers at
/// the widest vectors, and reads of memory that no cache holds.
/// </summary>
public sealed unsafe class MachineLimits
{
    private const int Rounds = 4_000_000;
    private const long ReadBytes = 512L << 20;

    private MachineLimits(int threads, Measurement one, Measurement all, Measurement readOne, Measurement readAll)
    {
        Threads = threads;
        MultiplyAddOne = one;
        MultiplyAddAll = all;
        ReadOne = readOne;
        ReadAll = readAll;
    }

    /// <summary>Threads of the pool measured.</summary>
    public int Threads { get; }

    /// <summary>Time of <see cref="MultiplyAddWork"/> on one thread.</summary>
    public Measurement MultiplyAddOne { get; }

    /// <summary>Time of <see cref="MultiplyAddWork"/> on every thread of the pool.</summary>
    public Measurement MultiplyAddAll { get; }

    /// <summary>Time to read <see cref="ReadWork"/> bytes with one thread.</summary>
    public Measurement ReadOne { get; }

    /// <summary>Time to read <see cref="ReadWork"/> bytes with all threads, a part each.</summary>
    public Measurement ReadAll { get; }

    /// <summary>Operations a thread does, a multiply-add being two.</summary>
    public static double MultiplyAddWork => 2.0 * Rounds * 16 * Lanes;

    /// <summary>Bytes read.</summary>
    public static double ReadWork => ReadBytes;

    /// <summary>GFLOP/s of one thread.</summary>
    public double GigaflopsOne => MultiplyAddOne.Giga(MultiplyAddWork);

    /// <summary>GFLOP/s of all threads.</summary>
    public double GigaflopsAll => MultiplyAddAll.Giga(MultiplyAddWork * Threads);

    /// <summary>GB/s of one thread.</summary>
    public double BandwidthOne => ReadOne.Giga(ReadWork);

    /// <summary>GB/s of all threads.</summary>
    public double BandwidthAll => ReadAll.Giga(ReadWork);

    private static int Lanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Measures; takes a few seconds.</summary>
    public static MachineLimits Measure(WorkerPool pool)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)ReadBytes, 64);
        try
        {
            Fill fill = new() { Memory = memory };
            pool.Run(ref fill);
            float sink = 0f;
            Measurement one = Measurement.Of(() => sink += MultiplyAdds());
            Measurement all = Measurement.Of(() =>
            {
                Compute job = default;
                pool.Run(ref job);
            });
            Measurement readOne = Measurement.Of(() => sink += Read(memory, memory + ReadBytes));
            Measurement readAll = Measurement.Of(() =>
            {
                Reading job = new() { Memory = memory };
                pool.Run(ref job);
            });
            GC.KeepAlive(sink);
            return new MachineLimits(pool.Threads, one, all, readOne, readAll);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static float MultiplyAdds() =>
        Vector512.IsHardwareAccelerated ? MultiplyAdds512() : Vector256.IsHardwareAccelerated ? MultiplyAdds256() : MultiplyAdds128();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds512()
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(1e-3f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        Vector512<float> i = x, j = x, k = x, l = x, m = x, n = x, o = x, p = x;
        for (int round = 0; round < Rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
            m = Vector512.FusedMultiplyAdd(m, x, y);
            n = Vector512.FusedMultiplyAdd(n, x, y);
            o = Vector512.FusedMultiplyAdd(o, x, y);
            p = Vector512.FusedMultiplyAdd(p, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p);
    }

    // 256-bit machines have 16 registers: two for the factors, 12 sums, and four of these again a round.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds256()
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(1e-3f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        for (int round = 0; round < Rounds; round++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds128()
    {
        Vector128<float> x = Vector128.Create(0.999f), y = Vector128.Create(1e-3f);
        Vector128<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x;
        Vector128<float> i = x, j = x, k = x, l = x, m = x, n = x, o = x, p = x;
        for (int round = 0; round < Rounds; round++)
        {
            a = Vector128.FusedMultiplyAdd(a, x, y);
            b = Vector128.FusedMultiplyAdd(b, x, y);
            c = Vector128.FusedMultiplyAdd(c, x, y);
            d = Vector128.FusedMultiplyAdd(d, x, y);
            e = Vector128.FusedMultiplyAdd(e, x, y);
            f = Vector128.FusedMultiplyAdd(f, x, y);
            g = Vector128.FusedMultiplyAdd(g, x, y);
            h = Vector128.FusedMultiplyAdd(h, x, y);
            i = Vector128.FusedMultiplyAdd(i, x, y);
            j = Vector128.FusedMultiplyAdd(j, x, y);
            k = Vector128.FusedMultiplyAdd(k, x, y);
            l = Vector128.FusedMultiplyAdd(l, x, y);
            m = Vector128.FusedMultiplyAdd(m, x, y);
            n = Vector128.FusedMultiplyAdd(n, x, y);
            o = Vector128.FusedMultiplyAdd(o, x, y);
            p = Vector128.FusedMultiplyAdd(p, x, y);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p);
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

    private struct Compute : IWorkerJob
    {
        public float Sink;

        public void Run(in Worker worker) => Sink = MultiplyAdds();
    }

    private struct Fill : IWorkerJob
    {
        public byte* Memory;

        public void Run(in Worker worker)
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
}
