using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;

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
                    .With("ContextLength", architecture.ContextLength)
                    .With("Tags", architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>()
                        .Select(part => part.Router.Input).OfType<TagInput>().Select(input => input.Tags).FirstOrDefault()),
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
            words.AddRange(ExpertsText.Write((ExpertFeedForward)block.FeedForward));
        }

        if (block.Momentum is { } momentum)
        {
            words.Add(new WordText("Momentum")
                .With("Momentum", momentum.Momentum, 0.9)
                .With("StepSize", momentum.StepSize, 1)
                .With("Adam", momentum.IsAdam)
                .With("FirstDecay", momentum.FirstDecay, 0.9)
                .With("SecondDecay", momentum.SecondDecay, 0.999)
                .With("Epsilon", momentum.Epsilon, 1e-8)
                .With("CancelsResidual", momentum.CancelsResidual));
        }

        return new BlockText(block.Name, words, block.IsParallel ? "(Parallel = true)" : "");
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

    /// <summary>The shape of a feed-forward network as arguments.</summary>
    public static WordText Shape(WordText word, ExpertShape shape) => word
        .With("IntermediateSize", shape.IntermediateSize)
        .Choice("Activation", "Activation", shape.Activation.ToString(), "SiLU")
        .With("Gated", shape.Gated, true)
        .With("Bias", shape.Bias);
}
