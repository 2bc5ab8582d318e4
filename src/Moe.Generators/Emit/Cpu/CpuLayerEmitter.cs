using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Layer.Cpu.g.cs of a feed-forward block alone: rows in, the block's phases, rows out.</summary>
internal static class CpuLayerEmitter
{
    /// <summary>Emits the step, and what it costs, from the fused graph.</summary>
    public static ImmutableArray<EmittedFile> Emit(MoeArchitecture architecture, ModelGraph graph)
    {
        Graph block = graph.Blocks[0];
        var shared = new CpuShared();
        var carried = new CpuCarried(graph.Carried, CSharp.Stride(architecture.HiddenSize));
        var experts = architecture.Blocks[0].FeedForward as ExpertFeedForward;
        CpuPhases phases = CpuBlockEmitter.Lower(block, shared, carried, experts?.Experts ?? 0);
        ScratchPlan plan = phases.Plan(carried.Reserved);

        var body = new SourceWriter();
        Constructor(body, shared, plan, experts);
        Forward(body, carried.Values.Length > 0);
        body.Line();
        CpuBlockEmitter.Emit(body, phases, plan, architecture.HiddenSize);
        Job(body, architecture, block, shared, carried);
        shared.Functions.Write(body);
        CpuEmitter.Dimensions(body, shared);

        EmittedFile step = FileHead.Write(
            architecture,
            "Cpu.",
            FileHead.Describe(architecture).Append("passes: " + PassList.Names),
            CpuEmitter.Usings,
            "",
            writer =>
            {
                writer.Line("/// <summary>The layer on the CPU: every worker runs the same phases, with a barrier between them.</summary>");
                writer.Line($"[global::System.CodeDom.Compiler.GeneratedCode({CSharp.Text("Moe.Generators")}, {CSharp.Text("0.1.0")})]");
                using (writer.Open("private sealed unsafe class CpuForward : IDisposable"))
                    writer.Line(body.ToString().TrimEnd('\n'));
            });
        return ImmutableArray.Create(step, CpuCostEmitter.EmitLayer(architecture, new CpuLowered(phases, plan), carried.Values.Sum(value => value.Width)));
    }

    private static void Constructor(SourceWriter writer, CpuShared shared, ScratchPlan plan, ExpertFeedForward? experts)
    {
        writer.Line("private readonly Weights _weights;");
        writer.Line("private readonly CpuStep _step;");
        writer.Line("private readonly StepBatch _batch = new();");
        writer.Line("private readonly int _layer;");
        writer.Line();
        writer.Line("internal CpuForward(WeightLoader load, LoadOptions options, int layer)");
        using (writer.Open(""))
        {
            writer.Line("_weights = new Weights(load, layer);");
            writer.Line("_layer = layer;");
            writer.Line($"_step = new CpuStep(options, floatsPerToken: {plan.FloatsPerToken}, tileFloats: {shared.TileFloats}, maxExperts: {experts?.Experts ?? 0}, maxTopK: {experts?.Router.Selection.MaxSelected ?? 0});");
            CpuEmitter.Profile(writer, "CpuCosts.Of(_weights, layer)");
        }
    }

    private static void Forward(SourceWriter writer, bool hasState)
    {
        writer.Line();
        writer.Line("/// <summary>Runs the rows: one dispatch to the pool, one barrier a phase.</summary>");
        using (writer.Open("internal void Forward<TObserver>(ReadOnlySpan<float> input, Span<float> output, LayerCall call, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            writer.Line($"fixed (float* rows = input, answers = output{(hasState ? ", state = call.State, newState = call.NewState" : "")})");
            using (writer.Open("lock (_step)"))
            {
                writer.Line("call.Begin(_batch, Shape, input.Length, output.Length);");
                writer.Line("_step.Begin(_batch, vocabularySize: 0);");
                writer.Line($"var job = new Job<TObserver>(this, rows, answers, {(hasState ? "state, newState, " : "")}observer);");
                writer.Line("_step.Run(ref job);");
            }
        }

        writer.Line();
        writer.Line("/// <summary>Gives weights and scratch memory back, after a call that runs.</summary>");
        using (writer.Open("public void Dispose()"))
        {
            writer.Line("_step.Dispose();");
            writer.Line("_weights.Dispose();");
        }
    }

    private static void Job(SourceWriter writer, MoeArchitecture architecture, Graph block, CpuShared shared, CpuCarried carried)
    {
        int size = architecture.HiddenSize;
        string hidden = shared.D(CSharp.Stride(size));
        int stateSize = carried.Values.Sum(value => value.Width);
        writer.Line();
        writer.Line("/// <summary>What every worker of the pool runs: rows into place, the layer, rows out.</summary>");
        using (writer.Open($"private readonly struct Job<TObserver>(CpuForward forward, float* input, float* output, {(stateSize > 0 ? "float* state, float* newState, " : "")}TObserver observer) : IWorkerJob\n    where TObserver : struct, IStepObserver"))
        {
            writer.Line("/// <summary>Input to output.</summary>");
            using (writer.Open("public void Run(in Worker worker)"))
            {
                writer.Line("CpuStep step = forward._step;");
                writer.Line("TObserver own = observer;");
                writer.Line($"RowsOf<{hidden}> hidden = step.Rows<{hidden}>(0);");
                foreach (Value value in carried.Values)
                    writer.Line($"RowsOf<{shared.D(CSharp.Stride(value.Width))}> {value.Name} = step.Rows<{shared.D(CSharp.Stride(value.Width))}>({carried.OffsetOf(value)});");
                writer.Line("worker.Slice(step.Tokens, out int begin, out int end);");
                using (writer.Open("for (int token = begin; token < end; token++)"))
                {
                    writer.Line($"RowMemory.Copy<{shared.D(size)}>(input + ((nint)token * {size}), hidden[token]);");
                    int offset = 0;
                    foreach (Value value in carried.Values)
                    {
                        writer.Line("if (state == null)");
                        using (writer.Indent())
                            writer.Line($"RowMemory.Clear<{shared.D(value.Width)}>({value.Name}[token]);");
                        writer.Line("else");
                        using (writer.Indent())
                            writer.Line($"RowMemory.Copy<{shared.D(value.Width)}>(state + ((nint)token * {stateSize}) + {offset}, {value.Name}[token]);");
                        offset += value.Width;
                    }
                }

                writer.Line();
                writer.Line("step.EndPhase(worker, forward._layer - 1, 0);");
                writer.Line();
                writer.Line($"forward.{block.Name}Layer(worker, step, forward._weights.{block.Name}Layers[0], forward._layer, 0, ref own);");
                writer.Line();
                using (writer.Open("for (int token = begin; token < end; token++)"))
                {
                    writer.Line($"RowMemory.Copy<{shared.D(size)}>(hidden[token], output + ((nint)token * {size}));");
                    if (stateSize > 0)
                    {
                        writer.Line("if (newState == null)");
                        using (writer.Indent())
                            writer.Line("continue;");
                        int offset = 0;
                        foreach (Value value in carried.Values)
                        {
                            writer.Line($"RowMemory.Copy<{shared.D(value.Width)}>({value.Name}[token], newState + ((nint)token * {stateSize}) + {offset});");
                            offset += value.Width;
                        }
                    }
                }

                writer.Line();
                writer.Line("step.EndLastPhase(worker, forward._layer + 1, 0);");
            }
        }
    }
}
