using System;
using System.Linq;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>One block's graph → the method that runs a layer of it; the embedding's graph → its method.</summary>
internal static class CpuBlockEmitter
{
    /// <summary>Lowers every operation to phases.</summary>
    /// <param name="graph">A block's graph.</param>
    /// <param name="shared">What the graphs of the model need together.</param>
    /// <param name="carried">What flows between layers.</param>
    /// <param name="experts">Routed experts of the block.</param>
    public static CpuPhases Lower(Graph graph, CpuShared shared, CpuCarried carried, int experts)
    {
        var phases = new CpuPhases(graph, shared, experts);
        phases.AddCarried(carried);
        phases.PlaceHidden(graph.Inputs[0]);
        foreach (Value value in carried.Values)
            phases.PlaceCarried(value, value.Name);

        CpuTaps.ShowInputs(phases);
        Lower(phases);
        for (int i = 0; i < carried.Values.Length; i++)
            Store(phases, graph.Outputs[i + 1], carried.Values[i].Name, carried);

        Value output = graph.Outputs[0];
        if (!phases.SharePlace(output, graph.Inputs[0]))
            phases.Rows().Line($"RowMemory.Copy<{phases.D(output.Width)}>({phases.Row(output, "token")}, hidden[token]);");

        return phases;
    }

    /// <summary>Lowers the embedding: ids to the hidden state, and to what a router of the whole model decides.</summary>
    public static CpuPhases LowerEmbedding(Graph graph, CpuShared shared, CpuCarried carried, int experts)
    {
        var phases = new CpuPhases(graph, shared, experts);
        phases.AddCarried(carried);
        var embed = (Embed)graph.Ops[0];
        phases.PlaceHidden(embed.Output);
        SourceWriter body = phases.Rows();
        body.Line($"_weights.Embedding.ReadRow(0, step.Ids[token], new Span<float>(hidden[token], {embed.Output.Width}));");
        phases.Phases[0].Work.Add(new CpuWork(embed));
        Value[] given = carried.Values.Where(value => value.Name is CarriedState.ModelChosen or CarriedState.ModelWeights).ToArray();
        foreach (Value value in carried.Values.Except(given))
            body.Line($"RowMemory.Clear<{phases.D(value.Width)}>({phases.BufferRow(value.Name, "token")});");

        Lower(phases);
        for (int i = 0; i < given.Length; i++)
            Store(phases, graph.Outputs[i + 1], given[i].Name, carried);
        if (!phases.SharePlace(graph.Outputs[0], embed.Output))
            phases.Rows().Line($"RowMemory.Copy<{phases.D(embed.Output.Width)}>({phases.Row(graph.Outputs[0], "token")}, hidden[token]);");
        return phases;
    }

    /// <summary>The method, its summary naming the block's equation.</summary>
    public static void Emit(SourceWriter writer, CpuPhases phases, ScratchPlan plan, int hiddenSize)
    {
        string name = phases.Graph.Name;
        bool hasExperts = phases.Experts > 0;
        writer.Line($"/// <summary>One layer of {name}: x += attention(norm(x)); x += {(hasExperts ? "experts" : "feedForward")}(norm(x)).</summary>");
        using (writer.Open($"private void {name}Layer<TObserver>(in Worker worker, CpuStep step, {name}Weights weights, int layer, long cacheOffset, {(phases.Graph.Ops.Any(op => op is AttendDecaying) ? "long stateOffset, " : "")}ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            Body(writer, phases, plan, hiddenSize, "layer", () =>
            {
                writer.Line("if (TObserver.IsEnabled)");
                using (writer.Indent())
                    writer.Line($"step.ObserveHidden<{phases.D(hiddenSize)}, TObserver>(begin, end, layer, {CSharp.Stride(hiddenSize)}, ref observer);");
            });
        }

        writer.Line(phases.Methods.ToString().TrimEnd('\n'));
    }

    /// <summary>The method that runs the embedding's graph.</summary>
    public static void EmitEmbedding(SourceWriter writer, CpuPhases phases, ScratchPlan plan, int hiddenSize)
    {
        bool isObserved = !phases.Graph.Taps.IsEmpty;
        bool isPlain = phases.Ops.Length == 1;
        writer.Line($"/// <summary>hidden = Embedding[id]{(isPlain ? "" : ", and what follows from it alone")}    [{hiddenSize}]</summary>");
        using (writer.Open(isObserved
            ? "private void Embed<TObserver>(in Worker worker, CpuStep step, ref TObserver observer)\n    where TObserver : struct, IStepObserver"
            : "private void Embed(in Worker worker, CpuStep step)"))
        {
            if (isObserved || phases.Ops.Any(op => op is SelectRandom))
                writer.Line("const int layer = -1;");
            if (!isPlain)
                writer.Line("Weights weights = _weights;");
            Body(writer, phases, plan, hiddenSize, "-1", null);
        }
    }

    private static void Body(SourceWriter writer, CpuPhases phases, ScratchPlan plan, int hiddenSize, string layer, Action? before)
    {
        string hidden = phases.D(CSharp.Stride(hiddenSize));
        writer.Line($"RowsOf<{hidden}> hidden = step.Rows<{hidden}>(0);");
        phases.Declare(writer, plan);
        if (phases.Arranged is not null)
            writer.Line("ExpertGroups groups = step.Groups;");
        if (phases.Phases.Any(phase => phase.IsRows))
            writer.Line("worker.Slice(step.Tokens, out int begin, out int end);");

        int index = 0;
        foreach (CpuPhase phase in phases.Phases)
        {
            if (phase != phases.Phases[0] || before is not null)
                writer.Line();
            if (phase == phases.Phases[0])
                before?.Invoke();

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

            writer.Line($"step.EndPhase(worker, {layer}, {index++});");
        }
    }

    /// <summary>What leaves the graph for the layer after, where it does not lie in its place already.</summary>
    private static void Store(CpuPhases phases, Value output, string name, CpuCarried carried)
    {
        if (phases.LiesIn(output, name))
            return;
        if (carried.Values.Any(value => value.Name != name && phases.LiesIn(output, value.Name) && output != value))
            throw new NotSupportedException($"{output.Name} lies in the place of another value that flows between layers.");

        SourceWriter body = phases.Rows();
        body.Line($"// {name}, for the layers after: {output.Name}    [{output.Width}]");
        body.Line($"RowMemory.Copy<{phases.D(output.Width)}>({phases.Row(output, "token")}, {phases.BufferRow(name, "token")});");
    }

    private static void Lower(CpuPhases phases)
    {
        foreach (Op op in phases.Ops)
        {
            var before = CpuMark.Of(phases);
            Lower(phases, op);
            CpuWork.Assign(phases, op, before);
            CpuTaps.Show(phases, op);
        }
    }

    private static void Lower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case Embed:
                break;
            case Norm norm:
                CpuRowOps.Norm(phases, norm);
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
            case AttendDecaying attend:
                CpuLinearOps.Attend(phases, attend);
                break;
            case SigmoidGate gate:
                CpuLinearOps.Gate(phases, gate);
                break;
            case AttendLatent attend:
                CpuLatentOps.Attend(phases, attend);
                break;
            default:
                if (!CpuElementOps.TryLower(phases, op)
                    && !CpuRouterOps.TryLower(phases, op)
                    && !CpuSelectionOps.TryLower(phases, op)
                    && !CpuRoutingOps.TryLower(phases, op)
                    && !CpuExpertOps.TryLower(phases, op)
                    && !CpuCombineOps.TryLower(phases, op))
                {
                    throw new NotSupportedException($"The CPU emitter does not know {op.Mnemonic}.");
                }

                break;
        }
    }
}
