using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Properties;

/// <summary>
/// Blocks are drawn one by one; what their routers take from each other must fit: one recurrent cell, one number of
/// experts under logit residuals, one router of the embedding, a layer before a pre-gated one.
/// </summary>
internal static class StateFixes
{
    /// <summary>The blocks with what does not fit replaced by a plain choice.</summary>
    public static ImmutableArray<BlockArchitecture> Apply(ImmutableArray<BlockArchitecture> blocks, ImmutableArray<LayerRange> layers, int vocabularySize)
    {
        RecurrentLogits? cell = null;
        ExpertFeedForward? residual = null;
        ExpertFeedForward? shared = null;
        ExpertFeedForward? biased = null;
        var fixedBlocks = new List<BlockArchitecture>();
        int firstExperts = layers.Select(range => range.Block).FirstOrDefault(block => blocks[block].FeedForward is ExpertFeedForward, -1);
        for (int index = 0; index < blocks.Length; index++)
        {
            BlockArchitecture block = blocks[index];
            if (block.FeedForward is not ExpertFeedForward part)
            {
                fixedBlocks.Add(block);
                continue;
            }

            RouterArchitecture router = part.Router;
            if (router.Logits is RecurrentLogits own)
                router = router with { Logits = cell ??= own };
            if (router.Adjustments.Any(stage => stage is LogitResidualAdjustment))
            {
                residual ??= part;
                if (residual.Experts != part.Experts)
                    router = router with { Adjustments = new([.. router.Adjustments.Where(stage => stage is not LogitResidualAdjustment)]) };
            }

            if (router.Adjustments.Any(stage => stage is RequestBiasAdjustment))
            {
                biased ??= part;
                if (biased.Experts != part.Experts)
                    router = router with { Adjustments = new([.. router.Adjustments.Where(stage => stage is not RequestBiasAdjustment)]) };
            }

            if (router.Input is PreviousHiddenStateInput && index == firstExperts)
                router = router with { Input = new HiddenStateInput() };
            if (router.Input is EmbeddingInput)
            {
                shared ??= part;
                if (shared.Experts != part.Experts || shared.Router != part.Router)
                    router = router with { Input = new HiddenStateInput() };
            }

            fixedBlocks.Add(block with { FeedForward = part with { Router = router, TableRows = vocabularySize } });
        }

        return [.. fixedBlocks];
    }
}
