using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>What observers of a step are shown, once it is written.</summary>
internal static class CpuTaps
{
    /// <summary>Values that the graph did not compute itself.</summary>
    public static void ShowInputs(CpuPhases phases)
    {
        foreach (Tap tap in phases.Graph.Taps.Where(tap => phases.Graph.Inputs.Contains(tap.SlotWeights ?? tap.Value)))
            Show(phases, tap);
    }

    /// <summary>Values that the operation has completed.</summary>
    public static void Show(CpuPhases phases, Op op)
    {
        foreach (Tap tap in phases.Graph.Taps.Where(tap => op.Outputs.Contains(tap.SlotWeights ?? tap.Value)))
            Show(phases, tap);
    }

    private static void Show(CpuPhases phases, Tap tap)
    {
        SourceWriter body = phases.Rows();
        string value = phases.Row(tap.Value, "token");
        int width = tap.Value.Width;
        body.Line("if (TObserver.IsEnabled)");
        using (body.Indent())
        {
            body.Line(tap.Kind switch
            {
                TapKind.RouterLogits => $"observer.RouterLogits(layer, token, new ReadOnlySpan<float>({value}, {width}));",
                TapKind.Selected => $"ObservedChoice.Show(layer, token, new Span<int>({value}, {width}), {tap.Experts}, ref observer);",
                _ => $"observer.Routed(layer, token, new ReadOnlySpan<int>({value}, {width}), new ReadOnlySpan<float>({phases.Row(tap.SlotWeights!, "token")}, {width}));",
            });
        }
    }
}
