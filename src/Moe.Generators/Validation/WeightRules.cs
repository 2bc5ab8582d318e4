using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>The rule about checkpoints: MOE401.</summary>
internal static class WeightRules
{
    /// <summary>MOE401.</summary>
    public static IEnumerable<Finding> CheckpointHoldsModel(ResolvedModel model, MoeArchitecture architecture)
    {
        if (architecture.Layout == CheckpointLayout.Native)
            yield break;

        bool found = false;
        for (int index = 0; index < architecture.Blocks.Length; index++)
        {
            ResolvedBlock block = model.Blocks[index];
            foreach (Misfit misfit in CheckpointFamilies.MisfitsOf(architecture.Layout, architecture.Blocks[index]))
            {
                found = true;
                yield return At(model, architecture, block, misfit);
            }
        }

        if (found)
            yield break;

        foreach (Finding finding in OneValueForAllLayers(model, architecture))
            yield return finding;
    }

    /// <summary>config.json has one value for all layers, so blocks may differ only in being dense or not.</summary>
    private static IEnumerable<Finding> OneValueForAllLayers(ResolvedModel model, MoeArchitecture architecture)
    {
        BlockArchitecture first = architecture.Blocks[0];
        BlockArchitecture? firstDense = architecture.Blocks.FirstOrDefault(block => block.FeedForward is DenseFeedForward);
        BlockArchitecture? firstExperts = architecture.Blocks.FirstOrDefault(block => block.FeedForward is ExpertFeedForward);
        for (int index = 0; index < architecture.Blocks.Length; index++)
        {
            BlockArchitecture block = architecture.Blocks[index];
            ResolvedBlock resolved = model.Blocks[index];
            if (block.AttentionNorm != architecture.FinalNorm)
            {
                yield return At(model, architecture, resolved,
                    new Misfit("its norms differ from the final norm", "state [Norm] on the model alone", Words.Norm));
            }

            if (block.Attention != first.Attention)
            {
                yield return At(model, architecture, resolved,
                    new Misfit($"its attention differs from that of block {first.Name}", "give all blocks one attention", resolved.AttentionWord));
            }

            BlockArchitecture? alike = block.FeedForward is DenseFeedForward ? firstDense : firstExperts;
            if (alike is not null && block.FeedForward != alike.FeedForward)
            {
                yield return At(model, architecture, resolved,
                    new Misfit($"its feed-forward part differs from that of block {alike.Name}", "give both one shape and one router",
                        resolved.FeedForwardWord));
            }
            else if (ActivationOf(block) != ActivationOf(first))
            {
                yield return At(model, architecture, resolved,
                    new Misfit($"its activation differs from that of block {first.Name}", "give all blocks one activation",
                        resolved.FeedForwardWord, "Activation"));
            }
        }

        if (architecture.Layout != CheckpointLayout.DeepSeekV3)
            yield break;

        bool expertsSeen = false;
        foreach (LayerEntry entry in model.Layers)
        {
            ResolvedBlock block = model.BlockOf(entry);
            if (expertsSeen && block.FeedForward.IsPresent)
            {
                yield return Rules.CheckpointCannotHold
                    .At(entry.BlockPart, architecture.Layout, $"block {block.Name} in layer {entry.First}",
                        "it is dense and follows a layer with experts", "let the dense layers come first")
                    .With(block.Part);
                yield break;
            }

            expertsSeen |= !block.FeedForward.IsPresent;
        }
    }

    private static string ActivationOf(BlockArchitecture block) => block.FeedForward is DenseFeedForward dense
        ? dense.Shape.FunctionName
        : ((ExpertFeedForward)block.FeedForward).Routed?.Shape.FunctionName ?? nameof(Activation.SiLU);

    private static Finding At(ResolvedModel model, MoeArchitecture architecture, ResolvedBlock block, Misfit misfit)
    {
        Word? word = block.Present.FirstOrDefault(word => word.Name == misfit.Word);
        Part related = word is null ? block.Part : misfit.Argument is null ? word.Part : word.PartOf(misfit.Argument);
        return Rules.CheckpointCannotHold
            .At(model.NearestOf(block, model.Checkpoint, "Layout"), architecture.Layout, $"block {block.Name}", misfit.Fact, misfit.WayOut)
            .With(related);
    }
}
