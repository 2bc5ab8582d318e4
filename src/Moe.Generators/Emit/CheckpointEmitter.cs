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
                IEnumerable<TensorNeed> shared = graph.Blocks.SelectMany(block => new WeightPlaces(architecture, block).Needs(isShared: true));
                Repeated(writer, new WeightPlaces(architecture, graph.Embedding).Needs().Concat(shared).GroupBy(need => need.Place.Pattern).Select(same => same.First()));
                foreach (LayerRange range in architecture.Layers)
                    Layers(writer, architecture, range, graph.Blocks[range.Block]);
                // A tied head's weight is the embedding, which has been yielded.
                Repeated(writer, new WeightPlaces(architecture, graph.Head).Needs().Where(need => need.Kind != WeightKind.Embedding));
                if (architecture.TiedHead)
                    writer.Line($"yield return new TensorRequirement({CSharp.Text(FamilyList.Of(architecture.Layout).Tensors.Of("Head", isExpert: false).Pattern)}, [{architecture.VocabularySize}, {architecture.HiddenSize}], TensorKind.Matrix, Optional: true);");
            }
        });

    /// <summary>Emits the file of a layer that stands alone: its tensors, and no config.json.</summary>
    public static EmittedFile EmitLayer(MoeArchitecture architecture, ModelGraph graph) => FileHead.Write(
        architecture,
        "Checkpoint.",
        ["tensors of the layer"],
        ["System.Collections.Generic", "Moe.Runtime.Checkpoints"],
        "",
        writer =>
        {
            writer.Line("/// <summary>Every tensor, by its name behind the prefix.</summary>");
            using (writer.Open("private static IEnumerable<TensorRequirement> Requirements(int layer)"))
            {
                var places = new WeightPlaces(architecture, graph.Blocks[0]);
                Repeated(writer, places.Needs().Concat(places.Needs(isShared: true)));
                if (graph.Blocks[0].Weights.FirstOrDefault() is null)
                    writer.Line("yield break;");
            }
        });

    private static void Layers(SourceWriter writer, MoeArchitecture architecture, LayerRange range, Graph graph)
    {
        writer.Line();
        writer.Line($"// {graph.Name}");
        using (writer.Open($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)"))
        {
            Repeated(writer, new WeightPlaces(architecture, graph).Needs());
        }

        writer.Line();
    }

    // Tensors that there is one of, then, for each number of experts or tags, those of each of them.
    private static void Repeated(SourceWriter writer, IEnumerable<TensorNeed> needs)
    {
        foreach (IGrouping<int, TensorNeed> group in needs.GroupBy(need => need.Experts).OrderBy(group => group.Key > 0))
        {
            if (group.Key == 0)
            {
                foreach (TensorNeed need in group)
                    Yield(writer, need);
                continue;
            }

            using (writer.Open($"for (int expert = 0; expert < {group.Key}; expert++)"))
            {
                foreach (TensorNeed need in group)
                    Yield(writer, need);
            }
        }
    }

    private static void Yield(SourceWriter writer, TensorNeed need) => writer.Line(
        $"yield return new TensorRequirement({CSharp.NameExpression(need.Place.Pattern)}, [{string.Join(", ", need.Shape)}], TensorKind.{need.Kind}"
        + (need.Kind == WeightKind.Indices ? $", Bound: {need.Bound}" : "")
        + (need.Place.Transposed ? ", Transposed: true" : "")
        + (need.Place.Microscaled ? ", Microscaled: true" : "")
        + ");");
}
