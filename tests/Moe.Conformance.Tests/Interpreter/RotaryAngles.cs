using System;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>
/// By how much a pair turns, from the equations of <see cref="RotaryScaling"/> in double precision; a frequency is rounded to
/// float32 at the end, and so is the power of the base, because the originals hold tensors of both.
/// </summary>
internal static class RotaryAngles
{
    /// <summary>The angle of a pair at a position of a sequence that is so long behind the call.</summary>
    public static double Angle(Rotate op, int pair, int position, int length = 0) => position * (double)(float)Frequency(op, pair, position, length);

    /// <summary>What its sine and cosine are multiplied with.</summary>
    public static double Factor(Rotate op, int position, int length = 0) => op.Scaling switch
    {
        YarnScaling { StatedAttentionFactor: { } stated } => stated,
        YarnScaling { Mscale: { } over, MscaleAllDimensions: { } under } yarn => Magnitude(yarn.Factor, over) / Magnitude(yarn.Factor, under),
        YarnScaling yarn => Magnitude(yarn.Factor, 1),
        LongRopeScaling rope => IsLong(rope, position, length) ? rope.LongAttentionFactor : rope.ShortAttentionFactor,
        _ => 1,
    };

    private static double Frequency(Rotate op, int pair, int position, int length = 0) => op.Scaling switch
    {
        null => Plain(op.Base, op.Size, pair),
        LinearScaling linear => Plain(op.Base, op.Size, pair) / linear.Factor,
        AlphaScaling alpha => Plain(op.Base * Math.Pow(alpha.Alpha, op.Size / (op.Size - 2.0)), op.Size, pair),
        DynamicScaling dynamic => Plain(op.Base * Growth(dynamic, op.Size, position + 1), op.Size, pair),
        Llama3Scaling llama => Llama3(llama, Plain(op.Base, op.Size, pair)),
        YarnScaling yarn => Yarn(yarn, op, pair),
        LongRopeScaling rope => Plain(op.Base, op.Size, pair) / (IsLong(rope, position, length) ? rope.LongFactors : rope.ShortFactors)[pair],
        _ => throw new NotSupportedException($"The interpreter does not know {op.Scaling}."),
    };

    private static double Plain(double rotaryBase, int size, int pair) => 1.0 / (float)Math.Pow((float)rotaryBase, (float)(2 * pair) / size);

    private static double Growth(DynamicScaling scaling, int size, int length)
    {
        int original = scaling.OriginalContextLength;
        return length <= original ? 1 : Math.Pow((scaling.Factor * length / original) - (scaling.Factor - 1), size / (size - 2.0));
    }

    private static double Llama3(Llama3Scaling scaling, double frequency)
    {
        // How often the pair turns over the original context, as a share of the way between both factors.
        double turns = scaling.OriginalContextLength * frequency / (2 * Math.PI);
        if (scaling.LowFrequencyFactor == scaling.HighFrequencyFactor)
            return turns < scaling.LowFrequencyFactor ? frequency / scaling.Factor : frequency;
        double kept = Math.Clamp((turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / scaling.Factor);
    }

    private static double Yarn(YarnScaling scaling, Rotate op, int pair)
    {
        double first = PairThatTurns(scaling.BetaFast);
        double last = PairThatTurns(scaling.BetaSlow);
        if (scaling.Truncate)
        {
            first = Math.Floor(first);
            last = Math.Ceiling(last);
        }

        first = Math.Max(first, 0);
        last = Math.Min(last, op.Size - 1);
        if (first == last)
            last += 0.001;
        double stretched = Math.Clamp((pair - first) / (last - first), 0, 1);
        double frequency = Plain(op.Base, op.Size, pair);
        return (frequency * (1 - stretched)) + (frequency / scaling.Factor * stretched);

        // The frequency base^(−2i/size) turns n times over L where base^(−2i/size) · L = 2πn.
        double PairThatTurns(double turns) =>
            op.Size / 2.0 * Math.Log(scaling.OriginalContextLength / (2 * Math.PI * turns), op.Base);
    }

    private static double Magnitude(double factor, double mscale) => factor > 1 ? 1 + (0.1 * mscale * Math.Log(factor)) : 1;

    private static bool IsLong(LongRopeScaling scaling, int position, int length) => scaling.Switch switch
    {
        RotarySwitch.Long => true,
        RotarySwitch.Short => false,
        RotarySwitch.ByLength => length > scaling.OriginalContextLength,
        _ => position >= scaling.OriginalContextLength,
    };
}
