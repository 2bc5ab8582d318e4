using System;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A fused graph → kernels and launches, operation by operation.</summary>
internal static class GpuLowering
{
    /// <summary>Lowers a block, which reads and writes the buffer Hidden.</summary>
    public static void Block(GpuScope scope)
    {
        Graph graph = scope.Graph;
        Value hidden = graph.Inputs[0];
        Value output = graph.Outputs[0];
        Op writer = graph.Writer(output)!;
        if (graph.Ops.Skip(graph.Ops.IndexOf(writer)).Any(op => op.Inputs.Contains(hidden)))
            throw new NotSupportedException($"{graph.Name} reads {hidden.Name} where or after it writes {output.Name}; the GPU emitter lets both share a buffer.");

        scope.Buffers.Need("Hidden", "float", hidden.Width, isOfLogitRows: false);
        scope.Place(hidden, "Hidden");
        scope.Place(output, "Hidden");
        foreach (Op op in graph.Ops)
            Lower(scope, op);
    }

    /// <summary>Lowers embedding or head.</summary>
    public static void Ends(GpuScope scope)
    {
        foreach (Op op in scope.Graph.Ops)
            Lower(scope, op);
    }

    private static void Lower(GpuScope scope, Op op)
    {
        switch (op)
        {
            case Embed embed:
                GpuRowKernels.Embed(scope, embed);
                break;
            case Norm norm:
                GpuRowKernels.Norm(scope, norm);
                break;
            case Apply apply:
                GpuRowKernels.Apply(scope, apply);
                break;
            case Slice slice:
                GpuRowKernels.Slice(scope, slice);
                break;
            case Rotate rotate when IsCached(scope.Graph, rotate):
                scope.RotatedIntoCache.Add(rotate.Output, rotate);
                break;
            case Rotate rotate:
                GpuRowKernels.Rotate(scope, rotate);
                break;
            case Scale scale:
                GpuScalingKernels.Scale(scope, scale);
                break;
            case Clip clip:
                GpuScalingKernels.Clip(scope, clip);
                break;
            case Temper temper:
                GpuScalingKernels.Temper(scope, temper);
                break;
            case AddScaled add:
                GpuScalingKernels.AddScaled(scope, add);
                break;
            case Linear linear:
                GpuMatrixKernels.Linear(scope, linear);
                break;
            case LinearAdd linear:
                GpuMatrixKernels.LinearAdd(scope, linear);
                break;
            case Project project:
                GpuMatrixKernels.Project(scope, project);
                break;
            case GateUp gateUp:
                GpuMatrixKernels.GateUp(scope, gateUp);
                break;
            case UpActivate up:
                GpuMatrixKernels.UpActivate(scope, up);
                break;
            case Attend attend:
                GpuAttentionKernels.Attend(scope, attend);
                break;
            case AttendDecaying attend:
                GpuLinearKernels.Attend(scope, attend);
                break;
            case SigmoidGate gate:
                GpuLinearKernels.Gate(scope, gate);
                break;
            case AttendLatent attend:
                GpuLatentKernels.Attend(scope, attend);
                break;
            case Route route:
                GpuRouterKernels.Route(scope, route);
                break;
            case ExpertGateUp gateUp:
                GpuExpertKernels.GateUp(scope, gateUp);
                break;
            case ExpertUpActivate up:
                GpuExpertKernels.UpActivate(scope, up);
                break;
            case ExpertDownCombine down:
                GpuExpertKernels.DownCombine(scope, down);
                break;
            default:
                throw new NotSupportedException($"The GPU emitter does not know {op.Mnemonic}.");
        }
    }

    // A key that only attention reads is turned while it is written into the cache.
    private static bool IsCached(Graph graph, Rotate rotate) => graph.Uses(rotate.Output) == 1 && graph.Ops.Any(op => op switch
    {
        Attend attend => attend.Key == rotate.Output,
        AttendLatent attend => attend.RotaryKey == rotate.Output,
        _ => false,
    });
}
