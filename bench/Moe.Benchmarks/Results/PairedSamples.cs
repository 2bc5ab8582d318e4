using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Moe.Benchmarks.Limits;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Results;

/// <summary>
/// Takes samples in turns: limits, ours, limits, then each peer; and again. A ratio is taken within a turn, so that what the machine gives
/// to all of them, which changes from minute to minute on a shared one, drops out.
/// </summary>
public static class PairedSamples
{
    /// <summary>The threads of other engines spin for some milliseconds after their work; nothing is measured meanwhile.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(100);

    /// <summary>Measures a point.</summary>
    /// <param name="meter">Measures the limits, with as many threads as the contenders have.</param>
    /// <param name="samples">Turns.</param>
    /// <param name="format">Decides which arithmetic is the limit.</param>
    /// <param name="contenders">Ours first: name and a sample's seconds. Each runs once untimed before the first turn.</param>
    public static Taken Take(LimitMeter meter, int samples, WeightFormat format, IReadOnlyList<(string Name, Func<double> Sample)> contenders)
    {
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentNullException.ThrowIfNull(contenders);
        foreach ((_, Func<double> sample) in contenders)
            sample();
        (string arithmetic, Func<double> ceiling) = Arithmetic(meter, format);
        List<double> bandwidth = [], operations = [];
        Dictionary<string, List<double>> seconds = contenders.ToDictionary(contender => contender.Name, _ => new List<double>());
        for (int turn = 0; turn < samples; turn++)
        {
            foreach ((string name, Func<double> sample) in contenders)
            {
                bool isOurs = name == contenders[0].Name;
                if (isOurs)
                    Limits();
                seconds[name].Add(sample());
                if (isOurs)
                    Limits();
                else
                    Thread.Sleep(Calm);
            }
        }

        return new Taken(arithmetic, bandwidth, operations, seconds.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<double>)pair.Value));

        void Limits()
        {
            bandwidth.Add(meter.Bandwidth());
            operations.Add(ceiling());
        }
    }

    /// <summary>What the machine is, for a result.</summary>
    public static string Machine { get; } = $"{ProcessorName.Find()}; {CpuInstructions.Describe()}";

    private static (string Name, Func<double> Measure) Arithmetic(LimitMeter meter, WeightFormat format)
    {
        if (format is WeightFormat.F32 or WeightFormat.BF16)
            return ("f32 multiply-add", meter.MultiplyAdds);
        (string Name, Func<double> Measure) pairs = format == WeightFormat.Int8 ? ("8-bit pairs, 32-bit sums", meter.WidePairs) : ("8-bit pairs, 16-bit sums", meter.Pairs);
        double ofPairs = pairs.Measure(), ofDots = meter.Dots();
        if (Math.Max(ofPairs, ofDots) == 0)
            return ("f32 multiply-add", meter.MultiplyAdds);
        return ofDots > ofPairs ? ("8-bit dot", meter.Dots) : pairs;
    }

    /// <summary>What was measured.</summary>
    /// <param name="Arithmetic">Which arithmetic the ceiling is of.</param>
    /// <param name="Bandwidth">GB/s before and after each of our samples.</param>
    /// <param name="Ceiling">Gop/s before and after each of our samples.</param>
    /// <param name="Seconds">By contender.</param>
    public sealed record Taken(
        string Arithmetic, IReadOnlyList<double> Bandwidth, IReadOnlyList<double> Ceiling, IReadOnlyDictionary<string, IReadOnlyList<double>> Seconds)
    {
        /// <summary>As a line of a result file.</summary>
        public Result As(string key, double tokens, double bytes, double flops) => new()
        {
            Key = key,
            Machine = Machine,
            Tokens = tokens,
            Bytes = bytes,
            Flops = flops,
            Arithmetic = Arithmetic,
            Bandwidth = Bandwidth,
            Ceiling = Ceiling,
            Seconds = Seconds,
        };
    }
}
