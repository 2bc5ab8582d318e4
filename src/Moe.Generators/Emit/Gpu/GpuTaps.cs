using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>What observers are shown, copied to the host once it is written.</summary>
internal static class GpuTaps
{
    /// <summary>Shows every value that is there by now and was not shown yet.</summary>
    /// <param name="scope">The graph.</param>
    /// <param name="written">Whether a value is there.</param>
    public static void After(GpuScope scope, System.Func<Value, bool> written)
    {
        Tap[] due = scope.Graph.Taps
            .Where(tap => !scope.Shown.Contains(tap) && written(tap.Value) && (tap.SlotWeights is null || written(tap.SlotWeights)))
            .ToArray();
        if (due.Length == 0)
            return;

        if (due.Length == 1)
        {
            scope.Launches.Line("if (TObserver.IsEnabled)");
            using (scope.Launches.Indent())
                Show(scope.Launches, scope, due[0]);
        }
        else
        {
            using (scope.Launches.Open("if (TObserver.IsEnabled)"))
            {
                foreach (Tap tap in due)
                    Show(scope.Launches, scope, tap);
            }
        }

        foreach (Tap tap in due)
            scope.Shown.Add(tap);
    }

    /// <summary>Shows a value.</summary>
    public static void Show(SourceWriter writer, GpuScope scope, Tap tap)
    {
        string buffer = "buffers." + scope.BufferOf(tap.Value);
        string width = scope.Words.Width(tap.Value);
        width = char.IsDigit(width[0]) ? width : scope.KernelClass + "." + width;
        writer.Line(tap.Kind switch
        {
            TapKind.RouterLogits => $"GpuObservation.RouterLogits(batch, {buffer}, {width}, layer, ref observer);",
            TapKind.Selected => $"GpuObservation.Selected(batch, {buffer}, {width}, {Experts(scope, tap)}, layer, ref observer);",
            _ => $"GpuObservation.Routed(batch, {buffer}, buffers.{scope.BufferOf(tap.SlotWeights!)}, {width}, layer, ref observer);",
        });
    }

    // A choice is checked against the number of experts of all kinds.
    private static string Experts(GpuScope scope, Tap tap) => scope.Words.Has("Experts") ? scope.KernelClass + ".Experts" : $"{tap.Experts}";
}
