using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;

namespace Moe.Benchmarks.Limits;

/// <summary>Repeated timings of one thing: the median, and how far the repetitions lie apart.</summary>
/// <param name="Median">Seconds.</param>
/// <param name="Least">Seconds of the fastest repetition.</param>
/// <param name="Low">Seconds below which a tenth of the repetitions lie.</param>
/// <param name="High">Seconds above which a tenth lie.</param>
public readonly record struct Measurement(double Median, double Least, double Low, double High)
{
    /// <summary>Repetitions of every measurement at least.</summary>
    public const int LeastRepetitions = 9;

    private const int MostRepetitions = 199;

    /// <summary>Times an action: twice for warming up, then at least nine times and for half a second.</summary>
    public static Measurement Of(Action action)
    {
        action();
        action();
        List<double> seconds = [];
        long begin = Stopwatch.GetTimestamp();
        while (seconds.Count < LeastRepetitions
            || (seconds.Count < MostRepetitions && Stopwatch.GetElapsedTime(begin).TotalSeconds < 0.5))
        {
            long start = Stopwatch.GetTimestamp();
            action();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        seconds.Sort();
        int tenth = seconds.Count / 10;
        return new Measurement(seconds[seconds.Count / 2], seconds[0], seconds[tenth], seconds[^(tenth + 1)]);
    }

    /// <summary>Half of what the middle eight tenths of the repetitions span, as a part of the median.</summary>
    public double Spread => (High - Low) / 2 / Median;

    /// <summary>A rate, in units of a thousand million a second.</summary>
    public double Giga(double work) => work / Median / 1e9;

    /// <summary>The rate of the fastest repetition: what remains comparable on a machine that others use too.</summary>
    public double BestGiga(double work) => work / Least / 1e9;

    /// <summary>A rate with its spread, for example "95.1 ± 2%, best 97.0".</summary>
    public string Rate(double work) =>
        string.Create(CultureInfo.InvariantCulture, $"{Giga(work),7:0.0} ± {Spread * 100,2:0}%, best {BestGiga(work),6:0.0}");
}
