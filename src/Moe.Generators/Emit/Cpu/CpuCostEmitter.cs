using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>A graph as it was lowered: its phases, and the places of their temporaries.</summary>
internal sealed record CpuLowered(CpuPhases Phases, ScratchPlan Plan);

/// <summary>Model.Costs.g.cs: what each phase of a step on the CPU costs, for profiles.</summary>
internal static class CpuCostEmitter
{
    private static readonly string[] Usings = ["Moe.Runtime.Profiling"];

    /// <summary>Emits the file of a model.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="graph">Its fused graphs.</param>
    /// <param name="embedding">The embedding's phases.</param>
    /// <param name="blocks">Each block's phases.</param>
    public static EmittedFile Emit(MoeArchitecture architecture, ModelGraph graph, CpuLowered embedding, ImmutableArray<CpuLowered> blocks) => File(architecture, writer =>
    {
        writer.Line("/// <summary>All phases, in order.</summary>");
        using (writer.Open("internal static PhaseTable Of(Weights weights)"))
        {
            writer.Line($"var table = new PhaseTable({CSharp.Text(architecture.Name)});");
            writer.Line("table.Part(\"Embedding\");");
            Phases(writer, architecture, embedding);
            var used = new int[architecture.Blocks.Length];
            foreach (LayerRange range in architecture.Layers)
            {
                BlockArchitecture block = architecture.Blocks[range.Block];
                int shift = used[range.Block] - range.First;
                string index = shift == 0 ? "layer" : shift > 0 ? $"layer + {shift}" : $"layer - {-shift}";
                writer.Line($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)");
                using (writer.Indent())
                    writer.Line($"{block.Name}Layer(table, layer, {Shared(blocks[range.Block], "weights")}weights.{block.Name}Layers[{index}]);");
                used[range.Block] += range.Count;
            }

            Head(writer, architecture, graph);
            writer.Line("return table;");
        }

        foreach (CpuLowered block in blocks)
            Block(writer, architecture, block);
    });

    /// <summary>Emits the file of a layer that stands alone.</summary>
    /// <param name="architecture">The layer.</param>
    /// <param name="block">Its phases.</param>
    /// <param name="state">Elements a token of what flows between layers.</param>
    public static EmittedFile EmitLayer(MoeArchitecture architecture, CpuLowered block, int state) => File(architecture, writer =>
    {
        string values = CpuPhaseCost.Arguments(("values", 2L * (architecture.HiddenSize + state)));
        string name = block.Phases.Graph.Name;
        writer.Line("/// <summary>All phases, in order.</summary>");
        using (writer.Open("internal static PhaseTable Of(Weights weights, int layer)"))
        {
            writer.Line($"var table = new PhaseTable({CSharp.Text(architecture.Name)}, firstLayer: layer);");
            writer.Line("table.Part(\"Input\");");
            writer.Line($"table.Phase(\"rows into place\").PerToken({values});");
            writer.Line($"{name}Layer(table, layer, {Shared(block, "weights")}weights.{name}Layers[0]);");
            writer.Line("table.Part(\"Output\");");
            writer.Line($"table.Phase(\"rows out\").PerToken({values});");
            writer.Line("return table;");
        }

        Block(writer, architecture, block);
    });

    private static EmittedFile File(MoeArchitecture architecture, System.Action<SourceWriter> content) => FileHead.Write(
        architecture,
        "Costs.",
        FileHead.Describe(architecture).Append("passes: " + PassList.Names),
        Usings,
        "",
        writer =>
        {
            writer.Line("/// <summary>What each phase of a step on the CPU costs; read when a model is loaded with a profile.</summary>");
            writer.Line($"[global::System.CodeDom.Compiler.GeneratedCode({CSharp.Text("Moe.Generators")}, {CSharp.Text("0.1.0")})]");
            using (writer.Open("private static class CpuCosts"))
                content(writer);
        });

    private static void Block(SourceWriter writer, MoeArchitecture architecture, CpuLowered block)
    {
        string name = block.Phases.Graph.Name;
        writer.Line();
        writer.Line($"/// <summary>One layer of {name}.</summary>");
        using (writer.Open($"private static void {name}Layer(PhaseTable table, int layer, {Shared(block, "Weights all")}{name}Weights weights)"))
        {
            writer.Line($"table.Part({CSharp.Text(name)}, layer);");
            Phases(writer, architecture, block);
        }
    }

    private static void Phases(SourceWriter writer, MoeArchitecture architecture, CpuLowered lowered)
    {
        var places = new WeightPlaces(architecture, lowered.Phases.Graph);
        foreach (CpuPhase phase in lowered.Phases.Phases)
            Phase(writer, CpuPhaseCost.NameOf(phase), CpuPhaseCost.Of(lowered.Phases, phase, lowered.Plan, places));
    }

    private static void Head(SourceWriter writer, MoeArchitecture architecture, ModelGraph graph)
    {
        var norm = (Norm)graph.Head.Ops[0];
        string matrix = architecture.TiedHead ? "Embedding" : "Head";
        long flops = graph.Head.Ops.SelectMany(op => op is FusedOp fused ? fused.Parts : [op]).Sum(op => op.Weights.Sum(weight => Cost.FlopsOf(op, weight)));
        List<string> normed = new[] { norm.Weight, norm.Bias }.OfType<Weight>().Select(weight => $"OnceForLogits(weights.{weight.Role})").ToList();
        normed.Add($"PerLogits({CpuPhaseCost.Arguments(("values", 2L * architecture.HiddenSize))})");
        List<string> product = [$"OnceForLogits(weights.{matrix})"];
        if (architecture.HeadBias)
            product.Add("OnceForLogits(weights.HeadBias)");
        product.Add($"PerLogits({CpuPhaseCost.Arguments(("flops", flops), ("values", (long)architecture.HiddenSize + architecture.VocabularySize))})");

        writer.Line();
        writer.Line("table.Part(\"Head\");");
        Phase(writer, "normed = norm(hidden)", normed);
        Phase(writer, $"logits = {matrix} · normed", product);
    }

    private static void Phase(SourceWriter writer, string name, IEnumerable<string> terms)
    {
        string[] calls = terms.Select(term => "." + term).ToArray();
        string begin = $"table.Phase({CSharp.Text(name)})";
        if (calls.Length == 0)
        {
            writer.Line(begin + ";");
            return;
        }

        writer.Line(begin);
        using (writer.Indent())
        {
            for (int i = 0; i < calls.Length; i++)
                writer.Line(calls[i] + (i == calls.Length - 1 ? ";" : ""));
        }
    }

    /// <summary>An argument or parameter with a comma where the block reads weights that all layers share, else nothing.</summary>
    private static string Shared(CpuLowered block, string text) => block.Phases.Ops.SelectMany(op => op.Weights).Any(weight => weight.IsShared) ? text + ", " : "";
}
