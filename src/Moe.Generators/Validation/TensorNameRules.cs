using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Diagnostics;
using Moe.Generators.Ir;

namespace Moe.Generators.Validation;

/// <summary>The rule about tensor names: MOE402. Which weights there are, the graph says.</summary>
internal static class TensorNameRules
{
    /// <summary>MOE402.</summary>
    public static IEnumerable<Finding> NamesFitWeights(ResolvedModel model, MoeArchitecture architecture)
    {
        TensorNameEntry[][] ofBlocks = model.Blocks.Select(block => TensorNames.Of(block.Declaration.Levels).ToArray()).ToArray();
        TensorNameEntry[] ofModel = TensorNames.Of(model.Declaration.Levels).ToArray();
        if (ofModel.Length == 0 && ofBlocks.All(entries => entries.Length == 0))
            yield break;

        ModelGraph graph = GraphBuilder.Build(architecture);
        Weight[] ends = graph.Embedding.Weights.Concat(graph.Head.Weights).Distinct().ToArray();
        foreach (Finding finding in ofModel.SelectMany(entry => Check(entry, model.Name, ends, layers: 1)))
            yield return finding;

        // Which weights a block has is known once a model names it: reported there, its own attribute beside.
        for (int index = 0; index < ofBlocks.Length; index++)
        {
            ResolvedBlock block = model.Blocks[index];
            foreach (Finding finding in ofBlocks[index].SelectMany(entry =>
                Check(entry, "block " + block.Name, graph.Blocks[index].Weights.ToArray(), architecture.LayersOf(index))))
            {
                yield return (finding with { Part = model.EntryOf(block).BlockPart }).With(finding.Part);
            }
        }
    }

    private static IEnumerable<Finding> Check(TensorNameEntry entry, string owner, Weight[] weights, int layers)
    {
        string known = string.Join(", ", weights.Select(weight => weight.Role));
        Weight? own = weights.FirstOrDefault(weight => weight.Role == entry.Role);
        foreach (string role in entry.Place.Roles.Append(entry.Role).Distinct().Where(role => weights.All(weight => weight.Role != role)))
            yield return At("Role", $"{owner} has no weight of the role \"{role}\"", $"its roles are {known}");

        if (own is null)
            yield break;
        if (entry.Place.Roles.Count > 0 && !entry.Place.Roles.Contains(entry.Role))
            yield return At("Roles", $"the tensor of {entry.Role} does not hold it among its Roles", "name every role that the tensor holds, in order");
        if (layers > 1 && !Holds("{layer}") && !own.IsShared)
            yield return At("Pattern", $"{layers} layers of {owner} would read one tensor", "write {layer} where the layer's number goes");
        if (own.Experts > 1 && own.Slice == WeightSlice.None && !entry.Place.Stacked && !Holds("{expert}"))
            yield return At("Pattern", $"{own.Experts} experts of {owner} would read one matrix", "write {expert} where the expert's number goes, or set Stacked = true");
        if ((own.Experts == 0 || own.Slice != WeightSlice.None) && (entry.Place.Stacked || Holds("{expert}")))
            yield return At("Pattern", $"{entry.Role} of {owner} is one weight, not one for each expert", "leave out {expert} and Stacked");
        if (entry.Place.Transposed && own.IsVector)
            yield return At("Transposed", $"{entry.Role} of {owner} is a vector", "leave out Transposed");

        bool Holds(string hole) => entry.Place.Pattern.IndexOf(hole, StringComparison.Ordinal) >= 0;

        Finding At(string argument, string fact, string wayOut) => Rules.TensorNameFitsNoWeight.At(entry.Part with { Argument = argument }, fact, wayOut);
    }
}
