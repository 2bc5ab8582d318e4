using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Emit.Cpu;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit;

/// <summary>Model.Weights.g.cs: the packed weights of the CPU target as typed fields, one class a block.</summary>
internal static class WeightsEmitter
{
    /// <summary>Emits the file from the fused graph.</summary>
    public static EmittedFile Emit(MoeArchitecture architecture, ModelGraph graph) => FileHead.Write(
        architecture,
        "Weights.",
        FileHead.Describe(architecture),
        ["System", "System.Collections.Generic", "Moe.Runtime.Checkpoints", "Moe.Runtime.Weights"],
        "",
        writer =>
        {
            Model(writer, architecture, graph);
            for (int block = 0; block < graph.Blocks.Length; block++)
            {
                writer.Line();
                Block(writer, architecture, graph.Blocks[block]);
            }
        });

    private static void Model(SourceWriter writer, MoeArchitecture architecture, ModelGraph graph)
    {
        writer.Line("/// <summary>All weights, packed for the CPU.</summary>");
        writer.Line($"[global::System.CodeDom.Compiler.GeneratedCode({CSharp.Text("Moe.Generators")}, {CSharp.Text("0.1.0")})]");
        using (writer.Open("private sealed class Weights : IDisposable"))
        {
            List<CpuWeightField> fields = architecture.Standalone is null ? [Embedding(architecture, graph)] : [];
            fields.AddRange(CpuWeights.Fields(graph.Embedding, new WeightPlaces(architecture, graph.Embedding)));
            fields.AddRange(graph.Blocks.SelectMany(block => CpuWeights.Fields(block, new WeightPlaces(architecture, block))).Where(field => field.IsShared).Distinct());
            fields.AddRange(CpuWeights.Fields(graph.Head, new WeightPlaces(architecture, graph.Head)).Where(field => field.Name != "Embedding"));
            writer.Line("private readonly IReadOnlyList<IDisposable> _packed;");
            writer.Line();
            Declare(writer, fields);
            for (int block = 0; block < graph.Blocks.Length; block++)
            {
                string name = graph.Blocks[block].Name;
                writer.Line($"/// <summary>{name}, {architecture.LayersOf(block)} layers.</summary>");
                writer.Line($"internal readonly {name}Weights[] {name}Layers = new {name}Weights[{architecture.LayersOf(block)}];");
                writer.Line();
            }

            using (writer.Open(architecture.Standalone is null ? "internal Weights(WeightLoader load)" : "internal Weights(WeightLoader load, int layer)"))
            {
                Load(writer, fields);
                if (architecture.Standalone is not null)
                    writer.Line($"{graph.Blocks[0].Name}Layers[0] = new {graph.Blocks[0].Name}Weights(load, layer);");
                var used = new int[graph.Blocks.Length];
                foreach (LayerRange range in architecture.Standalone is null ? architecture.Layers : [])
                {
                    string name = graph.Blocks[range.Block].Name;
                    int shift = used[range.Block] - range.First;
                    string index = shift == 0 ? "layer" : shift > 0 ? $"layer + {shift}" : $"layer - {-shift}";
                    writer.Line($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)");
                    using (writer.Indent())
                        writer.Line($"{name}Layers[{index}] = new {name}Weights(load, layer);");
                    used[range.Block] += range.Count;
                }

                writer.Line("_packed = load.Detach();");
            }

            writer.Line();
            writer.Line("/// <summary>Frees all packed memory.</summary>");
            using (writer.Open("public void Dispose()"))
            {
                writer.Line("foreach (IDisposable packed in _packed)");
                using (writer.Indent())
                    writer.Line("packed.Dispose();");
            }
        }
    }

    private static void Block(SourceWriter writer, MoeArchitecture architecture, Graph graph)
    {
        List<CpuWeightField> fields = CpuWeights.Fields(graph, new WeightPlaces(architecture, graph)).Where(field => !field.IsShared).ToList();
        writer.Line($"/// <summary>The weights of one {graph.Name} layer, packed for the CPU.</summary>");
        using (writer.Open($"private sealed class {graph.Name}Weights"))
        {
            Declare(writer, fields);
            using (writer.Open($"internal {graph.Name}Weights(WeightLoader load, int layer)"))
                Load(writer, fields);
        }
    }

    private static CpuWeightField Embedding(MoeArchitecture architecture, ModelGraph graph)
    {
        Weight table = ((Embed)graph.Embedding.Ops[0]).Table;
        string name = new WeightPlaces(architecture, graph.Embedding).Expression(table);
        return new CpuWeightField(
            "Embedding",
            "PackedMatrix",
            $"[{table.Rows} x {table.Columns}]{(architecture.TiedHead ? ", the head too" : "")}",
            $"load.Matrix(TensorRole.Embedding, {name}, {table.Rows}, {table.Columns})");
    }

    private static void Declare(SourceWriter writer, List<CpuWeightField> fields)
    {
        foreach (CpuWeightField field in fields)
        {
            writer.Line($"/// <summary>{field.Summary}.</summary>");
            writer.Line($"internal readonly {field.Type} {field.Name};");
            writer.Line();
        }
    }

    private static void Load(SourceWriter writer, List<CpuWeightField> fields)
    {
        foreach (CpuWeightField field in fields)
            writer.Line($"{field.Name} = {field.Load};");
    }
}
