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
                foreach (Weight weight in graph.Embedding.Weights)
                    Yield(writer, architecture.Layout, weight);
                foreach (LayerRange range in architecture.Layers)
                    Layers(writer, architecture.Layout, range, graph.Blocks[range.Block]);
                foreach (Weight weight in graph.Head.Weights.Where(weight => weight.Role != "Embedding"))
                    Yield(writer, architecture.Layout, weight);
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
            foreach (Weight weight in graph.Weights.Where(weight => weight.Experts == 0))
                Yield(writer, layout, weight);

            List<Weight> experts = graph.Weights.Where(weight => weight.Experts > 0).ToList();
            if (experts.Count == 0)
                return;

            using (writer.Open($"for (int expert = 0; expert < {experts[0].Experts}; expert++)"))
            {
                foreach (Weight weight in experts)
                    Yield(writer, layout, weight);
            }
        }

        writer.Line();
    }

    private static void Yield(SourceWriter writer, CheckpointLayout layout, Weight weight)
    {
        string name = CSharp.NameExpression(CheckpointNames.Pattern(layout, weight.Role));
        string shape = weight.IsVector ? $"[{weight.Rows}]" : $"[{weight.Rows}, {weight.Columns}]";
        writer.Line($"yield return new TensorRequirement({name}, {shape}, TensorKind.{weight.Kind});");
    }
}
