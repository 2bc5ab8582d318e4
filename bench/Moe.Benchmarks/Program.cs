using System;
using Moe.Runtime.Numerics;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        string command = arguments.Length == 1 ? arguments[0] : "";
        if (command is not ("limits" or "kernels" or "tokens" or "load"))
        {
            Console.Error.WriteLine("""
                limits    what the machine gives: multiply-adds and read bandwidth
                kernels   the primitives against those limits
                tokens    prefill and decode of a synthetic model against those limits
                load      time and memory of loading a checkpoint of a gigabyte, and of packed files made of it
                """);
            return 2;
        }

        if (command == "load")
        {
            LoadBenchmark.Run();
            return 0;
        }

        WorkerPool pool = WorkerPool.Shared;
        Console.WriteLine($"{CpuInstructions.Describe()}, {pool.Threads} threads; medians of {Measurement.LeastRepetitions} repetitions or more");
        MachineLimits limits = MachineLimits.Measure(pool);
        Console.WriteLine($"f32 multiply-add, 1 thread   {limits.MultiplyAddOne.Rate(MachineLimits.MultiplyAddWork)} GFLOP/s");
        Console.WriteLine($"f32 multiply-add, {limits.Threads} threads  {limits.MultiplyAddAll.Rate(MachineLimits.MultiplyAddWork * limits.Threads)} GFLOP/s");
        Console.WriteLine($"read, 1 thread               {limits.ReadOne.Rate(MachineLimits.ReadWork)} GB/s");
        Console.WriteLine($"read, {limits.Threads} threads              {limits.ReadAll.Rate(MachineLimits.ReadWork)} GB/s");
        if (command == "kernels")
            KernelBenchmarks.Run(pool, limits);
        if (command == "tokens")
            TokenBenchmarks.Run(pool);
        return 0;
    }
}
