using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Random small models over the whole language, with weights and tokens.</summary>
internal static class ModelGen
{
    private const int Context = 96;

    private static Gen<MoeArchitecture> Architecture(Func<int, Gen<BlockArchitecture>> block, int mostBlocks) =>
        from vocabulary in PartGens.Size
        from hidden in PartGens.Size
        from tied in Gen.Bool
        from finalNorm in PartGens.Norm(hidden)
        from blocks in block(hidden).Array[1, mostBlocks]
        from counts in Gen.Int[1, 2].Array[blocks.Length, blocks.Length + 1]
        from embeddingScale in Gen.Frequency((3, Gen.Const(1.0)), (1, Gen.OneOf(3.0, 0.5)))
        from headBias in Gen.Bool
        from logitDivisor in Gen.Frequency((3, Gen.Const(1.0)), (1, Gen.OneOf(6.0, -0.5)))
        from unusedTags in Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[1, 4]))
        let layers = Layers(blocks.Length, counts)
        select new MoeArchitecture(
            "Drawn",
            "Model",
            "public",
            false,
            false,
            vocabulary,
            hidden,
            Context,
            tied,
            finalNorm,
            CheckpointLayout.Native,
            StateFixes.Apply([.. blocks.Select((block, index) => block with { Name = "Block" + index, TypeName = "Drawn.Block" + index })], layers, vocabulary),
            layers,
            embeddingScale,
            headBias,
            logitDivisor)
        {
            Tags = blocks.Any(block => block.FeedForward is ExpertFeedForward { Router.Input: TagInput }) ? RouterGens.Tags : unusedTags,
        };

    // Sequences of one token up, and now and then one that is longer than a block of the cache.
    private static readonly Gen<int> _length = Gen.Frequency((15, Gen.Int[1, 9]), (1, Gen.Int[63, 80]));

    /// <summary>Models with weights and one to three sequences of tokens, a single token included.</summary>
    public static readonly Gen<DrawnModel> Model = Models(Block);

    /// <summary>
    /// Models none of whose routers looks at statistics of weights, which are of the file's weights and not of rounded ones, or gives a score that is
    /// exactly 0: whether a smooth step is still below its width, and how many experts are asked, is a choice without a gap.
    /// </summary>
    public static readonly Gen<DrawnModel> WithoutSteps = Model.Where(model => model.Architecture.Blocks
        .All(block => block.FeedForward is not ExpertFeedForward { Router.Logits: SparsityAwareLogits or TreeLogits or SelectorLogits }));

    /// <summary>Models whose feed-forward parts are dense, so that attention and residual connections are all that varies.</summary>
    public static readonly Gen<DrawnModel> AttentionModel = Models(AttentionBlock);

    /// <summary>Models whose layers are all alike, for targets where code for a kind of layer is dear.</summary>
    public static readonly Gen<DrawnModel> PlainModel = Models(Block, mostBlocks: 1);

    /// <summary>The same with dense feed-forward parts.</summary>
    public static readonly Gen<DrawnModel> PlainAttentionModel = Models(AttentionBlock, mostBlocks: 1);

    private static Gen<DrawnModel> Models(Func<int, Gen<BlockArchitecture>> block, int mostBlocks = 3) =>
        from architecture in Architecture(block, mostBlocks)
        from seed in Gen.ULong[1, 1_000_000]
        from sequences in Gen.Int[0, architecture.VocabularySize - 1].Array[_length].Array[1, 3]
        select new DrawnModel(architecture, seed, sequences);

    private static Gen<BlockArchitecture> Block(int hiddenSize) =>
        from norm in PartGens.Norm(hiddenSize)
        from attention in AttentionGens.Attention(norm.Epsilon)
        from feedForward in PartGens.FeedForward
        from residual in AttentionGens.Residual
        from parallel in Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true)))
        from momentum in Gen.Frequency((5, Gen.Const((MomentumArchitecture?)null)), (1, Momentum))
        select new BlockArchitecture("", "", norm, attention, norm, feedForward, parallel, momentum, residual);

    private static Gen<BlockArchitecture> AttentionBlock(int hiddenSize) =>
        from norm in PartGens.Norm(hiddenSize)
        from attention in AttentionGens.Attention(norm.Epsilon)
        from width in PartGens.Size
        from gated in Gen.Bool
        from residual in AttentionGens.Residual
        select new BlockArchitecture(
            "", "", norm, attention, norm, new DenseFeedForward(new ExpertShape(width, Activation.SiLU, gated, false)), Residual: residual);

    // ε of Adam is large, as that of a norm over few elements: near 0 the step is as large as its sign is uncertain.
    private static readonly Gen<MomentumArchitecture?> Momentum =
        from isAdam in Gen.Bool
        from momentum in Gen.OneOf(0.9, 0.7)
        from step in Gen.OneOf(1.0, 0.5)
        from cancels in Gen.Bool
        select (MomentumArchitecture?)new MomentumArchitecture(isAdam, momentum, step, 0.9, 0.999, 0.5, cancels);

    // Blocks in order of first use; where there is one count more than blocks, the first block comes again at the end.
    private static ImmutableArray<LayerRange> Layers(int blocks, int[] counts)
    {
        var layers = new List<LayerRange>();
        int first = 0;
        for (int run = 0; run < counts.Length; run++)
        {
            int block = run % blocks;
            if (run > 0 && layers[^1].Block == block)
                layers[^1] = layers[^1] with { Count = layers[^1].Count + counts[run] };
            else
                layers.Add(new LayerRange(first, counts[run], block));
            first += counts[run];
        }

        return [.. layers];
    }
}
