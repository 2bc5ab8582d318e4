using System.Linq;
using CsCheck;
using Moe.Conformance.Tests.Functions;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

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
        (4, Experts().Select(experts => (FeedForwardArchitecture)experts)));

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

    private static Gen<ExpertShape> Shape() =>
        from size in Size
        from activation in Gen.Enum<Activation>()
        from gated in Gen.Bool
        from bias in Gen.Bool
        from function in Function(gated)
        select new ExpertShape(size, function is null ? activation : Activation.SiLU, gated, bias, function);

    // One in three networks applies a function of the author's; the name tells functions of a model apart.
    private static Gen<ScalarFunction?> Function(bool gated) =>
        from number in Gen.Int[0, 1_000_000]
        from parameters in Gen.Int[1, gated ? 2 : 1]
        from function in Gen.Frequency(
            (2, Gen.Const((ScalarFunction?)null)),
            (1, FunctionGen.Tame("F" + number, parameters).Select(function => (ScalarFunction?)function)))
        select function;

    private static Gen<ExpertFeedForward> Experts() =>
        from count in Gen.Int[1, 9]
        from router in Router(count)
        from shape in Shape()
        from sharedCount in Gen.Int[0, 2]
        from sharedShape in Shape()
        select new ExpertFeedForward(router, new ExpertGroup(count, shape), sharedCount == 0 ? null : new ExpertGroup(sharedCount, sharedShape));

    private static Gen<RouterArchitecture> Router(int experts) =>
        from logitBias in Gen.Bool
        from score in Gen.Enum<RouterScore>()
        from selectionBias in Gen.Bool
        from groups in Groups(experts)
        from topK in Gen.Int[1, groups is null ? experts : experts / groups.Groups * groups.KeptGroups]
        from weights in Gen.Enum<RouterWeights>()
        from epsilon in Gen.OneOf(0.0, 1e-20, 0.125)
        from scale in Gen.OneOf(1.0, 2.5, -0.75)
        select new RouterArchitecture(
            new HiddenStateInput(),
            new LinearLogits(logitBias),
            [],
            score == RouterScore.Softmax ? new SoftmaxScore() : new SigmoidScore(),
            new TopKSelection(topK, selectionBias, groups),
            weights == RouterWeights.Raw ? new RawWeights(scale) : new RenormalisedWeights(epsilon, scale),
            new DroplessLimit());

    private static Gen<GroupLimit?> Groups(int experts)
    {
        int[] divisors = Enumerable.Range(1, experts).Where(groups => experts % groups == 0).ToArray();
        Gen<GroupLimit?> limited =
            from groups in Gen.OneOf(divisors)
            from kept in Gen.Int[1, groups]
            from key in groups == experts ? Gen.Const(GroupKey.Maximum) : Gen.Enum<GroupKey>()
            from outside in Gen.Enum<OutsideGroups>()
            select (GroupLimit?)new GroupLimit(groups, kept, key, outside);
        return Gen.Frequency((1, Gen.Const((GroupLimit?)null)), (1, limited));
    }
}
