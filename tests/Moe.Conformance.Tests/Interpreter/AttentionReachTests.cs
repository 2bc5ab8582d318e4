using System;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Windows, chunks, sinks, temperature, limits and residual factors against numbers worked out by hand.</summary>
public class AttentionReachTests
{
    [Fact]
    public void Attend_WithWindow_SeesTheLastPositionsAlone()
    {
        // Equal keys: the mean of the values that are seen.
        Assert.Equal([1, 1.5, 3, 6, 12], Means(new AttentionReach(false, 2)));
        Assert.Equal([1, 2, 4, 8, 16], Means(new AttentionReach(false, 1)));
    }

    [Fact]
    public void Attend_WithChunks_BeginsAnewAtEachChunk() =>
        Assert.Equal([1, 1.5, 4, 6, 16], Means(new AttentionReach(true, 2)));

    [Fact]
    public void Attend_WithSinks_GivesThemAShareAndNoValue()
    {
        // Scores 0 and 0, sinks ln 2 and minus infinity of two heads: shares 1/4 and 1/4 of the first, halves of the second.
        Value query = Real("query", 2);
        Value key = Real("key", 1);
        Value value = Real("value", 1);
        Value output = Real("out", 2);
        var sinks = new Weight("Sinks", WeightKind.Bias, 2);
        double[][] rows = Start([(sinks, -1, [Math.Log(2), double.NegativeInfinity])], Places(2), new Trace())
            .With(query, [[0, 0], [0, 0]]).With(key, [[1], [1]]).With(value, [[4], [8]])
            .Run([new Attend(query, key, value, output, 2, 1, 1, 1, null, sinks)])[output];
        Same([4 / 3.0, 4], rows[0]);
        Same([3, 6], rows[1]);
    }

    [Fact]
    public void Temper_GrowsWithTheLogarithmOfWholeFloors()
    {
        // Floors of 2: positions 0 to 4 have passed 0, 1, 1, 2 and 2 of them.
        Value input = Real("in", 1);
        Value output = Real("out", 1);
        double[][] rows = Start([], 5).With(input, [[1], [1], [1], [1], [3]]).Run([new Temper(input, output, 2, 0.5)])[output];
        double once = 1 + (0.5 * Math.Log(2));
        double twice = 1 + (0.5 * Math.Log(3));
        Same([1, once, once, twice, 3 * twice], rows.Select(row => row[0]).ToArray());
    }

    [Fact]
    public void Clip_LimitsBothSides()
    {
        Value input = Real("in", 4);
        Value output = Real("out", 4);
        Same([-2, -1.5, 0, 2], Start([]).With(input, [[-3, -1.5, 0, 7]]).Run([new Clip(input, output, 2)])[output][0]);
    }

    [Fact]
    public void AddScaled_WeighsBothSides()
    {
        Value left = Real("left", 2);
        Value right = Real("right", 2);
        Value output = Real("out", 2);
        Same([2.5, -1], Start([]).With(left, [[1, 0]]).With(right, [[2, 4]]).Run([new AddScaled(left, right, output, 3, -0.25)])[output][0]);
    }

    [Fact]
    public void Norm_WithoutWeight_IsTheVectorOverItsRootMeanSquare()
    {
        Value input = Real("in", 4);
        Value output = Real("out", 4);
        double root = Math.Sqrt(12.5);
        Same([3 / root, 4 / root, 1, 1], Start([]).With(input, [[3, 4, 5, 5]])
            .Run([new Norm(input, output, NormKind.Rms, 2, 0, null, null)])[output][0]);
    }

    private static double[] Means(AttentionReach reach)
    {
        Value query = Real("query", 1);
        Value key = Real("key", 1);
        Value value = Real("value", 1);
        Value output = Real("out", 1);
        double[][] zeros = [[0], [0], [0], [0], [0]];
        return Start([], 5).With(query, zeros).With(key, zeros).With(value, [[1], [2], [4], [8], [16]])
            .Run([new Attend(query, key, value, output, 1, 1, 1, 1, reach)])[output]
            .Select(row => row[0]).ToArray();
    }

    private static TokenPlace[] Places(int count) => Enumerable.Range(0, count).Select(position => new TokenPlace(0, position)).ToArray();
}
