using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>An architecture → a declaration that says it, as C# text: the way back of parser and validator.</summary>
internal static class DeclarationFromArchitecture
{
    /// <summary>The declaration of a class of the architecture's name.</summary>
    public static ModelText Write(MoeArchitecture architecture)
    {
        BlockText[] blocks = architecture.Blocks.Select(Block).ToArray();
        return new ModelText(
            architecture.Name,
            [
                new WordText("MoeModel")
                    .With("VocabularySize", architecture.VocabularySize)
                    .With("HiddenSize", architecture.HiddenSize)
                    .With("ContextLength", architecture.ContextLength),
                Norm(architecture.FinalNorm),
                new WordText("Head").With("Tied", architecture.TiedHead),
                new WordText("Checkpoint").Positional("CheckpointLayout." + architecture.Layout),
            ],
            architecture.Layers.SelectMany(range => Enumerable.Repeat(blocks[range.Block], range.Count)).ToArray());
    }

    private static BlockText Block(BlockArchitecture block)
    {
        var words = new List<WordText> { Norm(block.AttentionNorm) };
        if (block.Attention.Rotary is { } rotary)
        {
            // Latent attention has its own size and takes none from the word.
            bool isWhole = block.Attention is LatentAttention || (block.Attention is MultiHeadAttention multiHead && multiHead.HeadSize == rotary.Size);
            words.Add(new WordText("Rotary")
                .With("Base", rotary.Base, 10_000)
                .With("Size", isWhole ? 0 : rotary.Size)
                .Choice("Layout", "RotaryLayout", rotary.Layout.ToString(), "HalfSplit"));
        }

        words.Add(block.Attention is MultiHeadAttention attention ? MultiHead(attention) : Latent((LatentAttention)block.Attention));
        if (block.FeedForward is DenseFeedForward dense)
        {
            words.Add(Shape(new WordText("FeedForward"), dense.Shape));
        }
        else
        {
            var experts = (ExpertFeedForward)block.FeedForward;
            words.Add(Router(experts.Router));
            words.Add(Shape(new WordText("RoutedExperts").Positional(experts.Routed.Count), experts.Routed.Shape));
            if (experts.Shared is { } shared)
                words.Add(Shape(new WordText("SharedExperts").Positional(shared.Count), shared.Shape));
        }

        return new BlockText(block.Name, words);
    }

    // Every argument: what a block leaves out it takes from its model, and a norm's bias follows from its kind.
    private static WordText Norm(NormArchitecture norm) => new WordText("Norm")
        .Positional("Kind = NormKind." + norm.Kind)
        .Positional("Epsilon = " + WordText.Number(norm.Epsilon))
        .Positional("Bias = " + (norm.Bias ? "true" : "false"));

    private static WordText MultiHead(MultiHeadAttention attention) => new WordText("Attention")
        .With("Heads", attention.Heads)
        .With("KeyValueHeads", attention.KeyValueHeads)
        .With("HeadSize", attention.HeadSize)
        .With("QueryBias", attention.QueryBias)
        .With("KeyBias", attention.KeyBias)
        .With("ValueBias", attention.ValueBias)
        .With("OutputBias", attention.OutputBias)
        .With("QueryKeyNorm", attention.QueryKeyNormEpsilon is not null)
        .Choice("Position", "PositionEncoding", attention.Rotary is null ? "None" : "Rotary", "Rotary");

    private static WordText Latent(LatentAttention attention) => new WordText("LatentAttention")
        .With("Heads", attention.Heads)
        .With("QueryRank", attention.QueryRank)
        .With("KeyValueRank", attention.KeyValueRank)
        .With("HeadSize", attention.HeadSize)
        .With("RotarySize", attention.RotarySize)
        .With("ValueHeadSize", attention.ValueHeadSize)
        .With("QueryBias", attention.QueryBias)
        .With("KeyValueBias", attention.KeyValueBias)
        .With("OutputBias", attention.OutputBias)
        .With("NormEpsilon", attention.NormEpsilon, 1e-6);

    private static WordText Shape(WordText word, ExpertShape shape) => word
        .With("IntermediateSize", shape.IntermediateSize)
        .Choice("Activation", "Activation", shape.Activation.ToString(), "SiLU")
        .With("Gated", shape.Gated, true)
        .With("Bias", shape.Bias);

    private static WordText Router(RouterArchitecture router)
    {
        var selection = (TopKSelection)router.Selection;
        WordText word = new WordText("Router")
            .With("TopK", selection.TopK)
            .With("LogitBias", ((LinearLogits)router.Logits).Bias)
            .Choice("Score", "RouterScore", router.Score is SigmoidScore ? "Sigmoid" : "Softmax", "Softmax")
            .With("SelectionBias", selection.Bias);
        if (selection.Groups is { } groups)
        {
            word.With("Groups", groups.Groups)
                .With("KeptGroups", groups.KeptGroups)
                .Choice("GroupKey", "GroupKey", groups.Key.ToString(), "Maximum")
                .Choice("OutsideGroups", "OutsideGroups", groups.Outside.ToString(), "NegativeInfinity");
        }

        return word
            .Choice("Weights", "RouterWeights", router.Weights is RenormalisedWeights ? "Renormalised" : "Raw", "Raw")
            .With("RenormaliseEpsilon", router.Weights is RenormalisedWeights renormalised ? renormalised.Epsilon : 0, 0)
            .With("WeightScale", router.Weights.Scale, 1);
    }
}
