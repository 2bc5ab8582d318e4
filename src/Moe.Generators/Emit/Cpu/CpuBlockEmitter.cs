using System;
using System.Linq;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>One block's graph → the method that runs a layer of it.</summary>
internal static class CpuBlockEmitter
{
    /// <summary>Lowers every operation to phases.</summary>
    public static CpuPhases Lower(Graph graph, CpuShared shared)
    {
        var phases = new CpuPhases(graph, shared);
        phases.PlaceHidden(graph.Inputs[0]);
        foreach (Op op in graph.Ops)
            Lower(phases, op);

        Value output = graph.Outputs[0];
        if (!phases.SharePlace(output, graph.Inputs[0]))
            phases.Rows().Line($"RowMemory.Copy<{phases.D(output.Width)}>({phases.Row(output, "token")}, hidden[token]);");

        return phases;
    }

    /// <summary>The method, its summary naming the block's equation.</summary>
    public static void Emit(SourceWriter writer, CpuPhases phases, ScratchPlan plan, int hiddenSize)
    {
        string name = phases.Graph.Name;
        string hidden = phases.D(CSharp.Stride(hiddenSize));
        bool hasExperts = phases.Graph.Ops.Any(op => op is Route);
        writer.Line($"/// <summary>One layer of {name}: x += attention(norm(x)); x += {(hasExperts ? "experts" : "feedForward")}(norm(x)).</summary>");
        using (writer.Open($"private void {name}Layer<TObserver>(in Worker worker, CpuStep step, {name}Weights weights, int layer, long cacheOffset, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            writer.Line($"RowsOf<{hidden}> hidden = step.Rows<{hidden}>(0);");
            phases.Declare(writer, plan);
            if (hasExperts)
                writer.Line("ExpertGroups groups = step.Groups;");
            if (phases.Phases.Any(phase => phase.IsRows))
                writer.Line("worker.Slice(step.Tokens, out int begin, out int end);");

            foreach (CpuPhase phase in phases.Phases)
            {
                writer.Line();
                if (phase == phases.Phases[0])
                {
                    writer.Line("if (TObserver.IsEnabled)");
                    using (writer.Indent())
                        writer.Line($"step.ObserveHidden<{phases.D(hiddenSize)}, TObserver>(begin, end, layer, {CSharp.Stride(hiddenSize)}, ref observer);");
                }

                if (phase.IsRows)
                {
                    using (writer.Open("for (int token = begin; token < end; token++)"))
                        writer.Line(phase.Body.ToString().TrimEnd('\n'));
                    writer.Line();
                }
                else
                {
                    writer.Line(phase.Body.ToString().TrimEnd('\n'));
                    writer.Line();
                }

                writer.Line("worker.Barrier();");
            }
        }

        writer.Line(phases.Methods.ToString().TrimEnd('\n'));
    }

    private static void Lower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case Norm norm:
                CpuRowOps.Norm(phases, norm);
                break;
            case Apply apply:
                CpuRowOps.Apply(phases, apply);
                break;
            case Slice slice:
                CpuRowOps.Slice(phases, slice);
                break;
            case Rotate rotate:
                CpuRowOps.Rotate(phases, rotate);
                break;
            case Clip clip:
                CpuRowOps.Clip(phases, clip);
                break;
            case Temper temper:
                CpuRowOps.Temper(phases, temper);
                break;
            case AddScaled add:
                CpuRowOps.AddScaled(phases, add);
                break;
            case Project project:
                CpuMatrixOps.Project(phases, project);
                break;
            case Linear linear:
                CpuMatrixOps.Linear(phases, linear);
                break;
            case LinearAdd linear:
                CpuMatrixOps.LinearAdd(phases, linear);
                break;
            case GateUp gateUp:
                CpuMatrixOps.GateUp(phases, gateUp);
                break;
            case UpActivate up:
                CpuMatrixOps.UpActivate(phases, up);
                break;
            case Attend attend:
                CpuAttentionOps.Attend(phases, attend);
                break;
            case AttendLatent attend:
                CpuLatentOps.Attend(phases, attend);
                break;
            case Route route:
                CpuRoutingOps.Route(phases, route);
                break;
            case ExpertGateUp gateUp:
                CpuExpertOps.GateUp(phases, gateUp);
                break;
            case ExpertUpActivate up:
                CpuExpertOps.UpActivate(phases, up);
                break;
            case ExpertDownCombine down:
                CpuExpertOps.DownCombine(phases, down);
                break;
            default:
                throw new NotSupportedException($"The CPU emitter does not know {op.Mnemonic}.");
        }
    }
}
