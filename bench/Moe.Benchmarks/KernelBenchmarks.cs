using System;
using System.Runtime.InteropServices;
using Moe.Benchmarks.Limits;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks;

/// <summary>
/// <see cref="Panels"/> on one thread against the machine: many tokens against the multiply-add ceiling, one token against
/// the read bandwidth, and dispatch and barriers of the pool.
/// </summary>
public static unsafe class KernelBenchmarks
{
    /// <summary>Measures and prints a table.</summary>
    public static void Run(WorkerPool pool, MachineLimits limits)
    {
        Console.WriteLine();
        Console.WriteLine("One thread, inner dimension 1024      rate                              of limit: medians, bests");
        foreach (int tokens in new[] { 512, 64, 13, 7, 6, 5, 4 })
        {
            Compute<F32>(WeightFormat.F32, tokens, 1024 + 16, limits);
            Compute<BF16>(WeightFormat.BF16, tokens, 1024 + 16, limits);
        }

        Compute<F32>(WeightFormat.F32, 512, 1024, limits);
        Compute<BF16>(WeightFormat.BF16, 512, 1024, limits);
        foreach (int tokens in new[] { 1, 2, 3, 4 })
        {
            Stream<F32>(WeightFormat.F32, tokens, limits);
            Stream<BF16>(WeightFormat.BF16, tokens, limits);
        }

        Console.WriteLine();
        Measurement run = Measurement.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Empty job = default;
                pool.Run(ref job);
            }
        });
        Measurement barrier = Measurement.Of(() =>
        {
            Meetings job = default;
            pool.Run(ref job);
        });
        Console.WriteLine($"Pool of {pool.Threads}: run {run.Median * 1e3:0.00} µs, barrier {barrier.Median * 1e6 / Meetings.Count:0.00} µs");
    }

    private static void Compute<TFormat>(WeightFormat format, int tokens, int stride, MachineLimits limits) where TFormat : IPanelFormat
    {
        // 64 panels: 4 MB of float32, cut by the caller into tiles of 8 panels by 96 tokens, as emitted code does.
        const int PanelCount = 64;
        using PackedMatrix matrix = Matrix(PanelCount * 16, format);
        float* input = Floats(tokens * stride), output = Floats(tokens * PanelCount * 16);
        int repeats = Math.Max(1, 512 / tokens);
        Measurement time = Measurement.Of(() =>
        {
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                for (int panel = 0; panel < PanelCount; panel += 8)
                {
                    for (int first = 0; first < tokens; first += 96)
                        Panels.Multiply<TFormat, D1024>(
                            matrix.Panel(panel), 8, input + (long)first * stride, stride, Math.Min(96, tokens - first),
                            output + (long)first * PanelCount * 16 + panel * 16, PanelCount * 16);
                }
            }
        });
        double work = 2.0 * repeats * tokens * PanelCount * 16 * 1024;
        Console.WriteLine($"{format,-4} {tokens,3} tokens, row stride {stride}  {time.Rate(work)} GFLOP/s {time.Giga(work) / limits.GigaflopsOne,6:P0} {time.BestGiga(work) / limits.MultiplyAddOne.BestGiga(MachineLimits.MultiplyAddWork),6:P0}");
        NativeMemory.AlignedFree(input);
        NativeMemory.AlignedFree(output);
    }

    private static void Stream<TFormat>(WeightFormat format, int tokens, MachineLimits limits) where TFormat : IPanelFormat
    {
        // Experts of 512 rows, more of them than any cache holds, one after the other.
        const int PanelCount = 32;
        int count = format == WeightFormat.F32 ? 128 : 256;
        using PackedMatrix matrix = Matrix(PanelCount * 16, format, count);
        float* input = Floats(tokens * 1024), output = Floats(tokens * PanelCount * 16);
        Measurement time = Measurement.Of(() =>
        {
            for (int expert = 0; expert < count; expert++)
                Panels.Multiply<TFormat, D1024>(matrix.Matrix(expert), PanelCount, input, 1024, tokens, output, PanelCount * 16);
        });
        Console.WriteLine($"{format,-4} {tokens,3} tokens from memory      {time.Rate(matrix.Bytes)} GB/s    {time.Giga(matrix.Bytes) / limits.BandwidthOne,6:P0} {time.BestGiga(matrix.Bytes) / limits.ReadOne.BestGiga(MachineLimits.ReadWork),6:P0}");
        NativeMemory.AlignedFree(input);
        NativeMemory.AlignedFree(output);
    }

    private static PackedMatrix Matrix(int rows, WeightFormat format, int count = 1)
    {
        PackedMatrix matrix = new(rows, 1024, format, count);
        Random random = new(1);
        float[] row = new float[1024];
        for (int m = 0; m < count; m++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int k = 0; k < row.Length; k++)
                    row[k] = random.NextSingle() - 0.5f;
                matrix.WriteRow(m, r, row);
            }
        }

        return matrix;
    }

    private static float* Floats(int length)
    {
        float* floats = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
        for (int i = 0; i < length; i++)
            floats[i] = i % 17 * 0.1f;
        return floats;
    }

    private readonly struct D1024 : IDimension
    {
        public static int Size => 1024;
    }

    private struct Empty : IWorkerJob
    {
        public readonly void Run(in Worker worker)
        {
        }
    }

    private struct Meetings : IWorkerJob
    {
        public const int Count = 10_000;

        public readonly void Run(in Worker worker)
        {
            for (int i = 0; i < Count; i++)
                worker.Barrier();
        }
    }
}
