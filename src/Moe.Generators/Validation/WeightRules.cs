using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;
using Moe.Generators.Families;

namespace Moe.Generators.Validation;

/// <summary>The rule about checkpoints: MOE401.</summary>
internal static class WeightRules
{
    // One at a time: the others often follow from the first.
    private const int MostOfOneBlock = 1;

    /// <summary>MOE401: what the family's config.json says of the model must mean the model.</summary>
    public static IEnumerable<Finding> CheckpointHoldsModel(ResolvedModel model, MoeArchitecture architecture)
    {
        if (architecture.Layout == CheckpointLayout.Native)
            yield break;

        if (RoundTrip.Meant(architecture, out string? reason) is not { } meant)
        {
            yield return Rules.CheckpointCannotHold.At(
                model.Checkpoint.PartOf("Layout"), architecture.Layout, $"the model {architecture.Name}", reason!, "declare what the layout can say, or choose another layout");
            yield break;
        }

        foreach (RecordDifference difference in RecordDifference.Between(
            architecture with { Blocks = ImmutableArray<BlockArchitecture>.Empty, Layers = ImmutableArray<LayerRange>.Empty },
            meant with { Blocks = ImmutableArray<BlockArchitecture>.Empty, Layers = ImmutableArray<LayerRange>.Empty })
            .Where(difference => difference.Path[0] is not ("Namespace" or "Accessibility" or "HidesBase" or "IsSealed" or "Blocks" or "Layers")))
        {
            yield return Rules.CheckpointCannotHold.At(
                model.Checkpoint.PartOf("Layout"), architecture.Layout, $"the model {architecture.Name}", Fact(difference, null), WayOut(difference));
        }

        var declaredView = new FamilyView(architecture);
        var meantView = new FamilyView(meant);
        var seen = new Dictionary<string, int>();
        foreach (LayerRange range in architecture.Layers)
        {
            ResolvedBlock block = model.Blocks[range.Block];
            for (int layer = range.First; layer < range.First + range.Count; layer++)
            {
                foreach (RecordDifference difference in RecordDifference.Between(declaredView.BlockOf(layer), meantView.BlockOf(layer)))
                {
                    seen.TryGetValue(block.Declaration.FullName, out int count);
                    string key = block.Declaration.FullName + ":" + string.Join(".", difference.Path);
                    if (count >= MostOfOneBlock || seen.ContainsKey(key))
                        continue;
                    seen[block.Declaration.FullName] = count + 1;
                    seen[key] = 1;
                    yield return At(model, architecture, block, layer, difference);
                }
            }
        }
    }

    private static Finding At(ResolvedModel model, MoeArchitecture architecture, ResolvedBlock block, int layer, RecordDifference difference)
    {
        string? name = WordOf(difference, block);
        Word? word = block.Present.FirstOrDefault(word => word.Name == name);
        Part related = word is null ? block.Part : word.PartOf(difference.Path[difference.Path.Length - 1]);
        bool isUniform = architecture.Blocks.Length == 1;
        return Rules.CheckpointCannotHold
            .At(
                model.NearestOf(block, model.Checkpoint, "Layout"),
                architecture.Layout,
                $"block {block.Name}" + (isUniform ? "" : $" in layer {layer}"),
                Fact(difference, name),
                WayOut(difference))
            .With(related);
    }

    private static string Fact(RecordDifference difference, string? word) =>
        $"{Member(difference)}{(word is null ? "" : $" of [{word}]")} is {difference.Declared}";

    // A named score's kind is what the author calls Score.
    private static string Member(RecordDifference difference)
    {
        int last = difference.Path.Length - 1;
        return last > 0 && difference.Path[last] == "Kind" && difference.Path[last - 1] == "Score" ? "Score" : difference.Path[last];
    }

    private static string WayOut(RecordDifference difference) => $"the layout means {difference.Meant}";

    // The word whose arguments the member of an architecture comes from.
    private static string? WordOf(RecordDifference difference, ResolvedBlock block) => difference.Path[0] switch
    {
        "AttentionNorm" or "FeedForwardNorm" => Words.Norm,
        "Attention" when difference.Path.Contains("Rotary") && difference.Path.Length > 2 => Words.Rotary,
        "Attention" => block.AttentionWord,
        "FeedForward" when difference.Path.Contains("Router") => Words.Router,
        "FeedForward" when difference.Path.Contains("Shared") => Words.SharedExperts,
        "FeedForward" => block.FeedForwardWord,
        _ => null,
    };
}
