using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Benchmarks.Tokens;
using Spectre.Console;

namespace Moe.Benchmarks.Results;

/// <summary>Results as tables: ours, our share of what the machine gives, and each peer with how many times faster we are.</summary>
public static class Report
{
    /// <summary>Prints a table for each kind of point.</summary>
    public static void Print(ResultFile results)
    {
        ArgumentNullException.ThrowIfNull(results);
        // A row that is wrapped is no row of a Markdown table.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 400;
        foreach (IGrouping<string, Result> kind in results.Latest.GroupBy(result => Group(result.Key)))
        {
            string[] peers = [.. kind.SelectMany(result => result.Seconds.Keys).Distinct().Where(name => name != OwnModel.OwnName)];
            var table = new Table().Border(TableBorder.Markdown).Title(kind.Key).AddColumn("point");
            table.AddColumns("tokens/s", "µs/token", "of the limit", "limit");
            foreach (string peer in peers)
                table.AddColumns(peer, "times");
            foreach (Result result in kind)
                table.AddRow([.. Row(result, peers).Select(Markup.Escape)]);
            AnsiConsole.Write(table);
        }

        foreach (string machine in results.Latest.Select(result => result.Machine).Distinct())
            AnsiConsole.WriteLine(machine);
    }

    /// <summary>Prints one result while a run goes on.</summary>
    public static void PrintLine(Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        string[] peers = [.. result.Seconds.Keys.Where(name => name != OwnModel.OwnName)];
        IEnumerable<string> cells = Row(result, []);
        string line = $"{result.Key}: " + string.Join("  ", cells.Skip(1).Zip(["tokens/s", "µs/token", "of", ""], (cell, unit) => $"{cell} {unit}"));
        foreach (string peer in peers)
            line += $"; {peer} {Speed(result, peer)} tokens/s, {Times(result, peer).Factor} times";
        Console.WriteLine(line);
    }

    /// <summary>Our samples as shares of their limits: the roofline's time over ours.</summary>
    public static Spread Share(Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Spread.Of(result.Seconds[OwnModel.OwnName].Select((seconds, turn) => Roof(result, turn) / seconds));
    }

    private static IEnumerable<string> Row(Result result, IReadOnlyList<string> peers)
    {
        double median = Spread.Of(result.Seconds[OwnModel.OwnName]).Median;
        yield return result.Key[(Group(result.Key).Length + 1)..];
        yield return Speed(result, OwnModel.OwnName);
        yield return (median / result.Tokens * 1e6).ToString("N1", CultureInfo.InvariantCulture);
        yield return Share(result).Percent;
        yield return Limit(result);
        foreach (string peer in peers)
        {
            bool has = result.Seconds.ContainsKey(peer);
            yield return has ? Speed(result, peer) : "";
            yield return has ? Times(result, peer).Factor : "";
        }
    }

    private static string Speed(Result result, string contender) =>
        (result.Tokens / Spread.Of(result.Seconds[contender]).Median).ToString("N1", CultureInfo.InvariantCulture);

    private static Spread Times(Result result, string peer) =>
        Spread.Of(result.Seconds[OwnModel.OwnName].Zip(result.Seconds[peer], (ours, theirs) => theirs / ours));

    /// <summary>Seconds that the machine needs at least, from what it gave around our sample of this turn.</summary>
    private static double Roof(Result result, int turn) => Math.Max(
        result.Bytes / (Around(result.Bandwidth, turn) * 1e9), result.Flops / (Around(result.Ceiling, turn) * 1e9));

    private static string Limit(Result result)
    {
        double bandwidth = Spread.Of(result.Bandwidth).Median, ceiling = Spread.Of(result.Ceiling).Median;
        return result.Bytes / bandwidth > result.Flops / ceiling
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Bytes / result.Tokens / 1e6:N1} MB/token at {bandwidth:N1} GB/s")
            : string.Create(CultureInfo.InvariantCulture, $"{result.Flops / result.Tokens / 1e6:N1} Mop/token at {ceiling:N0} Gop/s, {result.Arithmetic}");
    }

    private static double Around(IReadOnlyList<double> limits, int turn) => (limits[2 * turn] + limits[(2 * turn) + 1]) / 2;

    /// <summary>Kind, model and format: the first three parts of a key.</summary>
    private static string Group(string key) => string.Join('/', key.Split('/').Take(3));
}
