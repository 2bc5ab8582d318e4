using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Tests.Profiling;

/// <summary>The table and the picture of a profile.</summary>
public sealed class ProfileWritingTests
{
    private const string Awkward = "y = a < b & \"c\" · 'd' > e";

    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Picture_WithNamesThatNeedEscaping_IsXmlWhoseWidthsAddUp()
    {
        XElement svg = XDocument.Parse(Svg(Run(steps: 3), new MachineRates(1e9, 1e9))).Root!;

        Assert.Equal(_svg + "svg", svg.Name);
        double model = Widths(svg, "model");
        Assert.InRange(model, 1199.99, 1200.01);
        Assert.Equal(model, Widths(svg, "part"), 0.1);
        Assert.Equal(model, Widths(svg, "phase"), 0.1);
        Assert.Equal(3, Of(svg, "part").Length);
        Assert.Equal(4, Of(svg, "phase").Length);
        Assert.Contains(Of(svg, "phase"), group => group.Element(_svg + "title")!.Value.StartsWith(Awkward + "\n", StringComparison.Ordinal));
        Assert.All(Of(svg, "phase"), group => Assert.Contains("roofline", group.Element(_svg + "title")!.Value, StringComparison.Ordinal));

        // Side by side, without gaps.
        double at = 0;
        foreach (XElement rectangle in Of(svg, "phase").Select(group => group.Element(_svg + "rect")!))
        {
            Assert.Equal(at, Number(rectangle, "x"), 0.01);
            at += Number(rectangle, "width");
        }
    }

    [Fact]
    public void Picture_WithoutRatesOrSteps_IsXmlToo()
    {
        XElement empty = XDocument.Parse(Svg(Run(steps: 0), new MachineRates(1e9, 1e9))).Root!;
        Assert.Equal(0, Widths(empty, "model"));
        XElement plain = XDocument.Parse(Svg(Run(steps: 1), rates: null)).Root!;
        Assert.Equal(1200, Widths(plain, "model"), 0.01);
        Assert.Empty(Of(plain, "legend"));
    }

    [Fact]
    public void Table_OfRates_HasTheRooflineOfEachPhase()
    {
        StepProfile profile = Run(steps: 2);
        var text = new StringWriter();
        profile.WriteTable(text, new MachineRates(FlopsPerSecond: 1e6, BytesPerSecond: 1e6));

        // A layer's phase: 3 tokens of 1,000 operations and 10 elements, two layers, two steps: 12,000 operations in 12 ms.
        string row = text.ToString().Split('\n').Single(line => line.StartsWith("  " + Awkward, StringComparison.Ordinal));
        string[] cells = row[56..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal("4", cells[0]);
        Assert.Equal("12.000", cells[^2]);
        Assert.Contains("× 2", text.ToString(), StringComparison.Ordinal);

        var without = new StringWriter();
        profile.WriteTable(without);
        Assert.DoesNotContain("roof", without.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_OverLayers_AddWhatPhasesHave()
    {
        StepProfile profile = Run(steps: 2);
        PhaseProfile sum = profile.Sums().Single(phase => phase.Name == Awkward);
        Assert.Null(sum.Layer);
        Assert.Equal(4, sum.Calls);
        Assert.Equal(12_000, sum.Flops);
        Assert.Equal(480, sum.ValueBytes);
        Assert.Equal(TimeSpan.FromMilliseconds(12), sum.Roofline(new MachineRates(1e6, 1e6)));
        Assert.Equal(TimeSpan.FromMilliseconds(480), sum.Roofline(new MachineRates(1e6, 1e3)));
    }

    [Fact]
    public void Clear_AfterSteps_LeavesNothing()
    {
        StepProfile profile = Run(steps: 2);
        profile.Clear();
        Assert.Equal((0, 0, TimeSpan.Zero), (profile.Steps, profile.Tokens, profile.Time));
        Assert.All(profile.Phases, phase => Assert.Equal((0, 0, 0), (phase.Calls, phase.Flops, phase.Bytes)));
    }

    [Fact]
    public void Phase_BeforeAnyPart_IsRefused() => Assert.Throws<InvalidOperationException>(() => new PhaseTable("m").Phase("p"));

    [Fact]
    public void Measure_OfThisMachine_GivesBoth()
    {
        using var pool = new WorkerPool(1);
        MachineRates rates = MachineRates.Measure(pool);
        Assert.InRange(rates.FlopsPerSecond, 1e8, 1e13);
        Assert.InRange(rates.BytesPerSecond, 1e8, 1e13);
        Assert.InRange(rates.EightBitOpsPerSecond, 1e8, 1e13);
        Assert.InRange(rates.FourBitOpsPerSecond, 1e8, 1e13);
    }

    [Theory]
    [InlineData(WeightFormat.F32, 84)]
    [InlineData(WeightFormat.Int8, 42)]
    [InlineData(WeightFormat.Int4, 21)]
    [InlineData(WeightFormat.MXFP4, 21)]
    public void Roofline_OfPhaseWithWeights_TakesTheRateOfTheirFormat(WeightFormat format, int milliseconds)
    {
        using PackedMatrix weights = new(16, 32, format);
        using PackedVector norm = new(16);
        var table = new PhaseTable("M");
        table.Part("Input");
        table.Phase("product").Once(norm).Once(weights).PerToken(flops: 28_000);
        var profile = new StepProfile();
        using var pool = new WorkerPool(1);
        profile.Attach(table, pool.Threads);
        profile.BeginStep(new StepNumbers { Tokens = 3 });
        var job = new OnePhase(profile);
        pool.Run(ref job);
        profile.EndStep();

        // Three tokens: 84,000 operations.
        var rates = new MachineRates(1e6, 1e12) { EightBitOpsPerSecond = 2e6, FourBitOpsPerSecond = 4e6 };
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), profile.Sums().Single().Roofline(rates));
        var text = new StringWriter();
        profile.WriteTable(text, rates);
        Assert.Equal(format == WeightFormat.Int8, text.ToString().Contains(", 0 Gop/s with 8-bit weights", StringComparison.Ordinal));
        Assert.Equal(format is WeightFormat.Int4 or WeightFormat.MXFP4, text.ToString().Contains(", 0 Gop/s with 4-bit weights", StringComparison.Ordinal));
    }

    private static StepProfile Run(int steps)
    {
        var table = new PhaseTable("<Model>");
        table.Part("Embedding");
        table.Phase("ids & rows").PerToken(values: 5);
        for (int layer = 0; layer < 2; layer++)
        {
            table.Part("Block", layer);
            table.Phase(Awkward).PerToken(flops: 1000, values: 10);
            table.Phase("second").PerToken(values: 1);
        }

        table.Part("Head");
        table.Phase("logits").PerLogits(flops: 7);

        var profile = new StepProfile();
        using var pool = new WorkerPool(2);
        profile.Attach(table, pool.Threads);
        for (int step = 0; step < steps; step++)
        {
            profile.BeginStep(new StepNumbers { Tokens = 3, LogitRows = 1 });
            var job = new Phases(profile);
            pool.Run(ref job);
            profile.EndStep();
        }

        return profile;
    }

    private static string Svg(StepProfile profile, MachineRates? rates)
    {
        var text = new StringWriter();
        profile.WriteSvg(text, rates);
        return text.ToString();
    }

    private static XElement[] Of(XElement svg, string kind) => [.. svg.Elements(_svg + "g").Where(group => (string?)group.Attribute("class") == kind)];

    private static double Widths(XElement svg, string kind) => Of(svg, kind).Sum(group => Number(group.Element(_svg + "rect")!, "width"));

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private readonly struct Phases(StepProfile profile) : IWorkerJob
    {
        public void Run(in Worker worker)
        {
            profile.EndPhase(worker, -1, 0);
            for (int layer = 0; layer < 2; layer++)
            {
                profile.EndPhase(worker, layer, 0);
                profile.EndPhase(worker, layer, 1);
            }

            profile.EndLastPhase(worker, 2, 0);
        }
    }

    private readonly struct OnePhase(StepProfile profile) : IWorkerJob
    {
        public void Run(in Worker worker) => profile.EndLastPhase(worker, -1, 0);
    }
}
