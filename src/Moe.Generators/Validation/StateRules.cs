using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about what routers take from other layers or from the step, once an architecture can be built: MOE309.</summary>
internal static class StateRules
{
    /// <summary>MOE309.</summary>
    public static IEnumerable<Finding> StateComesFromSomewhere(ResolvedModel model, MoeArchitecture architecture)
    {
        ExpertFeedForward?[] parts = architecture.Blocks.Select(block => block.FeedForward as ExpertFeedForward).ToArray();
        int firstExperts = -1;
        foreach (LayerRange range in architecture.Layers)
        {
            if (parts[range.Block] is null)
                continue;
            firstExperts = firstExperts < 0 ? range.Block : firstExperts;
        }

        for (int index = 0; index < parts.Length; index++)
        {
            if (parts[index] is not { } part)
                continue;

            ResolvedBlock block = model.Blocks[index];
            if (part.Router.Input is PreviousHiddenStateInput && index == firstExperts)
                yield return At(block, "Input", "the first layer with experts has none before it to look at", "give that layer a block with RouterInput.HiddenState");

            if (part.Router.Logits is RecurrentLogits cell
                && parts.Take(index).FirstOrDefault(other => other?.Router.Logits is RecurrentLogits) is { Router.Logits: RecurrentLogits first } && first != cell)
            {
                yield return At(block, "RouterSize", "all layers share one recurrent cell, and another block has a different one", "give both one kind and one RouterSize");
            }

            if (HasResidual(part) && parts.FirstOrDefault(other => other is not null && HasResidual(other)) is { } same && same.Experts != part.Experts)
                yield return At(block, "LogitResidual", $"logits of {same.Experts} experts cannot join those of {part.Experts}", "give such blocks the same number of experts");

            if (HasRequestBias(part) && parts.FirstOrDefault(other => other is not null && HasRequestBias(other)) is { } biased && biased.Experts != part.Experts)
                yield return At(block, "RequestBias", $"a request brings one bias for all layers, and another block has {biased.Experts} experts instead of {part.Experts}", "give such blocks the same number of experts");

            if (part.Router.Input is EmbeddingInput
                && parts.FirstOrDefault(other => other?.Router.Input is EmbeddingInput) is { } model2 && (model2.Router != part.Router || model2.Experts != part.Experts))
            {
                yield return At(block, "Input", "all layers share one router of the embedding, and another block declares a different one", "derive both blocks from one that carries [Router]");
            }

            if (part.Router.Input is TagInput { Tags: < 1 })
                yield return At(block, "Input", "the model has no tags", "write Tags on [MoeModel]");
        }
    }

    private static bool HasResidual(ExpertFeedForward part) => part.Router.Adjustments.Any(stage => stage is LogitResidualAdjustment);

    private static bool HasRequestBias(ExpertFeedForward part) => part.Router.Adjustments.Any(stage => stage is RequestBiasAdjustment);

    private static Finding At(ResolvedBlock block, string argument, string fact, string mend) =>
        Rules.RouterState.At(block.Router.PartOf(argument), block.Name, fact, mend);
}
