using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>The rule about products of sizes: MOE205.</summary>
internal static class OverflowRules
{
    /// <summary>Most parameters of a model: their bytes and the operations of a token still fit 64 bits.</summary>
    public const long MaxParameters = 1L << 60;

    /// <summary>Largest width of a value and number of rows of a matrix: padded, it still counts in 32 bits.</summary>
    public const int MaxWidth = 1 << 30;

    /// <summary>MOE205.</summary>
    public static IEnumerable<Finding> SizesFit(ResolvedModel model, MoeArchitecture architecture)
    {
        long layers = model.Layers.Sum(entry => (long)entry.Count);
        if (layers > int.MaxValue)
        {
            yield return Rules.SizeOverflow.At(model.Layers.OrderBy(entry => entry.Level).First().Part,
                "The number of layers", layers, int.MaxValue);
            yield break;
        }

        bool fits = true;
        foreach (string size in new[] { "VocabularySize", "HiddenSize" })
        {
            if (model.Model.Integer(size) <= MaxWidth)
                continue;

            fits = false;
            yield return Rules.SizeOverflow.At(model.Model.PartOf(size), size, model.Model.Integer(size), MaxWidth);
        }

        for (int index = 0; index < architecture.Blocks.Length; index++)
        {
            ResolvedBlock block = model.Blocks[index];
            foreach ((string name, BigInteger value) in WidthsOf(architecture.Blocks[index], architecture.HiddenSize))
            {
                if (value <= MaxWidth)
                    continue;

                fits = false;
                yield return Rules.SizeOverflow
                    .At(model.NearestOf(block, model.Model, "HiddenSize"), $"{name} of block {block.Name}", value, MaxWidth)
                    .With(block.Part);
            }
        }

        if (!fits)
            yield break;

        BigInteger parameters = Parameters(architecture);
        if (parameters > MaxParameters)
            yield return Rules.SizeOverflow.At(model.Model.Part, "The number of parameters", parameters, MaxParameters);
    }

    /// <summary>Widths of values and rows of matrices that a block multiplies out of its sizes.</summary>
    private static IEnumerable<(string Name, BigInteger Value)> WidthsOf(BlockArchitecture block, int hiddenSize)
    {
        switch (block.Attention)
        {
            case MultiHeadAttention attention:
                yield return ("(Heads + 2 · KeyValueHeads) · HeadSize",
                    (attention.Heads + (2 * (BigInteger)attention.KeyValueHeads)) * attention.HeadSize);
                break;

            case LinearAttention attention:
                yield return ("3 · Heads · HeadSize of [LinearAttention]", 3 * (BigInteger)attention.Heads * attention.HeadSize);
                yield return ("Heads · HeadSize² of [LinearAttention]", (BigInteger)attention.Heads * attention.HeadSize * attention.HeadSize);
                break;

            case AttentionExperts attention:
                yield return ("TopK · KeyValueHeads · HeadSize of [AttentionExperts]", (BigInteger)attention.TopK * attention.KeyValueHeads * attention.HeadSize);
                yield return ("2 · KeyValueHeads · HeadSize of [AttentionExperts]", 2 * (BigInteger)attention.KeyValueHeads * attention.HeadSize);
                yield return ("Count · HiddenSize of [AttentionExperts]", (BigInteger)attention.Count * hiddenSize);
                break;

            case LatentAttention attention:
                yield return ("Heads · (HeadSize + RotarySize)", attention.Heads * ((BigInteger)attention.HeadSize + attention.RotarySize));
                yield return ("Heads · (HeadSize + ValueHeadSize)", attention.Heads * ((BigInteger)attention.HeadSize + attention.ValueHeadSize));
                yield return ("QueryRank + KeyValueRank + RotarySize",
                    (BigInteger)attention.QueryRank + attention.KeyValueRank + attention.RotarySize);
                break;
        }

        switch (block.FeedForward)
        {
            case DenseFeedForward dense:
                yield return ("2 · IntermediateSize", 2 * (BigInteger)dense.Shape.IntermediateSize);
                break;

            case ExpertFeedForward experts:
                foreach (ExpertGroup group in experts.Groups)
                    yield return ($"2 · Count · IntermediateSize of [{WordOf(group)}]", 2 * (BigInteger)group.Count * ShapeOf(group)?.IntermediateSize ?? 0);
                yield return ("Experts · HiddenSize", (BigInteger)experts.Experts * hiddenSize);
                if (experts.Shared is { } shared)
                    yield return ("2 · Count · IntermediateSize of [SharedExperts]", 2 * (BigInteger)shared.Count * shared.Shape.IntermediateSize);
                break;
        }
    }

    /// <summary>Parameters of the matrices, an upper bound of which the limit takes the vectors' share many times over.</summary>
    private static BigInteger Parameters(MoeArchitecture architecture)
    {
        BigInteger hiddenSize = architecture.HiddenSize;
        BigInteger sum = architecture.VocabularySize * hiddenSize * (architecture.TiedHead ? 1 : 2);
        for (int index = 0; index < architecture.Blocks.Length; index++)
        {
            BlockArchitecture block = architecture.Blocks[index];
            sum += architecture.LayersOf(index) * (AttentionParameters(block.Attention, hiddenSize) + FeedForwardParameters(block.FeedForward, hiddenSize));
        }

        return sum;
    }

    private static BigInteger AttentionParameters(AttentionArchitecture attention, BigInteger hiddenSize) => attention switch
    {
        MultiHeadAttention multiHead => 2 * hiddenSize * ((BigInteger)multiHead.Heads + multiHead.KeyValueHeads) * multiHead.HeadSize,
        LinearAttention linear => 5 * hiddenSize * linear.Heads * linear.HeadSize,
        AttentionExperts experts => hiddenSize * experts.Count
            + (2 * hiddenSize * ((BigInteger)experts.Count + 1) * experts.KeyValueHeads * experts.HeadSize),
        LatentAttention latent =>
            ((latent.QueryRank == 0 ? hiddenSize : latent.QueryRank) * latent.Heads * ((BigInteger)latent.HeadSize + latent.RotarySize))
            + (hiddenSize * ((BigInteger)latent.QueryRank + latent.KeyValueRank + latent.RotarySize))
            + ((BigInteger)latent.Heads * latent.KeyValueRank * ((BigInteger)latent.HeadSize + latent.ValueHeadSize))
            + (hiddenSize * latent.Heads * latent.ValueHeadSize),
        _ => 0,
    };

    private static BigInteger FeedForwardParameters(FeedForwardArchitecture feedForward, BigInteger hiddenSize) => feedForward switch
    {
        DenseFeedForward dense => Matrices(dense.Shape) * hiddenSize * dense.Shape.IntermediateSize,
        ExpertFeedForward experts =>
            (hiddenSize * experts.Experts)
            + experts.Groups.Aggregate(BigInteger.Zero, (sum, group) => sum + GroupParameters(group, hiddenSize))
            + (experts.Shared is { } shared ? Matrices(shared.Shape) * hiddenSize * shared.Count * shared.Shape.IntermediateSize : 0),
        _ => 0,
    };

    private static BigInteger GroupParameters(ExpertGroup group, BigInteger hiddenSize) => group switch
    {
        FeedForwardExperts experts => Matrices(experts.Shape) * hiddenSize * experts.Count * experts.Shape.IntermediateSize,
        LoraExperts lora => Matrices(lora.Frozen) * ((hiddenSize * lora.Frozen.IntermediateSize) + (lora.Count * lora.Rank * (hiddenSize + lora.Frozen.IntermediateSize))),
        ConstantExperts constants => 3 * hiddenSize * constants.Count,
        _ => 0,
    };

    private static ExpertShape? ShapeOf(ExpertGroup group) => group switch
    {
        FeedForwardExperts experts => experts.Shape,
        LoraExperts lora => lora.Frozen,
        _ => null,
    };

    private static string WordOf(ExpertGroup group) => group is FeedForwardExperts ? Words.RoutedExperts : group.GetType().Name;

    private static int Matrices(ExpertShape shape) => shape.Gated ? 3 : 2;
}
