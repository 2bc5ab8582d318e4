using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Families;
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
                foreach (string key in ConfigKeyTable.Of(architecture))
                    writer.Line(key + ",");
            }

            writer.Line();
            writer.Line("/// <summary>Every tensor, by its name in the checkpoint.</summary>");
            using (writer.Open("private static IEnumerable<TensorRequirement> Requirements()"))
            {
                foreach (TensorNeed need in new WeightPlaces(architecture, graph.Embedding).Needs())
                    Yield(writer, need);
                foreach (LayerRange range in architecture.Layers)
                    Layers(writer, architecture, range, graph.Blocks[range.Block]);
                foreach (TensorNeed need in new WeightPlaces(architecture, HeadWeights(graph)).Needs())
                    Yield(writer, need);
                if (architecture.TiedHead)
                    writer.Line($"yield return new TensorRequirement({CSharp.Text(FamilyList.Of(architecture.Layout).Tensors.Of("Head", isExpert: false).Pattern)}, [{architecture.VocabularySize}, {architecture.HiddenSize}], TensorKind.Matrix, Optional: true);");
            }
        });

    // A tied head's weight is the embedding, which has been yielded.
    private static Graph HeadWeights(ModelGraph graph) => graph.Head with
    {
        Ops = graph.Head.Ops.Where(op => op.Weights.All(weight => weight.Role != "Embedding")).ToImmutableArray(),
    };

    private static void Layers(SourceWriter writer, MoeArchitecture architecture, LayerRange range, Graph graph)
    {
        List<TensorNeed> needs = new WeightPlaces(architecture, graph).Needs().ToList();
        writer.Line();
        writer.Line($"// {graph.Name}");
        using (writer.Open($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)"))
        {
            foreach (TensorNeed need in needs.Where(need => need.Experts == 0))
                Yield(writer, need);

            foreach (IGrouping<int, TensorNeed> experts in needs.Where(need => need.Experts > 0).GroupBy(need => need.Experts))
            {
                using (writer.Open($"for (int expert = 0; expert < {experts.Key}; expert++)"))
                {
                    foreach (TensorNeed need in experts)
                        Yield(writer, need);
                }
            }
        }

        writer.Line();
    }

    private static void Yield(SourceWriter writer, TensorNeed need) => writer.Line(
        $"yield return new TensorRequirement({CSharp.NameExpression(need.Place.Pattern)}, [{string.Join(", ", need.Shape)}], TensorKind.{need.Kind}"
        + (need.Place.Transposed ? ", Transposed: true" : "") + (need.Place.Microscaled ? ", Microscaled: true" : "") + ");");
}
