using System;
using System.CommandLine;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Layers;
using Moe.Benchmarks.Limits;
using Moe.Benchmarks.Processes;
using Moe.Benchmarks.Results;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks;

/// <summary>The command line of the benchmarks that need nothing but this repository.</summary>
public static class Program
{
    private static int Main(string[] arguments)
    {
        var root = new RootCommand("What the engine reaches of what the machine gives.")
        {
            Limits(), Kernels(), TokenCommand.Create(_ => []), LayerCommand.Create(_ => []), Load(), StartCommand.Create(), SteadyCommand.Create(), ReportTables(),
        };
        return CommandLine.Run(root, arguments);
    }

    /// <summary>The command that prints the tables of a result file.</summary>
    public static Command ReportTables()
    {
        Option<string> file = MeasuringOptions.CreateOut();
        var command = new Command("report", "Prints the tables of a result file.") { file };
        command.SetAction(arguments => Report.Print(new ResultFile(arguments.GetValue(file)!)));
        return command;
    }

    private static Command Limits()
    {
        var command = new Command("limits", "What the machine gives: arithmetic in registers and read bandwidth.");
        command.SetAction(_ => MeasureLimits());
        return command;
    }

    private static Command Kernels()
    {
        var command = new Command("kernels", "The primitives against those limits.");
        command.SetAction(_ => KernelBenchmarks.Run(WorkerPool.Shared, MeasureLimits()));
        return command;
    }

    private static Command Load()
    {
        var command = new Command("load", "Time and memory of loading a checkpoint of a gigabyte, and of packed files made of it.");
        command.SetAction(_ => LoadBenchmark.Run());
        return command;
    }

    private static MachineLimits MeasureLimits()
    {
        WorkerPool pool = WorkerPool.Shared;
        Console.WriteLine($"{PairedSamples.Machine}, {pool.Threads} threads; medians of {Measurement.LeastRepetitions} repetitions or more");
        MachineLimits limits = MachineLimits.Measure(pool);
        limits.Print();
        return limits;
    }
}
