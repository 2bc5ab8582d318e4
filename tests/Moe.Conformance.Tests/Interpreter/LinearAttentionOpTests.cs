using System;
using System.Linq;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Linear attention against numbers worked out by hand.</summary>
public class LinearAttentionOpTests
{
    [Fact]
    public void AttendDecaying_OverThreePositions_ForgetsStepByStep()
    {
        // One head of two: 2^−8 · (1 + 1e-5) outside layers counts as layer −1 of 2, so 2 · 2^−8 nearly.
        var op = new AttendDecaying(Real("in", 6), Real("out", 2), 1, 2, 2);
        double decay = Math.Exp(-LinearAttentionOps.Slope(op, 0, -1));
        double[][] rows = Start([], 3)
            .With(op.QueryKeyValue, [[1, 0, 1, 0, 3, 4], [1, 1, 0, 2, 5, 6], [2, -1, 1, 1, 7, 8]])
            .Run([op])[op.Output];
        Same([3, 4], rows[0]);
        // q = (1, 1): products 1 with the first key and 2 with the second.
        Same([(decay * 3) + 10, (decay * 4) + 12], rows[1]);
        // q = (2, −1): products 2, −2 and 1.
        Same([(decay * decay * 6) - (decay * 10) + 7, (decay * decay * 8) - (decay * 12) + 8], rows[2]);
    }

    [Theory]
    [InlineData(0, 0, 0.7071138523370256)]
    [InlineData(15, 0, 0.0039062890625)]
    [InlineData(0, 79, 0.0000071604)]
    public void Slope_OfSixteenHeadsAndEightyLayers_IsTheOriginals(int head, int layer, double expected)
    {
        // 2^(−8(h + 1) / 16) · (1 − layer / 79.00001 + 1e-5).
        double slope = LinearAttentionOps.Slope(new AttendDecaying(Real("in", 48), Real("out", 16), 16, 1, 80), head, layer);
        Assert.True(Math.Abs(slope - expected) <= 1e-4 * expected, $"{slope:R}");
    }

    [Fact]
    public void SigmoidGate_WeighsEveryElement()
    {
        Value input = Real("in", 2);
        Value gate = Real("gate", 2);
        Value output = Real("out", 2);
        Same([1, 6], Start([]).With(input, [[2, 8]]).With(gate, [[0, Math.Log(3)]]).Run([new SigmoidGate(input, gate, output)])[output][0]);
    }
}
