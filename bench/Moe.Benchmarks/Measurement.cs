using System;
using System.Diagnostics;
using System.Globalization;

namespace Moe.Benchmarks;

/// <summary>Repeated timings of one thing: the median, and how far the repetitions lie apart.</summary>
/// <param name="Median">Seconds.</param>
/// <param name="Least">Seconds of the fastest repetition.</param>
/// <param name="Most">Seconds of the slowest.</param>
public readonly record struct Measurement(double Median, double Least, double Most)
{
    /// <summary>Repetitions of every measurement.</summary>
    public const int Repetitions = 9;

    /// <summary>Times an action: twice for warming up, then as often as <see cref="Repetitions"/> says.</summary>
    public static Measurement Of(Action action)
    {
        action();
        action();
        double[] seconds = new double[Repetitions];
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            seconds[repetition] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return new Measurement(seconds[Repetitions / 2], seconds[0], seconds[^1]);
    }

    /// <summary>Half the range of the repetitions, of the median.</summary>
    public double Spread => (Most - Least) / 2 / Median;

    /// <summary>A rate, in units of a thousand million a second.</summary>
    public double Giga(double work) => work / Median / 1e9;

    /// <summary>A rate with its spread, for example "95.1 ± 2%".</summary>
    public string Rate(double work) =>
        string.Create(CultureInfo.InvariantCulture, $"{Giga(work),8:0.0} ± {Spread * 100,2:0}%");
}
