using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Validation;

/// <summary>Something about a block that a checkpoint family has no tensor or config.json key for.</summary>
/// <param name="Fact">What the block has.</param>
/// <param name="WayOut">What the family needs.</param>
/// <param name="Word">The word that says it.</param>
/// <param name="Argument">Its argument, or null.</param>
internal sealed record Misfit(string Fact, string WayOut, string Word, string? Argument = null);

/// <summary>What one block of each checkpoint family may be: the model classes of Hugging Face transformers 4.57.</summary>
internal static class CheckpointFamilies
{
    private const double LatentNormEpsilon = 1e-6;
    private const double DeepSeekRenormaliseEpsilon = 1e-20;

    private enum Biases
    {
        None,
        AllOrNone,
    }

    /// <summary>What the family cannot hold of the block.</summary>
    public static IEnumerable<Misfit> MisfitsOf(CheckpointLayout layout, BlockArchitecture block) => layout switch
    {
        CheckpointLayout.Llama => Norm(block).Concat(MultiHead(block, Biases.AllOrNone, queryKeyNorm: false)).Concat(LlamaFeedForward(block)),
        CheckpointLayout.Mixtral => Norm(block).Concat(MultiHead(block, Biases.None, queryKeyNorm: false)).Concat(MixtralFeedForward(block)),
        CheckpointLayout.Qwen3Moe => Norm(block).Concat(MultiHead(block, Biases.AllOrNone, queryKeyNorm: true)).Concat(Qwen3MoeFeedForward(block)),
        CheckpointLayout.DeepSeekV3 => Norm(block).Concat(Latent(block)).Concat(DeepSeekV3FeedForward(block)),
        _ => Array.Empty<Misfit>(),
    };

    private static IEnumerable<Misfit> Norm(BlockArchitecture block)
    {
        if (block.AttentionNorm.Kind != NormKind.Rms)
            yield return new Misfit("it has LayerNorm", "its norms are RMSNorm", Words.Norm, "Kind");
        else if (block.AttentionNorm.Bias)
            yield return new Misfit("its norms have a bias", "set Bias = false on [Norm]", Words.Norm, "Bias");
    }

    private static IEnumerable<Misfit> MultiHead(BlockArchitecture block, Biases biases, bool queryKeyNorm)
    {
        if (block.Attention is not MultiHeadAttention attention)
        {
            yield return new Misfit("it has latent attention", "use [Attention]", Words.LatentAttention);
            yield break;
        }

        if (attention.Rotary is not { } rotary)
            yield return new Misfit("its attention has no positions", "use PositionEncoding.Rotary", Words.Attention, "Position");
        else if (rotary.Size != attention.HeadSize)
            yield return new Misfit($"{rotary.Size} of a head's {attention.HeadSize} elements turn", "let the whole head turn", Words.Rotary, "Size");
        else if (rotary.Layout != RotaryLayout.HalfSplit)
            yield return new Misfit("its rotation is interleaved", "use RotaryLayout.HalfSplit", Words.Rotary, "Layout");

        int count = new[] { attention.QueryBias, attention.KeyBias, attention.ValueBias, attention.OutputBias }.Count(bias => bias);
        if (count > 0 && biases == Biases.None)
            yield return new Misfit("its attention has biases", "remove them", Words.Attention);
        else if (count is > 0 and < 4)
            yield return new Misfit($"{count} of its 4 attention projections have a bias", "give a bias to all four or to none", Words.Attention);

        if (attention.QueryKeyNormEpsilon is null == queryKeyNorm)
        {
            yield return queryKeyNorm
                ? new Misfit("its queries and keys are not normalised", "set QueryKeyNorm = true", Words.Attention, "QueryKeyNorm")
                : new Misfit("its queries and keys are normalised", "set QueryKeyNorm = false", Words.Attention, "QueryKeyNorm");
        }
    }

    private static IEnumerable<Misfit> Latent(BlockArchitecture block)
    {
        if (block.Attention is not LatentAttention attention)
        {
            yield return new Misfit("its attention is not latent", "use [LatentAttention]", Words.Attention);
            yield break;
        }

        bool someBias = attention.QueryBias || attention.KeyValueBias || attention.OutputBias;
        bool allBiases = (attention.QueryBias || attention.QueryRank == 0) && attention.KeyValueBias && attention.OutputBias;
        if (someBias && !allBiases)
        {
            yield return new Misfit("some of its attention projections have a bias",
                "set QueryBias (where there is a QueryRank), KeyValueBias and OutputBias together or none of them", Words.LatentAttention);
        }

        if (attention.NormEpsilon != LatentNormEpsilon)
            yield return new Misfit("its latent norms have another ε", "set NormEpsilon = 1e-6", Words.LatentAttention, "NormEpsilon");
    }

    private static IEnumerable<Misfit> LlamaFeedForward(BlockArchitecture block)
    {
        if (block.FeedForward is DenseFeedForward dense)
        {
            if (!dense.Shape.Gated)
                yield return new Misfit("its feed-forward part is not gated", "set Gated = true", Words.FeedForward, "Gated");
        }
        else
        {
            yield return new Misfit("it has routed experts", "use [FeedForward]", Words.RoutedExperts);
        }
    }

    private static IEnumerable<Misfit> MixtralFeedForward(BlockArchitecture block)
    {
        if (block.FeedForward is not ExpertFeedForward experts)
            return new[] { new Misfit("it is dense", "use [Router] and [RoutedExperts]", Words.FeedForward) };

        var raw = new Misfit("its router's weights are raw", "set Weights = RouterWeights.Renormalised", Words.Router, "Weights");
        return experts.Router.Weights is RawWeights ? SoftmaxExperts(experts).Append(raw) : SoftmaxExperts(experts);
    }

    private static IEnumerable<Misfit> Qwen3MoeFeedForward(BlockArchitecture block) => block.FeedForward switch
    {
        DenseFeedForward dense => Shape(dense.Shape, Words.FeedForward),
        ExpertFeedForward experts => SoftmaxExperts(experts),
        _ => Array.Empty<Misfit>(),
    };

    /// <summary>Softmax, top-k, no group, bias, scale or shared expert: what Mixtral and Qwen3-MoE have in common.</summary>
    private static IEnumerable<Misfit> SoftmaxExperts(ExpertFeedForward experts)
    {
        RouterArchitecture router = experts.Router;
        var selection = (TopKSelection)router.Selection;
        if (router.Score is not NamedScore { Kind: RouterScore.Softmax })
            yield return new Misfit("its router scores with a sigmoid", "use RouterScore.Softmax", Words.Router, "Score");
        if (router.Logits is LinearLogits { Bias: true })
            yield return new Misfit("its router's logits have a bias", "set LogitBias = false", Words.Router, "LogitBias");
        if (selection.Bias)
            yield return new Misfit("its router has a selection bias", "set SelectionBias = false", Words.Router, "SelectionBias");
        if (selection.Groups is not null)
            yield return new Misfit("its router has groups", "set Groups = 0", Words.Router, "Groups");
        if (router.Weights.Scale != 1)
            yield return new Misfit("its router scales the weights", "set WeightScale = 1", Words.Router, "WeightScale");
        if (router.Weights is RenormalisedWeights { Epsilon: not 0 })
            yield return new Misfit("its router adds to the sum of the weights", "set RenormaliseEpsilon = 0", Words.Router, "RenormaliseEpsilon");
        if (experts.Shared is not null)
            yield return new Misfit("it has shared experts", "remove them, [SharedExperts(0)] on a derived block", Words.SharedExperts);

        foreach (Misfit misfit in Shape(experts.Routed!.Shape, Words.RoutedExperts))
            yield return misfit;
    }

    private static IEnumerable<Misfit> DeepSeekV3FeedForward(BlockArchitecture block)
    {
        if (block.FeedForward is not ExpertFeedForward experts)
        {
            foreach (Misfit misfit in Shape(((DenseFeedForward)block.FeedForward).Shape, Words.FeedForward))
                yield return misfit;
            yield break;
        }

        RouterArchitecture router = experts.Router;
        var selection = (TopKSelection)router.Selection;
        if (router.Score is not NamedScore { Kind: RouterScore.Sigmoid })
            yield return new Misfit("its router scores with softmax", "use RouterScore.Sigmoid", Words.Router, "Score");
        if (router.Logits is LinearLogits { Bias: true })
            yield return new Misfit("its router's logits have a bias", "set LogitBias = false", Words.Router, "LogitBias");
        if (!selection.Bias)
            yield return new Misfit("its router has no selection bias", "set SelectionBias = true", Words.Router, "SelectionBias");

        // With one group, or all of them kept, nothing is outside and the key decides nothing.
        if (selection.Groups is { } groups && groups.KeptGroups < groups.Groups)
        {
            if (groups.Key != GroupKey.SumOfBestTwo)
                yield return new Misfit("its groups are worth their best expert", "use GroupKey.SumOfBestTwo", Words.Router, "GroupKey");
            if (groups.Outside != OutsideGroups.Zero)
                yield return new Misfit("experts outside the kept groups are never chosen", "use OutsideGroups.Zero", Words.Router, "OutsideGroups");
        }

        if (router.Weights is RenormalisedWeights weights && weights.Epsilon != DeepSeekRenormaliseEpsilon)
            yield return new Misfit("its router renormalises without 1e-20", "set RenormaliseEpsilon = 1e-20", Words.Router, "RenormaliseEpsilon");

        foreach (Misfit misfit in Shape(experts.Routed!.Shape, Words.RoutedExperts))
            yield return misfit;

        if (experts.Shared is not { } shared)
            yield return new Misfit("it has no shared experts", "add [SharedExperts]", Words.RoutedExperts);
        else if (shared.Shape != experts.Routed!.Shape)
            yield return new Misfit("its shared experts have another shape than the routed ones", "give both one shape", Words.SharedExperts);
    }

    private static IEnumerable<Misfit> Shape(ExpertShape shape, string word)
    {
        if (!shape.Gated)
            yield return new Misfit($"[{word}] is not gated", "set Gated = true", word, "Gated");
        if (shape.Bias)
            yield return new Misfit($"[{word}] has biases", "set Bias = false", word, "Bias");
    }
}
