using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Validation;

/// <summary>The words of an attention part that break no rule → its architecture.</summary>
internal static class AttentionBuilder
{
    private const double UsualEpsilon = 1e-6;
    private const double UsualBase = 10_000;

    /// <summary>Whichever attention the block has.</summary>
    public static AttentionArchitecture Build(ResolvedBlock block, Word rotary, double epsilon, int hiddenSize) =>
        block.LatentAttention.IsPresent ? BuildLatent(block.LatentAttention, rotary)
            : block.LinearAttention.IsPresent ? BuildLinear(block.LinearAttention, hiddenSize)
            : block.AttentionExperts.IsPresent ? BuildExperts(block.AttentionExperts, rotary)
            : BuildMultiHead(block.Attention, rotary, epsilon, hiddenSize);

    private static MultiHeadAttention BuildMultiHead(Word attention, Word rotary, double epsilon, int hiddenSize)
    {
        int heads = attention.Integer("Heads");
        int headSize = OrDefault(attention.Integer("HeadSize"), hiddenSize / heads);
        bool turns = attention.Choice("Position", PositionEncoding.Rotary) == PositionEncoding.Rotary;
        int window = attention.Integer("Window");
        int chunk = attention.Integer("Chunk");
        int floor = attention.Integer("TemperatureFloor");
        bool isNormed = attention.Flag("QueryKeyNorm");
        return new MultiHeadAttention(
            heads,
            OrDefault(attention.Integer("KeyValueHeads"), heads),
            headSize,
            attention.Flag("QueryBias"),
            attention.Flag("KeyBias"),
            attention.Flag("ValueBias"),
            attention.Flag("OutputBias"),
            isNormed ? epsilon : null,
            turns ? BuildRotary(rotary, OrDefault(rotary.Integer("Size"), headSize)) : null)
        {
            // What a norm that is not there would be like is no difference between two architectures.
            QueryKeyNormSpan = isNormed ? attention.Choice("QueryKeyNormSpan", NormSpan.Head) : NormSpan.Head,
            QueryKeyNormPlace = isNormed ? attention.Choice("QueryKeyNormPlace", NormPlace.BeforeRotary) : NormPlace.BeforeRotary,
            QueryKeyNormWeight = !isNormed || attention.Flag("QueryKeyNormWeight", absent: true),
            StatedScale = Stated(attention, "Scale"),
            Clip = Stated(attention, "ClipQueryKeyValue"),
            Reach = window > 0 ? new AttentionReach(false, window) : chunk > 0 ? new AttentionReach(true, chunk) : null,
            HasSinks = attention.Flag("Sinks"),
            HeadFraction = Stated(attention, "HeadFraction"),
            Temperature = floor > 0 ? new QueryTemperature(floor, attention.Real("TemperatureScale", 0.1)) : null,
        };
    }

    private static LatentAttention BuildLatent(Word attention, Word rotary)
    {
        int headSize = attention.Integer("HeadSize");
        int rotarySize = attention.Integer("RotarySize");
        int queryRank = attention.Integer("QueryRank");
        return new LatentAttention(
            attention.Integer("Heads"),
            queryRank,
            attention.Integer("KeyValueRank"),
            headSize,
            rotarySize,
            OrDefault(attention.Integer("ValueHeadSize"), headSize),
            queryRank > 0 && attention.Flag("QueryBias"),
            attention.Flag("KeyValueBias"),
            attention.Flag("OutputBias"),
            attention.Real("NormEpsilon", UsualEpsilon),
            BuildRotary(rotary, rotarySize))
        {
            StatedScale = Stated(attention, "Scale"),
        };
    }

    private static LinearAttention BuildLinear(Word attention, int hiddenSize)
    {
        int heads = attention.Integer("Heads");
        return new LinearAttention(
            heads,
            OrDefault(attention.Integer("HeadSize"), hiddenSize / heads),
            attention.Choice("Activation", Activation.SiLU),
            attention.Real("NormEpsilon", UsualEpsilon));
    }

    private static AttentionExperts BuildExperts(Word attention, Word rotary)
    {
        int headSize = attention.Integer("HeadSize");
        return new AttentionExperts(
            attention.Integer("Count"),
            attention.Integer("TopK", 2),
            attention.Integer("KeyValueHeads"),
            headSize,
            attention.Flag("OutputBias"),
            BuildRotary(rotary, OrDefault(rotary.Integer("Size"), headSize)));
    }

    private static RotaryArchitecture BuildRotary(Word rotary, int size) =>
        new(rotary.Real("Base", UsualBase), size, rotary.Choice("Layout", RotaryLayout.HalfSplit), BuildScaling(rotary));

    private static RotaryScalingArchitecture? BuildScaling(Word rotary)
    {
        double factor = rotary.Real("Factor", 0);
        int original = rotary.Integer("OriginalContextLength");
        return rotary.Choice("Scaling", RotaryScaling.None) switch
        {
            RotaryScaling.Linear => new LinearScaling(factor),
            RotaryScaling.Dynamic => Stated(rotary, "Alpha") is { } alpha ? new AlphaScaling(alpha) : new DynamicScaling(factor, original),
            RotaryScaling.Llama3 => new Llama3Scaling(
                factor, original, rotary.Real("LowFrequencyFactor", 1), rotary.Real("HighFrequencyFactor", 4)),
            RotaryScaling.Yarn => new YarnScaling(
                factor,
                original,
                rotary.Real("BetaFast", 32),
                rotary.Real("BetaSlow", 1),
                rotary.Flag("Truncate", absent: true),
                Stated(rotary, "Mscale"),
                Stated(rotary, "MscaleAllDimensions"),
                Stated(rotary, "AttentionFactor"),
                rotary.Flag("MscaleInSoftmax")),
            RotaryScaling.LongRope => BuildLongRope(rotary, factor, original),
            _ => null,
        };
    }

    private static LongRopeScaling BuildLongRope(Word rotary, double factor, int original)
    {
        double usual = Stated(rotary, "AttentionFactor") ?? LongRopeScaling.DerivedAttentionFactor(factor, original);
        return new LongRopeScaling(
            original,
            rotary.Reals("ShortFactors").ToImmutableArray(),
            rotary.Reals("LongFactors").ToImmutableArray(),
            Stated(rotary, "ShortAttentionFactor") ?? usual,
            Stated(rotary, "LongAttentionFactor") ?? usual,
            rotary.Choice("Switch", RotarySwitch.ByPosition));
    }

    /// <summary>A number that was written and is not 0, which means the default.</summary>
    private static double? Stated(Word word, string argument) => word.Real(argument, 0) is var value && value != 0 ? value : null;

    private static int OrDefault(int value, int absent) => value == 0 ? absent : value;
}
