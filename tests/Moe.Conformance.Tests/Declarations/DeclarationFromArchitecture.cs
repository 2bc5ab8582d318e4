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
                    .With("ContextLength", architecture.ContextLength)
                    .With("Tags", architecture.Tags)
                    .With("EmbeddingScale", architecture.EmbeddingScale, 1),
                Norm(architecture.FinalNorm),
                new WordText("Head")
                    .With("Tied", architecture.TiedHead)
                    .With("Bias", architecture.HeadBias)
                    .With("LogitDivisor", architecture.LogitDivisor, 1),
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
            bool isWhole = block.Attention is LatentAttention || (block.Attention is AttentionExperts heads && heads.HeadSize == rotary.Size) || (block.Attention is MultiHeadAttention multiHead && multiHead.HeadSize == rotary.Size);
            words.Add(Scaling(rotary.Scaling, new WordText("Rotary")
                .With("Base", rotary.Base, 10_000)
                .With("Size", isWhole ? 0 : rotary.Size)
                .Choice("Layout", "RotaryLayout", rotary.Layout.ToString(), "HalfSplit")));
        }

        if (block.Residual is { } residual)
        {
            words.Add(new WordText("Residual")
                .Choice("From", "ResidualFrom", residual.FromNorm ? "Norm" : "Stream", "Stream")
                .With("AttentionAlpha", residual.AttentionAlpha, 1)
                .With("AttentionBeta", residual.AttentionBeta, 1)
                .With("FeedForwardAlpha", residual.FeedForwardAlpha, 1)
                .With("FeedForwardBeta", residual.FeedForwardBeta, 1));
        }

        words.Add(block.Attention switch
        {
            MultiHeadAttention attention => MultiHead(attention),
            AttentionExperts attention => new WordText("AttentionExperts").Positional(attention.Count)
                .With("TopK", attention.TopK, 2)
                .With("KeyValueHeads", attention.KeyValueHeads)
                .With("HeadSize", attention.HeadSize)
                .With("OutputBias", attention.OutputBias),
            LinearAttention attention => new WordText("LinearAttention")
                .With("Heads", attention.Heads)
                .With("HeadSize", attention.HeadSize)
                .Choice("Activation", "Activation", attention.Activation.ToString(), "SiLU")
                .With("NormEpsilon", attention.NormEpsilon, 1e-6),
            _ => Latent((LatentAttention)block.Attention),
        });
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
        .Choice("QueryKeyNormSpan", "NormSpan", attention.QueryKeyNormSpan.ToString(), "Head")
        .Choice("QueryKeyNormPlace", "NormPlace", attention.QueryKeyNormPlace.ToString(), "BeforeRotary")
        .With("QueryKeyNormWeight", attention.QueryKeyNormWeight, true)
        .Choice("Position", "PositionEncoding", attention.Rotary is null ? "None" : "Rotary", "Rotary")
        .With("Scale", attention.StatedScale ?? 0, 0)
        .With("ClipQueryKeyValue", attention.Clip ?? 0, 0)
        .With("Window", attention.Reach is { IsChunked: false } window ? window.Positions : 0)
        .With("Chunk", attention.Reach is { IsChunked: true } chunk ? chunk.Positions : 0)
        .With("Sinks", attention.HasSinks)
        .With("HeadFraction", attention.HeadFraction ?? 0, 0)
        .With("MayLookAhead", attention.CouplesTokens)
        .With("TemperatureFloor", attention.Temperature?.Floor ?? 0)
        .With("TemperatureScale", attention.Temperature?.Scale ?? 0.1, 0.1);

    private static WordText Scaling(RotaryScalingArchitecture? scaling, WordText rotary) => scaling switch
    {
        LinearScaling linear => rotary.Choice("Scaling", "RotaryScaling", "Linear", "None").With("Factor", linear.Factor, 0),
        AlphaScaling alpha => rotary.Choice("Scaling", "RotaryScaling", "Dynamic", "None").With("Alpha", alpha.Alpha, 0),
        DynamicScaling dynamic => rotary.Choice("Scaling", "RotaryScaling", "Dynamic", "None")
            .With("Factor", dynamic.Factor, 0)
            .With("OriginalContextLength", dynamic.OriginalContextLength),
        Llama3Scaling llama => rotary.Choice("Scaling", "RotaryScaling", "Llama3", "None")
            .With("Factor", llama.Factor, 0)
            .With("OriginalContextLength", llama.OriginalContextLength)
            .With("LowFrequencyFactor", llama.LowFrequencyFactor, 1)
            .With("HighFrequencyFactor", llama.HighFrequencyFactor, 4),
        YarnScaling yarn => rotary.Choice("Scaling", "RotaryScaling", "Yarn", "None")
            .With("Factor", yarn.Factor, 0)
            .With("OriginalContextLength", yarn.OriginalContextLength)
            .With("BetaFast", yarn.BetaFast, 32)
            .With("BetaSlow", yarn.BetaSlow, 1)
            .With("Truncate", yarn.Truncate, true)
            .With("Mscale", yarn.Mscale ?? 0, 0)
            .With("MscaleAllDimensions", yarn.MscaleAllDimensions ?? 0, 0)
            .With("AttentionFactor", yarn.StatedAttentionFactor ?? 0, 0)
            .With("MscaleInSoftmax", yarn.MscaleInSoftmax),
        LongRopeScaling rope => rotary.Choice("Scaling", "RotaryScaling", "LongRope", "None")
            .With("OriginalContextLength", rope.OriginalContextLength)
            .List("ShortFactors", rope.ShortFactors)
            .List("LongFactors", rope.LongFactors)
            .With("ShortAttentionFactor", rope.ShortAttentionFactor, 0)
            .With("LongAttentionFactor", rope.LongAttentionFactor, 0)
            .Choice("Switch", "RotarySwitch", rope.Switch.ToString(), "ByPosition"),
        _ => rotary,
    };

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
        .With("NormEpsilon", attention.NormEpsilon, 1e-6)
        .With("Scale", attention.StatedScale ?? 0, 0);

    /// <summary>The shape of a feed-forward network as arguments.</summary>
    public static WordText Shape(WordText word, ExpertShape shape) => word
        .With("IntermediateSize", shape.IntermediateSize)
        .Choice("Activation", "Activation", shape.Function is null ? shape.Activation.ToString() : "SiLU", "SiLU")
        .Text("Function", shape.Function is null ? null : $"nameof(Functions.{shape.Function.Name})")
        .Text("From", shape.Function is null ? null : "typeof(Functions)")
        .With("Gated", shape.Gated, true)
        .With("Bias", shape.Bias);
}
