using System;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Emit;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>
/// Scaled frequencies of 8 elements at base 10,000, whose plain ones are 1, 0.1, 0.01 and 0.001: the interpreter's and the
/// emitted constants against numbers worked out by hand, to the rounding of float32.
/// </summary>
public class RotaryAngleTests
{
    private const double Rounding = 1.2e-7;

    private static readonly double[] _plain = [1, 0.1, 0.01, 0.001];

    [Fact]
    public void Linear_DividesEveryFrequency() => Check(new LinearScaling(4), [0.25, 0.025, 0.0025, 0.00025]);

    [Fact]
    public void Llama3_KeepsStretchesAndMixes() =>
        // Over 512 positions the pairs turn 81.5, 8.15, 0.815 and 0.0815 times: with factors 0.5 and 4 the third lies
        // (0.8149 − 0.5) / 3.5 = 0.08996 of the way, 0.01 · (0.08996 + 0.91004 / 8).
        Check(new Llama3Scaling(8, 512, 0.5, 4), [1, 0.1, 0.0020371, 0.000125], 1e-4);

    [Fact]
    public void Llama3_WithOneFactorForBoth_HasNothingBetween() =>
        // Llama 4 Scout: pairs that turn less than once are stretched, all others stay.
        Check(new Llama3Scaling(16, 512, 1, 1), [1, 0.1, 0.000625, 0.0000625]);

    [Fact]
    public void Yarn_Truncated_RampsBetweenWholePairs() =>
        // 32 turns over 4,096 positions belong to pair 1.309, one turn to pair 2.814: the ramp runs from 1 to 3.
        Check(new YarnScaling(4, 4096, 32, 1, true, null, null, null, false), [1, 0.1, (0.5 * 0.01) + (0.5 * 0.0025), 0.00025]);

    [Fact]
    public void Yarn_NotTruncated_RampsBetweenTheBoundsThemselves() =>
        Check(new YarnScaling(4, 4096, 32, 1, false, null, null, null, false), [1, 0.1, 0.006556971521129435, 0.00025]);

    [Fact]
    public void Alpha_EnlargesTheBase() =>
        // 10,000 · 1,000^(8/6) = 10^8, whose fourth root is 100.
        Check(new AlphaScaling(1000), [1, 0.01, 0.0001, 0.000001], 1e-6);

    [Fact]
    public void Dynamic_UpToTheOriginalLengthIsPlain_AndBeyondHasALargerBase()
    {
        var scaling = new DynamicScaling(2, 64);
        for (int pair = 0; pair < 4; pair++)
        {
            Near(_plain[pair] * 63, RotaryAngles.Angle(Turn(scaling), pair, 63), Rounding);
            // At position 95 the length is 96, and the base grows by (2 · 96 / 64 − 1)^(8/6) = 2^(4/3).
            Near(95 * Math.Pow(10_000 * Math.Pow(2, 4 / 3.0), -pair / 4.0), RotaryAngles.Angle(Turn(scaling), pair, 95), 1e-6);
        }
    }

    [Fact]
    public void LongRope_TakesTheLongListFromTheOriginalLengthOn()
    {
        var scaling = new LongRopeScaling(64, [1, 1, 2, 4], [1, 2, 4, 8], 1.25, 1.5, RotarySwitch.ByPosition);
        Near(63 * 0.01 / 2, RotaryAngles.Angle(Turn(scaling), 2, 63), Rounding);
        Near(64 * 0.01 / 4, RotaryAngles.Angle(Turn(scaling), 2, 64), Rounding);
        Assert.Equal(1.25, RotaryAngles.Factor(Turn(scaling), 63));
        Assert.Equal(1.5, RotaryAngles.Factor(Turn(scaling), 64));
        Assert.Equal(1.5, RotaryAngles.Factor(Turn(scaling with { Switch = RotarySwitch.Long }), 0));
        Assert.Equal(1.25, RotaryAngles.Factor(Turn(scaling with { Switch = RotarySwitch.Short }), 64));
    }

    [Fact]
    public void LongRope_DerivedAttentionFactor_IsTheOriginals()
    {
        // sqrt(1 + ln 32 / ln 4096) = sqrt(17 / 12).
        Near(Math.Sqrt(17 / 12.0), LongRopeScaling.DerivedAttentionFactor(32, 4096), 1e-15);
        Assert.Equal(1, LongRopeScaling.DerivedAttentionFactor(1, 4096));
    }

    [Fact]
    public void Yarn_AttentionFactor_IsStatedOrDerived()
    {
        var yarn = new YarnScaling(40, 4096, 32, 1, true, null, null, null, false);
        double log = Math.Log(40);
        Near(1 + (0.1 * log), RotaryAngles.Factor(Turn(yarn), 5), 1e-15);
        Near((1 + (0.1 * log)) / (1 + (0.0707 * log)), RotaryAngles.Factor(Turn(yarn with { Mscale = 1, MscaleAllDimensions = 0.707 }), 5), 1e-15);
        Assert.Equal(1.5, RotaryAngles.Factor(Turn(yarn with { StatedAttentionFactor = 1.5 }), 5));
        foreach (YarnScaling scaling in new[] { yarn, yarn with { Mscale = 1, MscaleAllDimensions = 0.707 }, yarn with { StatedAttentionFactor = 1.5 } })
            Near(RotaryAngles.Factor(Turn(scaling), 0), scaling.AttentionFactor, 1e-15);
    }

    [Fact]
    public void Attention_OfDeepSeekV3_HasMscaleSquaredInItsSoftmax()
    {
        // m = 0.1 · ln 40 + 1 = 1.3688879…; heads of 128 + 64 elements.
        var yarn = new YarnScaling(40, 4096, 32, 1, true, 1, 1, null, true);
        var attention = new LatentAttention(
            128, 1536, 512, 128, 64, 128, false, false, false, 1e-6, new RotaryArchitecture(10_000, 64, RotaryLayout.Interleaved, yarn));
        Near(1.3688879454113936 * 1.3688879454113936 / Math.Sqrt(192), attention.Scale, 1e-15);
        Near(1, yarn.AttentionFactor, 1e-15);
    }

    [Fact]
    public void Rotate_WithAnAttentionFactor_StretchesThePairs()
    {
        Value input = Real("in", 2);
        Value output = Real("out", 2);
        double[][] rows = Start([]).With(input, [[3, 4]])
            .Run([new Rotate(input, output, 2, 0, 2, 10_000, RotaryLayout.HalfSplit, new YarnScaling(1, 64, 32, 1, true, null, null, 2, false))])[output];
        Same([6, 8], rows[0]);
    }

    private static void Check(RotaryScalingArchitecture scaling, double[] frequencies, double relative = Rounding)
    {
        Rotate op = Turn(scaling);
        float[] emitted = scaling switch
        {
            LinearScaling linear => RotaryFrequencies.Linear(op.Base, op.Size, linear),
            Llama3Scaling llama => RotaryFrequencies.Llama3(op.Base, op.Size, llama),
            AlphaScaling alpha => RotaryFrequencies.Alpha(op.Base, op.Size, alpha),
            _ => RotaryFrequencies.Yarn(op.Base, op.Size, (YarnScaling)scaling),
        };
        for (int pair = 0; pair < frequencies.Length; pair++)
        {
            Near(frequencies[pair], RotaryAngles.Angle(op, pair, 1), relative);
            Near(frequencies[pair], emitted[pair], relative);
        }
    }

    private static Rotate Turn(RotaryScalingArchitecture scaling) =>
        new(Real("in", 8), Real("out", 8), 8, 0, 8, 10_000, RotaryLayout.HalfSplit, scaling);

    private static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(expected - actual) <= relative * Math.Abs(expected), $"expected {expected:R}, found {actual:R}");
}
