using System.Linq;
using CsCheck;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Random parts of blocks, over every word and choice of the language.</summary>
internal static class PartGens
{
    /// <summary>Sizes with odd ones, one, and some above a vector's and a tile's width.</summary>
    public static readonly Gen<int> Size = Gen.Frequency((6, Gen.Int[1, 9]), (3, Gen.Int[10, 24]), (1, Gen.Int[25, 40]));

    /// <summary>
    /// ε of a norm over so many elements. Over a few it is large: they may all be near 0 (or, for LayerNorm, near their
    /// mean), where a small ε multiplies rounding errors by 1/√ε.
    /// </summary>
    private static Gen<double> Epsilon(int elements) => elements < 4 ? Gen.Const(0.5) : Gen.OneOf(1e-6, 1e-5, 1e-3, 0.5);

    /// <summary>A norm of the hidden state.</summary>
    public static Gen<NormArchitecture> Norm(int hiddenSize) =>
        from kind in Gen.Enum<NormKind>()
        from epsilon in Epsilon(hiddenSize)
        from bias in Gen.Bool
        select new NormArchitecture(kind, epsilon, bias);

    /// <summary>Either attention.</summary>
    public static Gen<AttentionArchitecture> Attention(double normEpsilon) => Gen.Frequency(
        (3, MultiHead(normEpsilon).Select(attention => (AttentionArchitecture)attention)),
        (2, Latent.Select(attention => (AttentionArchitecture)attention)));

    /// <summary>Dense or expert feed-forward part.</summary>
    public static readonly Gen<FeedForwardArchitecture> FeedForward = Gen.Frequency(
        (1, Shape().Select(shape => (FeedForwardArchitecture)new DenseFeedForward(shape))),
        (4, RouterGens.Experts.Select(experts => (FeedForwardArchitecture)experts)));

    private static Gen<MultiHeadAttention> MultiHead(double normEpsilon) =>
        from keyValueHeads in Gen.Int[1, 3]
        from queriesPerKey in Gen.Int[1, 3]
        from headSize in Gen.Frequency((4, Gen.Int[1, 10]), (1, Gen.Int[11, 34]))
        from biases in Gen.Bool.Array[4]
        from isNormed in Gen.Bool
        from position in Gen.Enum<PositionEncoding>()
        from rotary in Rotary(Gen.Int[1, System.Math.Max(1, headSize / 2)].Select(pairs => 2 * pairs))
        select new MultiHeadAttention(
            keyValueHeads * queriesPerKey,
            keyValueHeads,
            headSize,
            biases[0],
            biases[1],
            biases[2],
            biases[3],
            isNormed && (headSize >= 4 || normEpsilon == 0.5) ? normEpsilon : null,
            position == PositionEncoding.Rotary && headSize > 1 ? rotary : null);

    private static readonly Gen<LatentAttention> Latent =
        from heads in Gen.Int[1, 4]
        from queryRank in Gen.Frequency((1, Gen.Const(0)), (2, Size))
        from keyValueRank in Size
        from headSize in Gen.Int[1, 12]
        from rotarySize in Gen.Int[1, 5].Select(pairs => 2 * pairs)
        from valueHeadSize in Gen.Int[1, 12]
        from biases in Gen.Bool.Array[3]
        from epsilon in Epsilon(queryRank == 0 ? keyValueRank : System.Math.Min(queryRank, keyValueRank))
        from rotary in Rotary(Gen.Const(rotarySize))
        select new LatentAttention(
            heads, queryRank, keyValueRank, headSize, rotarySize, valueHeadSize, biases[0] && queryRank > 0, biases[1], biases[2], epsilon, rotary);

    private static Gen<RotaryArchitecture> Rotary(Gen<int> size) =>
        from rotaryBase in Gen.OneOf(10_000.0, 1_000_000.0, 2.5)
        from turned in size
        from layout in Gen.Enum<RotaryLayout>()
        select new RotaryArchitecture(rotaryBase, turned, layout);

    /// <summary>A feed-forward network.</summary>
    public static Gen<ExpertShape> Shape() =>
        from size in Size
        from activation in Gen.Enum<Activation>()
        from gated in Gen.Bool
        from bias in Gen.Bool
        select new ExpertShape(size, activation, gated, bias);
}
