using System;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Random attention parts, rotations and residual connections.</summary>
internal static class AttentionGens
{
    /// <summary>Either attention.</summary>
    public static Gen<AttentionArchitecture> Attention(double normEpsilon) => Gen.Frequency(
        (3, MultiHead(normEpsilon).Select(attention => (AttentionArchitecture)attention)),
        (2, Latent.Select(attention => (AttentionArchitecture)attention)),
        (1, Experts.Select(attention => (AttentionArchitecture)attention)),
        (1, Linear.Select(attention => (AttentionArchitecture)attention)));

    /// <summary>How parts join the stream; most often as they are.</summary>
    public static readonly Gen<ResidualArchitecture?> Residual = Gen.Frequency(
        (2, Gen.Const((ResidualArchitecture?)null)),
        (1, from fromNorm in Gen.Bool
            from factors in Gen.OneOf(1.0, 0.25, -0.5, 1.5).Array[4]
            from hasAlphas in Gen.Bool
            select fromNorm || hasAlphas || factors[1] != 1 || factors[3] != 1
                ? Usual(new ResidualArchitecture(fromNorm, hasAlphas ? factors[0] : 1, factors[1], hasAlphas ? factors[2] : 1, factors[3]))
                : null));

    private static Gen<MultiHeadAttention> MultiHead(double normEpsilon) =>
        from keyValueHeads in Gen.Int[1, 3]
        from queriesPerKey in Gen.Int[1, 3]
        from headSize in Gen.Frequency((4, Gen.Int[1, 10]), (1, Gen.Int[11, 34]))
        from biases in Gen.Bool.Array[4]
        from isNormed in Gen.Bool
        from span in Gen.Enum<NormSpan>()
        from place in Gen.Enum<NormPlace>()
        from hasWeight in Gen.Bool
        from position in Gen.Enum<PositionEncoding>()
        from rotary in Rotary(Gen.Int[1, Math.Max(1, headSize / 2)].Select(pairs => 2 * pairs))
        from reach in Reach
        from sinks in Gen.Bool
        from scale in Gen.Frequency((3, Gen.Const(0.0)), (1, Gen.OneOf(0.3, 1.0)))
        from clip in Gen.Frequency((3, Gen.Const(0.0)), (1, Gen.OneOf(0.3, 2.0)))
        from temperature in Temperature
        from fraction in Gen.Frequency((5, Gen.Const(0.0)), (1, Gen.OneOf(0.3, 0.5, 1.0)))
        let hasNorm = isNormed && (headSize >= 4 || normEpsilon == 0.5)
        select new MultiHeadAttention(
            keyValueHeads * queriesPerKey,
            keyValueHeads,
            headSize,
            biases[0],
            biases[1],
            biases[2],
            biases[3],
            hasNorm ? normEpsilon : null,
            position == PositionEncoding.Rotary && headSize > 1 ? rotary : null)
        {
            QueryKeyNormSpan = hasNorm ? span : NormSpan.Head,
            QueryKeyNormPlace = hasNorm ? place : NormPlace.BeforeRotary,
            QueryKeyNormWeight = !hasNorm || hasWeight,
            Reach = reach,
            HasSinks = sinks,
            StatedScale = scale == 0 ? null : scale,
            Clip = clip == 0 ? null : clip,
            Temperature = temperature,
            HeadFraction = fraction == 0 || queriesPerKey > 1 ? null : fraction,
        };

    private static readonly Gen<LatentAttention> Latent =
        from heads in Gen.Int[1, 4]
        from queryRank in Gen.Frequency((1, Gen.Const(0)), (2, PartGens.Size))
        from keyValueRank in PartGens.Size
        from headSize in Gen.Int[1, 12]
        from rotarySize in Gen.Int[1, 5].Select(pairs => 2 * pairs)
        from valueHeadSize in Gen.Int[1, 12]
        from biases in Gen.Bool.Array[3]
        from epsilon in PartGens.Epsilon(queryRank == 0 ? keyValueRank : Math.Min(queryRank, keyValueRank))
        from rotary in Rotary(Gen.Const(rotarySize))
        from scale in Gen.Frequency((3, Gen.Const(0.0)), (1, Gen.OneOf(0.3, 1.0)))
        select new LatentAttention(
            heads, queryRank, keyValueRank, headSize, rotarySize, valueHeadSize, biases[0] && queryRank > 0, biases[1], biases[2], epsilon, rotary)
        {
            StatedScale = scale == 0 ? null : scale,
        };

    private static readonly Gen<AttentionExperts> Experts =
        from count in Gen.Int[1, 6]
        from topK in Gen.Int[1, Math.Min(count, 3)]
        from keyValueHeads in Gen.Int[1, 3]
        from headSize in Gen.Int[2, 12]
        from bias in Gen.Bool
        from rotary in Rotary(Gen.Int[1, headSize / 2].Select(pairs => 2 * pairs))
        select new AttentionExperts(count, topK, keyValueHeads, headSize, bias, rotary);

    private static readonly Gen<LinearAttention> Linear =
        from heads in Gen.Int[1, 5]
        from headSize in Gen.Frequency((4, Gen.Int[1, 10]), (1, Gen.Int[11, 34]))
        from activation in Gen.Enum<Activation>()
        from epsilon in Gen.OneOf(1e-3, 0.5)
        select new LinearAttention(heads, headSize, activation, heads * headSize < 4 ? 0.5 : epsilon);

    private static readonly Gen<AttentionReach?> Reach = Gen.Frequency(
        (1, Gen.Const((AttentionReach?)null)),
        (1, from isChunked in Gen.Bool
            from positions in Gen.Frequency((3, Gen.Int[1, 6]), (1, Gen.Int[7, 70]))
            select (AttentionReach?)new AttentionReach(isChunked, positions)));

    private static readonly Gen<QueryTemperature?> Temperature = Gen.Frequency(
        (2, Gen.Const((QueryTemperature?)null)),
        (1, from floor in Gen.Int[1, 5]
            from scale in Gen.OneOf(0.1, 0.75)
            select (QueryTemperature?)new QueryTemperature(floor, scale)));

    private static Gen<RotaryArchitecture> Rotary(Gen<int> size) =>
        from rotaryBase in Gen.OneOf(10_000.0, 1_000_000.0, 2.5)
        from turned in size
        from layout in Gen.Enum<RotaryLayout>()
        from scaling in Scaling(turned)
        select new RotaryArchitecture(rotaryBase, turned, layout, scaling);

    private static Gen<RotaryScalingArchitecture?> Scaling(int size)
    {
        Gen<double> factor = Gen.OneOf(1.0, 2.0, 4.5, 40.0);
        Gen<int> original = Gen.Int[2, 40];
        Gen<double> attention = Gen.OneOf(1.0, 1.25, 0.75);
        return Gen.Frequency(
            (4, Gen.Const((RotaryScalingArchitecture?)null)),
            (1, factor.Select(f => (RotaryScalingArchitecture?)new LinearScaling(f))),
            (1, from f in factor
                from length in original
                select size > 2 ? new DynamicScaling(f, length) : (RotaryScalingArchitecture?)new LinearScaling(f)),
            (1, factor.Select(f => size > 2 ? new AlphaScaling(f) : (RotaryScalingArchitecture?)new LinearScaling(f))),
            (1, from f in factor
                from length in original
                from low in Gen.OneOf(1.0, 0.5)
                from high in Gen.OneOf(4.0, 1.5)
                select (RotaryScalingArchitecture?)new Llama3Scaling(f, length, low, high)),
            (2, from f in factor
                from length in original
                from fast in Gen.OneOf(32.0, 3.0)
                from slow in Gen.OneOf(1.0, 0.25)
                from truncate in Gen.Bool
                from mscales in Gen.OneOf(0.0, 1.0, 0.707).Array[2]
                from stated in Gen.OneOf(0.0, 0.0, 1.5)
                from inSoftmax in Gen.Bool
                select (RotaryScalingArchitecture?)new YarnScaling(
                    f, length, fast, slow, truncate, Stated(mscales[0]), Stated(mscales[1]), Stated(stated), inSoftmax && mscales[1] != 0)),
            (2, from length in Gen.Int[2, 9]
                from shorts in Gen.Double[0.5, 2].Array[size / 2]
                from longs in Gen.Double[1, 40].Array[size / 2]
                from factors in attention.Array[2]
                
                // Not ByLength: there an answer depends on how a prompt is cut.
                from choice in Gen.Int[0, 2].Select(index => new[] { RotarySwitch.ByPosition, RotarySwitch.Short, RotarySwitch.Long }[index])
                select (RotaryScalingArchitecture?)new LongRopeScaling(
                    length, [.. shorts], [.. longs], factors[0], factors[1], choice)));
    }

    private static double? Stated(double value) => value == 0 ? null : value;

    private static ResidualArchitecture? Usual(ResidualArchitecture residual) =>
        residual == new ResidualArchitecture(false, 1, 1, 1, 1) ? null : residual;
}
