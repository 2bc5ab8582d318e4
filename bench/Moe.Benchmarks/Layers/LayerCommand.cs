using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Limits;
using Moe.Benchmarks.Results;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks.Layers;

/// <summary>The command that measures a layer alone, as routed and with skewed routing.</summary>
public static class LayerCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="peers">Who else runs the layer.</param>
    /// <param name="peerOptions">Options that <paramref name="peers"/> reads.</param>
    public static Command Create(Func<ParseResult, IReadOnlyList<ILayerPeer>> peers, params Option[] peerOptions)
    {
        var formats = new Option<WeightFormat[]>("--formats")
        {
            Description = "Weights in memory",
            DefaultValueFactory = _ => [WeightFormat.F32, WeightFormat.BF16],
            AllowMultipleArgumentsPerToken = true,
        };
        var routing = new Option<Routing[]>("--routing")
        {
            Description = "Who goes where",
            DefaultValueFactory = _ => Enum.GetValues<Routing>(),
            AllowMultipleArgumentsPerToken = true,
        };
        var tokens = new Option<int[]>("--tokens")
        {
            Description = "Tokens of a call",
            DefaultValueFactory = _ => [1, 8, 64, 512],
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = CommandLine.Count("--threads", "Worker threads of every contender", 2);
        MeasuringOptions common = new();
        var command = new Command("layer", "A layer alone (hidden 2048, 64 experts of width 1024) against its roofline.") { formats, routing, tokens, threads };
        common.AddTo(command);
        foreach (Option option in peerOptions)
            command.Add(option);
        command.SetAction(arguments =>
        {
            var results = new ResultFile(arguments.GetValue(common.Out)!);
            foreach (WeightFormat format in arguments.GetValue(formats)!)
            {
                foreach (Routing routed in arguments.GetValue(routing)!)
                {
                    Run(
                        results, new LayerCase(routed), format, arguments.GetValue(threads), arguments.GetValue(tokens)!,
                        arguments.GetValue(common.Samples), arguments.GetValue(common.Again), peers(arguments));
                }
            }
        });
        return command;
    }

    private static void Run(
        ResultFile results, LayerCase layer, WeightFormat format, int threads, int[] tokens, int samples, bool again, IReadOnlyList<ILayerPeer> peers)
    {
        ILayerPeer[] able = [.. peers.Where(peer => peer.Supports(layer, format))];
        string[] names = [OwnModel.OwnName, .. able.Select(peer => peer.Name)];
        int[] open = [.. tokens.Where(count => again || !results.Has(Key(layer, format, threads, count), names))];
        if (open.Length == 0)
            return;

        bool isShared = threads == WorkerPool.Shared.Threads;
        WorkerPool pool = isShared ? WorkerPool.Shared : new WorkerPool(threads);
        List<ILayerContender> others = [];
        try
        {
            using var own = new OwnLayer(layer, format, isShared ? null : threads);
            using var meter = new LimitMeter(pool);
            others.AddRange(able.Select(peer => peer.Create(layer, format, threads)));
            foreach (int count in open)
            {
                float[] rows = LayerCase.Rows(count);
                own.Prepare(rows);
                long bytes = LayerCase.RouterBytes(format) + (own.CountExperts() * LayerCase.ExpertBytes(format));
                for (int i = 0; i < others.Count; i++)
                    Check(own, others[i], able[i].Name, rows, format);
                PairedSamples.Taken taken = PairedSamples.Take(
                    meter, samples, format,
                    [(OwnModel.OwnName, own.Sample), .. others.Select((other, i) => (able[i].Name, (Func<double>)other.Sample))]);
                Result result = taken.As(Key(layer, format, threads, count), count, bytes, layer.Flops * count);
                results.Append(result);
                Report.PrintLine(result);
            }
        }
        finally
        {
            foreach (ILayerContender other in others)
                other.Dispose();
            if (!isShared)
                pool.Dispose();
        }
    }

    /// <summary>The peer must answer as we do, or it is not the same layer.</summary>
    private static void Check(OwnLayer own, ILayerContender other, string name, float[] rows, WeightFormat format)
    {
        other.Prepare(rows);
        own.Sample();
        other.Sample();
        float[] ours = own.Answer(), theirs = other.Answer();
        // bfloat16 answers can choose another expert where two scores are close: the mean tells a different layer, a maximum would not.
        double difference = ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Average() / ours.Average(Math.Abs);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{rows.Length / LayerCase.HiddenSize} tokens: rows of {name} differ from ours by {difference:0.0e+0} of the mean"));
        double most = format == WeightFormat.F32 ? 1e-3 : 5e-2;
        if (!(difference <= most))
            throw new InvalidOperationException($"{name} does not compute the layer that it is compared on: rows differ by {difference:P1}, more than {most:P1}.");
    }

    private static string Key(LayerCase layer, WeightFormat format, int threads, int tokens) => string.Create(
        CultureInfo.InvariantCulture, $"layer/{layer.Routing}/{format}/threads {threads}/tokens {tokens}");
}
