using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security;

namespace Moe.Runtime.Profiling;

/// <summary>A profile as a picture: model, blocks and phases one below the other, as wide as their time.</summary>
internal static class ProfilePicture
{
    private const double Width = 1200;
    private const double Bar = 34;
    private const double Gap = 2;
    private const double LetterWidth = 6.4;

    public static void Write(TextWriter writer, StepProfile profile, MachineRates? rates)
    {
        IReadOnlyList<PhaseProfile> sums = profile.Sums();
        double total = sums.Sum(phase => phase.Seconds);
        double perSecond = total > 0 ? Width / total : 0;
        writer.WriteLine(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {(4 * Bar) + 24}\" width=\"{Width}\" height=\"{(4 * Bar) + 24}\" font-family=\"monospace\" font-size=\"11\">"));
        writer.WriteLine("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");

        string steps = Text($"{profile.Steps:N0} steps, {profile.Tokens:N0} tokens, {profile.Workers} workers");
        Rectangle(writer, 0, 0, total * perSecond, "model", "#d9d9d9", profile.Model, $"{Numbers(profile.Model, sums, total, rates)}\n{steps}");
        double at = 0;
        foreach (IGrouping<string, PhaseProfile> part in sums.GroupBy(phase => phase.Part))
        {
            PhaseProfile[] phases = [.. part];
            double seconds = phases.Sum(phase => phase.Seconds);
            Rectangle(writer, at, 1, seconds * perSecond, "part", Colour(phases, rates), part.Key, Numbers(part.Key, phases, total, rates));
            foreach (PhaseProfile phase in phases)
            {
                Rectangle(writer, at, 2, phase.Seconds * perSecond, "phase", Colour([phase], rates), phase.Name, Numbers(phase.Name, [phase], total, rates));
                at += phase.Seconds * perSecond;
            }
        }

        Legend(writer, rates is not null);
        writer.WriteLine("</svg>");
    }

    private static void Rectangle(TextWriter writer, double x, int row, double width, string kind, string colour, string name, string numbers)
    {
        double y = row * (Bar + Gap);
        string shown = width < 3 * LetterWidth ? "" : Cut(name, (int)((width - 8) / LetterWidth));
        writer.WriteLine(Text($"<g class=\"{kind}\"><title>{Escape(numbers)}</title><rect x=\"{x:F3}\" y=\"{y}\" width=\"{width:F3}\" height=\"{Bar}\" fill=\"{colour}\" stroke=\"#ffffff\" stroke-width=\"0.5\"/>")
            + (shown.Length == 0 ? "" : Text($"<text x=\"{x + 4:F1}\" y=\"{y + 21}\">{Escape(shown)}</text>"))
            + "</g>");
    }

    private static void Legend(TextWriter writer, bool hasRates)
    {
        double y = (3 * (Bar + Gap)) + 22;
        if (!hasRates)
            return;

        (double Ratio, string Label)[] marks = [(1, "at its roof"), (1.5, "1.5 times"), (2, "2 times"), (4, "4 times its roofline time or more")];
        double x = 0;
        foreach ((double ratio, string label) in marks)
        {
            writer.WriteLine(Text($"<g class=\"legend\"><rect x=\"{x:F1}\" y=\"{y - 11}\" width=\"14\" height=\"14\" fill=\"{Colour(ratio)}\"/><text x=\"{x + 20:F1}\" y=\"{y}\">{label}</text></g>"));
            x += 44 + (label.Length * LetterWidth);
        }
    }

    private static string Numbers(string name, IReadOnlyCollection<PhaseProfile> phases, double total, MachineRates? rates)
    {
        double seconds = phases.Sum(phase => phase.Seconds);
        double waiting = phases.Sum(phase => phase.Waiting.TotalSeconds);
        long flops = phases.Sum(phase => phase.Flops);
        long bytes = phases.Sum(phase => phase.Bytes);
        string text = Text($"{name}\n{seconds * 1e3:N3} ms, {(total > 0 ? seconds / total : 0):P1} of the time, waiting {(seconds > 0 ? waiting / seconds : 0):P1}");
        text += Text($"\n{flops / 1e6:N3} MFLOP, {(seconds > 0 ? flops / seconds / 1e9 : 0):N1} GFLOP/s");
        text += Text($"\n{bytes / 1e6:N3} MB (weights {phases.Sum(phase => phase.WeightBytes) / 1e6:N3}, cache {phases.Sum(phase => phase.CacheBytes) / 1e6:N3}, values {phases.Sum(phase => phase.ValueBytes) / 1e6:N3}), {(seconds > 0 ? bytes / seconds / 1e9 : 0):N1} GB/s");
        return rates is null ? text : text + Text($"\nroofline {Roof(phases, rates) * 1e3:N3} ms");
    }

    private static double Roof(IEnumerable<PhaseProfile> phases, MachineRates rates) => phases.Sum(phase => phase.RoofSeconds(rates));

    /// <summary>Green at the roof, red at four times its time; grey where nothing is known.</summary>
    private static string Colour(IReadOnlyCollection<PhaseProfile> phases, MachineRates? rates)
    {
        double roof = rates is null ? 0 : Roof(phases, rates);
        return roof > 0 ? Colour(phases.Sum(phase => phase.Seconds) / roof) : "#cfcfcf";
    }

    private static string Colour(double ratio) => Text($"hsl({120 * (1 - (Math.Clamp(Math.Log2(Math.Max(ratio, 1)), 0, 2) / 2)):F0},60%,72%)");

    private static string Cut(string name, int letters) => name.Length <= letters ? name : name[..Math.Max(0, letters - 1)] + "…";

    private static string Escape(string text) => SecurityElement.Escape(text) ?? "";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
