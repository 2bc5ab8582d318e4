using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Moe.Benchmarks.Results;

/// <summary>The median of several numbers, and the least and the most of them.</summary>
public readonly record struct Spread(double Least, double Median, double Most)
{
    /// <summary>Of at least one number.</summary>
    public static Spread Of(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        double middle = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Spread(sorted[0], middle, sorted[^1]);
    }

    /// <summary>As a share: "87% (84–90)".</summary>
    public string Percent => string.Create(CultureInfo.InvariantCulture, $"{Median * 100:0}% ({Least * 100:0}–{Most * 100:0})");

    /// <summary>As a factor: "1.31 (1.28–1.35)".</summary>
    public string Factor => string.Create(CultureInfo.InvariantCulture, $"{Median:0.00} ({Least:0.00}–{Most:0.00})");
}
