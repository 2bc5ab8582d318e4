using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Limits;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Results;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Generation;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks.Processes;

/// <summary>The command that generates token after token, request after request, and looks whether the last is as fast as the second.</summary>
public static class SteadyCommand
{
    private const int Prompt = 16;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var format = new Option<WeightFormat>("--format") { Description = "Weights in memory", DefaultValueFactory = _ => WeightFormat.BF16 };
        var requests = CommandLine.Count("--requests", "Requests, one after the other", 20);
        var tokens = CommandLine.Count("--tokens", "Tokens of a request", 500);
        var command = new Command("steady", "Time per token, sampling included, of the last of many requests against the second's, and managed bytes allocated.") { format, requests, tokens };
        command.SetAction(arguments => Run(arguments.GetValue(format), arguments.GetValue(requests), arguments.GetValue(tokens)));
        return command;
    }

    private static void Run(WeightFormat format, int requests, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(requests, 2);
        using Synthetic model = Synthetic.CreateRandom(ModelCase.Seed, new LoadOptions { Weights = (WeightFormat?)format });
        using var meter = new LimitMeter(WorkerPool.Shared);
        var sampler = new Sampler(new SamplingOptions { Temperature = 1f, TopK = 40, Seed = 1 }, Synthetic.VocabularySize);
        List<double> medians = [], shares = [];
        var seconds = new double[tokens];
        double before = meter.Bandwidth();
        for (int request = 0; request < requests; request++)
        {
            using Session<Synthetic> session = model.NewSession();
            long allocated = Request(session, sampler, seconds);
            double after = meter.Bandwidth();
            Array.Sort(seconds);
            double median = seconds[tokens / 2];
            medians.Add(median);
            // In bytes that memory would have given meanwhile: what others do to a shared machine drops out.
            shares.Add(median * (before + after) / 2);
            before = after;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"request {request + 1,2}: median {median * 1e3:0.000} ms/token at {after:0.0} GB/s, {allocated} managed bytes in {tokens} tokens"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"last request against the second: {medians[^1] / medians[1]:0.000} of the time, {shares[^1] / shares[1]:0.000} with both taken in relation to the bandwidth around them"));
    }

    private static long Request(Session<Synthetic> session, Sampler sampler, double[] seconds)
    {
        ReadOnlySpan<float> logits = session.Append(TokenIds.Prompt(Synthetic.VocabularySize, 0, Prompt));
        int next = sampler.Sample(logits, session.Tokens);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            logits = session.Append(next);
            next = sampler.Sample(logits, session.Tokens);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
