using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Moe.Runtime.Profiling;

/// <summary>A profile as text: a row for each phase, the layers of a block together.</summary>
internal static class ProfileTable
{
    private const int NameWidth = 56;

    public static void Write(TextWriter writer, StepProfile profile, MachineRates? rates)
    {
        IReadOnlyList<PhaseProfile> sums = profile.Sums();
        double total = sums.Sum(phase => phase.Seconds);
        writer.WriteLine(Text(
            $"{profile.Model}: {profile.Steps:N0} steps, {profile.Tokens:N0} tokens, {profile.Workers} workers, {total * 1e3:N1} ms"));
        if (rates is not null)
        {
            string integers = sums.Any(phase => phase.EightBitOps > 0) ? Text($", {rates.EightBitOpsPerSecond / 1e9:N0} Gop/s with 8-bit weights") : "";
            integers += sums.Any(phase => phase.FourBitOps > 0) ? Text($", {rates.FourBitOpsPerSecond / 1e9:N0} Gop/s with 4-bit weights") : "";
            writer.WriteLine(Text($"machine: {rates.FlopsPerSecond / 1e9:N0} GFLOP/s, {rates.BytesPerSecond / 1e9:N1} GB/s{integers}"));
        }
        writer.WriteLine();
        writer.WriteLine($"{"phase",-NameWidth}{"calls",9}{"ms",11}{"share",8}{"waiting",9}{"GFLOP/s",9}{"GB/s",8}" + (rates is null ? "" : $"{"roof ms",11}{"x roof",11}"));

        string part = "";
        foreach (PhaseProfile phase in sums)
        {
            if (phase.Part != part)
            {
                part = phase.Part;
                PhaseProfile[] own = [.. sums.Where(other => other.Part == part)];
                int layers = profile.Phases.Where(other => other.Part == part).Select(other => other.Layer).Distinct().Count();
                writer.WriteLine(Row(part + (layers > 1 ? $" × {layers}" : ""), Sum(own), Roof(own), showsCalls: false));
            }

            writer.WriteLine(Row("  " + phase.Name, phase, Roof([phase]), showsCalls: true));
        }

        writer.WriteLine(Row("total", Sum(sums), Roof(sums), showsCalls: false));

        double? Roof(IEnumerable<PhaseProfile> phases) => rates is null ? null : phases.Sum(phase => phase.RoofSeconds(rates));

        string Row(string name, PhaseProfile phase, double? roof, bool showsCalls)
        {
            string row = Cut(name).PadRight(NameWidth)
                + Text($"{(showsCalls ? phase.Calls.ToString("N0", CultureInfo.InvariantCulture) : ""),9}{phase.Seconds * 1e3,11:N3}{Share(phase.Seconds, total),8:P1}")
                + Text($"{Share(phase.Waiting.TotalSeconds, phase.Seconds),9:P1}{Per(phase.Flops, phase.Seconds),9:N1}{Per(phase.Bytes, phase.Seconds),8:N1}");
            return roof is { } seconds ? row + Text($"{seconds * 1e3,11:N3}{(seconds > 0 ? Text($"{phase.Seconds / seconds:N2}") : ""),11}") : row;
        }
    }

    private static PhaseProfile Sum(IEnumerable<PhaseProfile> phases)
    {
        var sum = new PhaseProfile("", null, "");
        foreach (PhaseProfile phase in phases)
            sum.Add(phase);
        return sum;
    }

    private static string Cut(string name) => name.Length < NameWidth ? name : name[..(NameWidth - 2)] + "…";

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private static double Per(long amount, double seconds) => seconds > 0 ? amount / seconds / 1e9 : 0;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
