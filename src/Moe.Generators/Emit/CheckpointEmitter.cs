using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit;

/// <summary>Model.Checkpoint.g.cs: every tensor a checkpoint must hold, and what its config.json must say.</summary>
internal static class CheckpointEmitter
{
    /// <summary>Emits the file from the unfused graph.</summary>
    public static EmittedFile Emit(MoeArchitecture architecture, ModelGraph graph) => FileHead.Write(
        architecture,
        "Checkpoint.",
        [$"tensors and config.json keys in the {architecture.Layout} layout"],
        ["System.Collections.Generic", "Moe.Runtime.Checkpoints"],
        "",
        writer =>
        {
            writer.Line("/// <summary>What config.json must say, key by key.</summary>");
            writer.Line("private static readonly ConfigKey[] ConfigKeys =");
            using (writer.Open("", open: "[", close: "];"))
            {
                foreach (ConfigKeyText key in ConfigKeyTable.Of(architecture))
                    writer.Line(key.Code + ",");
            }

            writer.Line();
            writer.Line("/// <summary>Every tensor, by its name in the checkpoint.</summary>");
            using (writer.Open("private static IEnumerable<TensorRequirement> Requirements()"))
            {
                Model(writer, architecture.Layout, graph.Embedding.Weights.Concat(graph.Blocks.SelectMany(block => block.Weights).Where(weight => weight.IsShared)).Distinct());
                foreach (LayerRange range in architecture.Layers)
                    Layers(writer, architecture.Layout, range, graph.Blocks[range.Block]);
                foreach (Weight weight in graph.Head.Weights.Where(weight => weight.Role != "Embedding"))
                    Yield(writer, architecture.Layout, weight, isInLayer: false);
                if (architecture.TiedHead)
                    writer.Line($"yield return new TensorRequirement({CSharp.Text(CheckpointNames.Pattern(architecture.Layout, "Head"))}, [{architecture.VocabularySize}, {architecture.HiddenSize}], TensorKind.Matrix, Optional: true);");
            }
        });

    private static void Layers(SourceWriter writer, CheckpointLayout layout, LayerRange range, Graph graph)
    {
        writer.Line();
        writer.Line($"// {graph.Name}");
        using (writer.Open($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)"))
        {
            Repeated(writer, layout, graph.Weights.Where(weight => !weight.IsShared), isInLayer: true);
        }

        writer.Line();
    }

    private static void Model(SourceWriter writer, CheckpointLayout layout, IEnumerable<Weight> weights) => Repeated(writer, layout, weights, isInLayer: false);

    // Weights that there is one of, then, for each number of experts or tags, those of each of them.
    private static void Repeated(SourceWriter writer, CheckpointLayout layout, IEnumerable<Weight> weights, bool isInLayer)
    {
        foreach (IGrouping<int, Weight> group in weights.GroupBy(weight => weight.Experts).OrderBy(group => group.Key > 0))
        {
            if (group.Key == 0)
            {
                foreach (Weight weight in group)
                    Yield(writer, layout, weight, isInLayer);
                continue;
            }

            using (writer.Open($"for (int expert = 0; expert < {group.Key}; expert++)"))
            {
                foreach (Weight weight in group)
                    Yield(writer, layout, weight, isInLayer);
            }
        }
    }

    private static void Yield(SourceWriter writer, CheckpointLayout layout, Weight weight, bool isInLayer)
    {
        string shape = weight.IsVector ? $"[{weight.Rows}]" : $"[{weight.Rows}, {weight.Columns}]";
        string bound = weight.Kind == WeightKind.Indices ? $", Bound: {weight.Bound}" : "";
        writer.Line($"yield return new TensorRequirement({WeightNames.Expression(layout, weight, isInLayer)}, {shape}, TensorKind.{weight.Kind}{bound});");
    }
}
