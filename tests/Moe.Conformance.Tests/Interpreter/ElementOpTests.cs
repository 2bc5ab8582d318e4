using System;
using System.Collections.Generic;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Operations on one token against numbers worked out by hand.</summary>
public class ElementOpTests
{
    [Fact]
    public void Embed_OfAnId_IsThatRow()
    {
        var table = new Weight("Embedding", WeightKind.Embedding, 3, 2);
        Value ids = new("ids", 1, 1, ElementKind.Index);
        double[][] rows = Start([(table, -1, [1, 2, 3, 4, 5, 6])], tokens: 2)
            .WithIndices(ids, [[2], [0]]).Run([new Embed(ids, Real("out", 2), table)])[Real("out", 2)];
        Same([5, 6], rows[0]);
        Same([1, 2], rows[1]);
    }

    [Fact]
    public void RmsNorm_OfTwoHeads_NormalisesEachByItself()
    {
        // mean(3², 4²) = 12.5; 3 / √12.5 = 0.8485281374, 4 / √12.5 = 1.1313708499.
        var scale = new Weight("Scale", WeightKind.Norm, 2);
        Value input = Real("in", 4);
        Value output = Real("out", 4);
        double[] row = Start([(scale, -1, [2, 0.5])]).With(input, [[3, 4, -6, -8]])
            .Run([new Norm(input, output, NormKind.Rms, 2, 0, scale, null)])[output][0];
        Same([1.6970562748477140, 0.5656854249492380, -1.6970562748477140, -0.5656854249492380], row);
    }

    [Fact]
    public void RmsNorm_WithEpsilon_AddsItUnderTheRoot()
    {
        // mean(1, 1) + 3 = 4.
        var scale = new Weight("Scale", WeightKind.Norm, 2);
        var shift = new Weight("ScaleBias", WeightKind.Bias, 2);
        Value input = Real("in", 2);
        Value output = Real("out", 2);
        double[] row = Start([(scale, -1, [4, 6]), (shift, -1, [10, 20])]).With(input, [[1, -1]])
            .Run([new Norm(input, output, NormKind.Rms, 2, 3, scale, shift)])[output][0];
        Same([12, 17], row);
    }

    [Fact]
    public void LayerNorm_WithBias_TakesTheMeanAway()
    {
        // Mean 2, variance 1; ε = 3 makes the root 2.
        var scale = new Weight("Scale", WeightKind.Norm, 2);
        var shift = new Weight("ScaleBias", WeightKind.Bias, 2);
        Value input = Real("in", 2);
        Value output = Real("out", 2);
        double[] row = Start([(scale, -1, [2, 3]), (shift, -1, [10, 20])]).With(input, [[1, 3]])
            .Run([new Norm(input, output, NormKind.Layer, 2, 3, scale, shift)])[output][0];
        Same([9, 21.5], row);
    }

    [Fact]
    public void Linear_WithBias_IsRowsTimesInput()
    {
        var matrix = new Weight("M", WeightKind.Matrix, 3, 2);
        var bias = new Weight("MBias", WeightKind.Bias, 3);
        Value input = Real("in", 2);
        Value output = Real("out", 3);
        double[] row = Start([(matrix, -1, [1, 2, 3, 4, 5, 6]), (bias, -1, [0.5, 0, -1])]).With(input, [[10, 1]])
            .Run([new Linear(input, output, matrix, bias)])[output][0];
        Same([12.5, 34, 55], row);
    }

    [Fact]
    public void Slice_FromAnOffset_TakesThatMany()
    {
        Value input = Real("in", 4);
        Value output = Real("out", 2);
        Same([7, 8], Start([]).With(input, [[5, 6, 7, 8]]).Run([new Slice(input, output, 2)])[output][0]);
    }

    [Theory]
    [InlineData(Activation.SiLU, 1, 0.7310585786300049)]
    [InlineData(Activation.SiLU, -2, -0.2384058440442351)]
    [InlineData(Activation.Gelu, 1, 0.8413447460685429)]
    [InlineData(Activation.Gelu, -2, -0.0455002638963584)]
    [InlineData(Activation.GeluTanh, 1, 0.8411919906082768)]
    [InlineData(Activation.GeluTanh, -2, -0.04540230591222494)]
    [InlineData(Activation.ReLU, -2, 0)]
    [InlineData(Activation.ReLU, 3, 3)]
    public void Activate_OfOneElement_IsItsFormula(Activation activation, double x, double expected)
    {
        Value input = Real("in", 1);
        Value output = Real("out", 1);
        double actual = Start([]).With(input, [[x]]).Run([new Activate(input, output, activation)])[output][0][0];
        Assert.Equal(expected, actual, 10);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(-2, -0.9953222650189527)]
    [InlineData(5, 0.9999999999984626)]
    [InlineData(7, 1)]
    public void Erf_OfTabulatedArguments_IsTheTable(double x, double expected) => Assert.Equal(expected, ElementOps.Erf(x), 14);

    [Fact]
    public void MultiplyAddScale_OfTwoValues_GoElementByElement()
    {
        Value left = Real("left", 2);
        Value right = Real("right", 2);
        Value product = Real("product", 2);
        Value sum = Real("sum", 2);
        Value scaled = Real("scaled", 2);
        GraphRun run = Start([]).With(left, [[2, 3]]).With(right, [[5, -7]])
            .Run([new Multiply(left, right, product), new Add(left, right, sum), new Scale(left, scaled, 2.5)]);
        Same([10, -21], run[product][0]);
        Same([7, -4], run[sum][0]);
        Same([5, 7.5], run[scaled][0]);
    }

    [Fact]
    public void ExpertLinear_WithOneRowAToken_GivesEachSlotItsExpert()
    {
        var matrix = new Weight("E", WeightKind.Matrix, 1, 2, 3);
        var bias = new Weight("EBias", WeightKind.Bias, 1, 1, 3);
        Value input = Real("in", 2);
        Value chosen = new("chosen", 2, 1, ElementKind.Index);
        Value output = new("out", 1, 2);
        List<(Weight, int, double[])> weights =
        [
            (matrix, 0, [1, 1]), (matrix, 1, [100, 100]), (matrix, 2, [10, -10]),
            (bias, 0, [0.5]), (bias, 1, [0]), (bias, 2, [0.25]),
        ];
        double[] row = Start(weights).With(input, [[3, 4]]).WithIndices(chosen, [[2, 0]])
            .Run([new ExpertLinear(input, chosen, output, matrix, bias)])[output][0];
        Same([-9.75, 7.5], row);
    }

    [Fact]
    public void ExpertLinear_WithOneRowASlot_GivesEachSlotItsOwnInput()
    {
        var matrix = new Weight("E", WeightKind.Matrix, 2, 1, 2);
        Value input = new("in", 1, 2);
        Value chosen = new("chosen", 2, 1, ElementKind.Index);
        Value output = new("out", 2, 2);
        double[] row = Start([(matrix, 0, [1, 2]), (matrix, 1, [10, 20])]).With(input, [[3, 5]]).WithIndices(chosen, [[1, 0]])
            .Run([new ExpertLinear(input, chosen, output, matrix, null)])[output][0];
        Same([30, 60, 5, 10], row);
    }

    [Fact]
    public void Combine_OfTwoSlots_IsTheWeightedSum()
    {
        Value answers = new("answers", 2, 2);
        Value shares = Real("shares", 2);
        Value output = Real("out", 2);
        Value chosen = new("chosen", 2, 1, ElementKind.Index);
        double[] row = Start([]).With(answers, [[1, 2, 10, 20]]).With(shares, [[0.25, 2]]).WithIndices(chosen, [[3, 1]])
            .Run([new Combine(answers, chosen, shares, output, 0, 4)])[output][0];
        Same([20.25, 40.5], row);
    }
}
