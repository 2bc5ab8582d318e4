using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks;

/// <summary>
/// Prefill and decode of the synthetic model against what the machine gives in the same run. Every sample stands between
/// two measurements of its limit; what is printed is the median of the ratios.
/// </summary>
public static class TokenBenchmarks
{
    private const int Samples = 7;
    private const int Prompt = 512;
    private const int Context = 16;
    private const int Generated = 64;

    /// <summary>Runs both phases in both formats.</summary>
    public static void Run(WorkerPool pool)
    {
        Console.WriteLine($"{nameof(Synthetic)}: {Synthetic.TotalParameters:N0} parameters, {Synthetic.ActiveParameters:N0} active, random weights");
        foreach (WeightFormat format in new[] { WeightFormat.F32, WeightFormat.BF16 })
        {
            using Synthetic model = Synthetic.CreateRandom(1, new LoadOptions { Weights = format });
            Decode(pool, model, format);
            Prefill(pool, model, format);
        }
    }

    /// <summary>One token after another behind a short prompt; the limit is reading every active weight once.</summary>
    private static void Decode(WorkerPool pool, Synthetic model, WeightFormat format)
    {
        using Session<Synthetic> session = model.NewSession();
        Generate(session, Generated);
        // Of the embedding one row is read; norms are float32, and too few to count.
        long bytes = (Synthetic.ActiveParameters - ((long)Synthetic.VocabularySize * Synthetic.HiddenSize)) * (format == WeightFormat.F32 ? 4 : 2);
        Report("decode", format, pool, () => Generate(session, Generated) / Generated, seconds => bytes / seconds / 1e9, limits => limits.BandwidthAll, "GB/s", 1);
    }

    /// <summary>A prompt at once, logits of its last token; the limit is the multiply-add ceiling.</summary>
    private static void Prefill(WorkerPool pool, Synthetic model, WeightFormat format)
    {
        int[] prompt = Enumerable.Range(0, Prompt).Select(i => (i * 7919) % Synthetic.VocabularySize).ToArray();
        using Session<Synthetic> session = model.NewSession();
        session.Append(prompt);
        // The head runs once, not for each token; attention over the cache is left out, so that the share is a lower bound.
        double head = 2.0 * Synthetic.VocabularySize * Synthetic.HiddenSize;
        double flops = ((Synthetic.FlopsPerToken - head) * Prompt) + head;
        Report(
            "prefill",
            format,
            pool,
            () =>
            {
                session.Truncate(0);
                var clock = Stopwatch.StartNew();
                session.Append(prompt);
                return clock.Elapsed.TotalSeconds;
            },
            seconds => flops / seconds / 1e9,
            limits => limits.GigaflopsAll,
            "GFLOP/s",
            Prompt);
    }

    private static double Generate(Session<Synthetic> session, int tokens)
    {
        session.Truncate(0);
        session.Append(Enumerable.Range(1, Context).ToArray());
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < tokens; i++)
            session.Append((i * 104_729) % Synthetic.VocabularySize);
        return clock.Elapsed.TotalSeconds;
    }

    private static void Report(
        string phase, WeightFormat format, WorkerPool pool, Func<double> sample, Func<double, double> rate, Func<MachineLimits, double> limit, string unit, int tokens)
    {
        var rates = new double[Samples];
        var shares = new double[Samples];
        var speeds = new double[Samples];
        double before = limit(MachineLimits.Measure(pool));
        for (int i = 0; i < Samples; i++)
        {
            double seconds = sample();
            double after = limit(MachineLimits.Measure(pool));
            rates[i] = rate(seconds);
            shares[i] = rates[i] / ((before + after) / 2);
            speeds[i] = tokens / seconds;
            before = after;
        }

        Array.Sort(rates);
        Array.Sort(shares);
        Array.Sort(speeds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{phase,-8}{format,-5}{speeds[Samples / 2],8:N1} tokens/s  {rates[Samples / 2],7:N1} {unit,-8}{shares[Samples / 2],6:P0} of the limit ({shares[0]:P0} to {shares[^1]:P0})"));
    }
}
