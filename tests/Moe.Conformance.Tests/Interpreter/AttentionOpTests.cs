using System;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Positions and attention against numbers worked out by hand.</summary>
public class AttentionOpTests
{
    private const double Cos1 = 0.5403023058681398;
    private const double Sin1 = 0.8414709848078965;

    // The second of two frequencies at base 10,000 is 0.01, as a float32 0.00999999977648258.
    private const double CosSmall = 0.9999500004189004;
    private const double SinSmall = 0.009999833110660423;

    private static readonly TokenPlace[] AtPositions0And1 = [new TokenPlace(0, 0), new TokenPlace(0, 1)];

    [Fact]
    public void Rotate_HalfSplit_TurnsElementWithItsHalf()
    {
        double[][] rows = Rotated(RotaryLayout.HalfSplit, headSize: 4, offset: 0, size: 4, [1, 0, 0, 2]);
        Same([1, 0, 0, 2], rows[0]);
        Same([Cos1, -2 * SinSmall, Sin1, 2 * CosSmall], rows[1]);
    }

    [Fact]
    public void Rotate_Interleaved_TurnsNeighbours()
    {
        double[][] rows = Rotated(RotaryLayout.Interleaved, headSize: 4, offset: 0, size: 4, [1, 0, 0, 2]);
        Same([Cos1, Sin1, -2 * SinSmall, 2 * CosSmall], rows[1]);
    }

    [Fact]
    public void Rotate_PartOfTwoHeads_LeavesTheRest()
    {
        double[][] rows = Rotated(RotaryLayout.HalfSplit, headSize: 4, offset: 1, size: 2, [5, 1, 0, 6, 7, 0, 1, 8]);
        Same([5, Cos1, Sin1, 6, 7, -Sin1, Cos1, 8], rows[1]);
    }

    [Fact]
    public void Attend_OverTwoPositions_IsTheSoftmaxOfScaledProducts()
    {
        // Products 0 and 2 ln 3, halved: shares 1/4 and 3/4 of the values 4 and 8.
        Value query = Real("query", 1);
        Value key = Real("key", 1);
        Value value = Real("value", 1);
        Value output = Real("out", 1);
        double[][] rows = Start([], AtPositions0And1, new Trace())
            .With(query, [[1], [2]]).With(key, [[0], [Math.Log(3)]]).With(value, [[4], [8]])
            .Run([new Attend(query, key, value, output, 1, 1, 1, 0.5)])[output];
        Same([4], rows[0]);
        Same([7], rows[1]);
    }

    [Fact]
    public void Attend_WithFewerKeyHeads_SharesThemBetweenNeighbours()
    {
        // At the first position every query sees one value alone: heads 0 and 1 the first key head's, 2 and 3 the second's.
        Value query = Real("query", 4);
        Value key = Real("key", 2);
        Value value = Real("value", 2);
        Value output = Real("out", 4);
        double[][] rows = Start([]).With(query, [[1, 2, 3, 4]]).With(key, [[1, 1]]).With(value, [[5, 9]])
            .Run([new Attend(query, key, value, output, 4, 2, 1, 1)])[output];
        Same([5, 5, 9, 9], rows[0]);
    }

    [Fact]
    public void Attend_OfTwoSequences_KeepsThemApart()
    {
        Value query = Real("query", 1);
        Value key = Real("key", 1);
        Value value = Real("value", 1);
        Value output = Real("out", 1);
        double[][] rows = Start([], [new TokenPlace(0, 0), new TokenPlace(1, 0)], new Trace())
            .With(query, [[1], [1]]).With(key, [[0], [0]]).With(value, [[4], [8]])
            .Run([new Attend(query, key, value, output, 1, 1, 1, 1)])[output];
        Same([4], rows[0]);
        Same([8], rows[1]);
    }

    [Fact]
    public void AttendLatent_OverTwoPositions_MakesKeysAndValuesOfTheLatent()
    {
        // One head: key = 2 c and value = 10 c. Scores 0 and 2 · 0.5 + (ln 3 − 1) = ln 3, so shares 1/4 and 3/4 of 0 and 5.
        var up = new Weight("KeyValueUp", WeightKind.Matrix, 2, 1);
        Value query = Real("query", 2);
        Value latent = Real("latent", 1);
        Value rotaryKey = Real("rotaryKey", 1);
        Value output = Real("out", 1);
        double[][] rows = Start([(up, -1, [2, 10])], AtPositions0And1, new Trace())
            .With(query, [[1, 1], [1, 1]]).With(latent, [[0], [0.5]]).With(rotaryKey, [[0], [Math.Log(3) - 1]])
            .Run([new AttendLatent(query, latent, rotaryKey, output, up, 1, 1, 1, 1, 1, 1)])[output];
        Same([0], rows[0]);
        Same([3.75], rows[1]);
    }

    [Fact]
    public void AttendLatent_OfTwoHeads_TakesKeyRowsThenValueRowsOfEach()
    {
        // At the first position each head's output is its value: rows 1 and 2 for head 0, rows 4 and 5 for head 1.
        var up = new Weight("KeyValueUp", WeightKind.Matrix, 6, 2);
        Value query = Real("query", 4);
        Value latent = Real("latent", 2);
        Value rotaryKey = Real("rotaryKey", 1);
        Value output = Real("out", 4);
        double[][] rows = Start([(up, -1, [9, 9, 1, 0, 0, 1, 9, 9, 1, 1, 2, 0])])
            .With(query, [[1, 1, 1, 1]]).With(latent, [[3, 4]]).With(rotaryKey, [[1]])
            .Run([new AttendLatent(query, latent, rotaryKey, output, up, 2, 1, 1, 2, 2, 1)])[output];
        Same([3, 4, 7, 6], rows[0]);
    }

    private static double[][] Rotated(RotaryLayout layout, int headSize, int offset, int size, double[] row)
    {
        Value input = Real("in", row.Length);
        Value output = Real("out", row.Length);
        return Start([], AtPositions0And1, new Trace()).With(input, [row, row])
            .Run([new Rotate(input, output, headSize, offset, size, 10_000, layout)])[output];
    }
}
