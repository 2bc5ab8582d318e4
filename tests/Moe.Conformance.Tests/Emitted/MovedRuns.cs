using System;
using System.Linq;
using Moe.Conformance.Tests.Interpreter;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>
/// How far a row moves when every weight moves by a rounding. A random model may divide by a small spread or a small norm,
/// or stand between two scores of a softmax, and float32 then differs by as much as its own weights' last bits move the
/// result. The movements of one run can cancel in a row, hence several, and none before a row needs them.
/// </summary>
/// <param name="run">The interpreter's run with weights moved by the draw of a seed.</param>
internal sealed class MovedRuns(Func<int, Trace> run)
{
    private const int Count = 4;

    private readonly Lazy<Trace[]> _runs = new(() => [.. Enumerable.Range(1, Count).Select(run)]);

    /// <summary>
    /// Takes from the gap of each decision what the movements may take from it: where the gap itself moves, it decides as much less as six
    /// standard deviations of that.
    /// </summary>
    public void Narrow(Trace expected)
    {
        foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions.Where(pair => double.IsFinite(pair.Value.Gap)))
            decision.Gap -= Agreement.Sensitivity * _runs.Value.Max(run => Math.Abs(run.Decisions[at].Gap - decision.Gap));
        if (double.IsFinite(expected.UnforcedGap))
            expected.UnforcedGap -= Agreement.Sensitivity * _runs.Value.Max(run => Math.Abs(run.UnforcedGap - expected.UnforcedGap));
    }

    /// <summary>Whether a run chooses other experts somewhere, or uses others of them: gaps do not tell of every choice, such as who is beyond an expert's capacity.</summary>
    public bool ChooseOtherwise(Trace expected) => _runs.Value.Any(run => expected.Decisions.Any(pair =>
        !run.Decisions[pair.Key].Selected.Order().SequenceEqual(pair.Value.Selected.Order())
        || !run.Decisions[pair.Key].Chosen.Order().SequenceEqual(pair.Value.Chosen.Order())));

    /// <summary>The largest movement of an element in any of the runs.</summary>
    /// <param name="expected">The row where nothing moved.</param>
    /// <param name="row">The row of a run; null where it has none to compare.</param>
    public double Of(double[] expected, Func<Trace, double[]?> row) => _runs.Value
        .Select(row).OfType<double[]>()
        .SelectMany(moved => expected.Zip(moved, (x, y) => Math.Abs(x - y)))
        .DefaultIfEmpty(0).Max();
}
