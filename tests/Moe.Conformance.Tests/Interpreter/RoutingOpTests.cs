using System;
using System.Collections.Generic;
using Moe.Generators.Ir;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Scores, choices and their gaps against numbers worked out by hand.</summary>
public class RoutingOpTests
{
    private static readonly Value Key = Real("key", 6);
    private static readonly Value Kept = Real("kept", 6);

    [Fact]
    public void Score_Softmax_IsSharesOfExponentials()
    {
        // exp: 1, 2, 5.
        Same([0.125, 0.25, 0.625], RoutingOps.Score([0, Math.Log(2), Math.Log(5)], RouterScore.Softmax));
        Same([0.125, 0.25, 0.625], RoutingOps.Score([1000, 1000 + Math.Log(2), 1000 + Math.Log(5)], RouterScore.Softmax));
    }

    [Fact]
    public void Score_Sigmoid_TakesEachExpertByItself() => Same([0.5, 0.75, 0.25], RoutingOps.Score([0, Math.Log(3), -Math.Log(3)], RouterScore.Sigmoid));

    [Fact]
    public void AddBias_OfKeys_AddsEachExpertsOwn()
    {
        var bias = new Weight("SelectionBias", WeightKind.SelectionBias, 2);
        Value input = Real("in", 2);
        Value output = Real("out", 2);
        Same([1.5, -1], Start([(bias, -1, [0.5, -3])]).With(input, [[1, 2]]).Run([new AddBias(input, output, bias)])[output][0]);
    }

    [Theory]
    [InlineData(new[] { 1.0, 3, 2 }, 2, new[] { 1, 2 }, 1.0)]
    [InlineData(new[] { 2.0, 2, 2 }, 2, new[] { 0, 1 }, 0.0)]
    [InlineData(new[] { 1.0, 3, 3, 1 }, 3, new[] { 1, 2, 0 }, 0.0)]
    [InlineData(new[] { double.NaN, -5, 1 }, 2, new[] { 2, 1 }, 0.0)]
    [InlineData(new[] { double.NaN, double.NegativeInfinity, double.NaN }, 2, new[] { 1, 0 }, 0.0)]
    [InlineData(new[] { 4.0, 0.5 }, 2, new[] { 0, 1 }, double.PositiveInfinity)]
    [InlineData(new[] { 7.0 }, 1, new[] { 0 }, double.PositiveInfinity)]
    public void SelectTopK_OfKeys_TakesTheHighestAndLowestIndexAmongEqual(double[] keys, int topK, int[] expected, double gap)
    {
        var trace = new Trace();
        Value key = Real("key", keys.Length);
        Value chosen = new("chosen", topK, 1, ElementKind.Index);
        GraphRun run = Start([], [new TokenPlace(0, 0)], trace).With(key, [keys]).Run([new SelectTopK(key, chosen, topK)]);
        Assert.Equal(expected, run.Indices(chosen)[0]);
        Assert.Equal(gap, trace.Decisions[(-1, 0)].Gap);
    }

    [Fact]
    public void SelectTopK_WithAForcedChoice_TakesItAndStillReportsItsOwnGap()
    {
        var trace = new Trace();
        Value chosen = new("chosen", 1, 1, ElementKind.Index);
        var forced = new Dictionary<(int, int), int[]> { [(4, 0)] = [2] };
        GraphRun run = new GraphRun([new TokenPlace(0, 0)], 4, (_, _, _) => [], trace, forced)
            .With(Key, [[0, 9, 1, 5, 0, 0]]).Run([new SelectTopK(Key, chosen, 1)]);
        Assert.Equal([2], run.Indices(chosen)[0]);
        Assert.Equal(4, trace.Decisions[(4, 0)].Gap);
    }

    [Theory]
    [InlineData(GroupKey.Maximum, OutsideGroups.Zero, new[] { 0.0, 0, 5, 0, 0, 0 })]
    [InlineData(GroupKey.SumOfBestTwo, OutsideGroups.Zero, new[] { 3.0, 3, 0, 0, 0, 0 })]
    public void KeepGroups_OfThreePairs_KeepsTheWorthiest(GroupKey groupKey, OutsideGroups outside, double[] expected)
    {
        // Groups (3, 3), (5, 0), (2, 2): best expert 3, 5, 2; sum 6, 5, 4.
        double[] keys = [3, 3, 5, 0, 2, 2];
        Same(expected, Start([]).With(Key, [keys]).Run([new KeepGroups(Key, Kept, 3, 1, groupKey, outside)])[Kept][0]);
    }

    [Fact]
    public void KeepGroups_WithMinusInfinityOutside_LeavesOnlyKeptExperts()
    {
        double[] row = Start([]).With(Key, [[-1, -2, -3, -4, -5, -6]])
            .Run([new KeepGroups(Key, Kept, 3, 2, GroupKey.Maximum, OutsideGroups.NegativeInfinity)])[Kept][0];
        Assert.Equal([-1, -2, -3, -4, double.NegativeInfinity, double.NegativeInfinity], row);
    }

    [Fact]
    public void KeepGroups_OfEqualGroups_KeepsTheLowestIndices()
    {
        double[] row = Start([]).With(Key, [[1, 2, 2, 1, 2, 0]])
            .Run([new KeepGroups(Key, Kept, 3, 2, GroupKey.Maximum, OutsideGroups.Zero)])[Kept][0];
        Same([1, 2, 2, 1, 0, 0], row);
    }

    [Fact]
    public void GroupChoice_CloserThanTheExperts_IsTheGap()
    {
        // Best experts of the groups 5, 4.75, 1: the groups are 0.25 apart, the chosen expert 2 from the next inside.
        var trace = new Trace();
        Value chosen = new("chosen", 1, 1, ElementKind.Index);
        Start([], [new TokenPlace(0, 0)], trace).With(Key, [[5, 3, 4.75, 4.75, 1, 1]])
            .Run([new KeepGroups(Key, Kept, 3, 1, GroupKey.Maximum, OutsideGroups.NegativeInfinity), new SelectTopK(Kept, chosen, 1)]);
        Assert.Equal(0.25, trace.Decisions[(-1, 0)].Gap);
    }

    [Fact]
    public void ExpertsOutsideGroups_WhenTheyTieAtZero_CountAsDecidedByIndex()
    {
        // Keys after the limit: 5, 3 inside, four zeros outside. Three are chosen: 0, 1 and the first zero; the nearest
        // real contest is 3 against 0, and the zeros' order is by index on every target.
        var trace = new Trace();
        Value chosen = new("chosen", 3, 1, ElementKind.Index);
        GraphRun run = Start([], [new TokenPlace(0, 0)], trace).With(Key, [[5, 3, 1, 1, 1, 1]])
            .Run([new KeepGroups(Key, Kept, 3, 1, GroupKey.Maximum, OutsideGroups.Zero), new SelectTopK(Kept, chosen, 3)]);
        Assert.Equal([0, 1, 2], run.Indices(chosen)[0]);
        Assert.Equal(3, trace.Decisions[(-1, 0)].Gap);
    }

    [Fact]
    public void GatherRenormaliseScale_OfChosenScores_FollowTheirFormulas()
    {
        Value scores = Real("scores", 3);
        Value chosen = new("chosen", 2, 1, ElementKind.Index);
        Value gathered = Real("gathered", 2);
        Value shares = Real("shares", 2);
        Value withEpsilon = Real("withEpsilon", 2);
        GraphRun run = Start([]).With(scores, [[9, 3, 1]]).WithIndices(chosen, [[2, 1]]).Run(
        [
            new Gather(scores, chosen, gathered),
            new Renormalise(gathered, shares, 0),
            new Renormalise(gathered, withEpsilon, 1),
        ]);
        Same([1, 3], run[gathered][0]);
        Same([0.25, 0.75], run[shares][0]);
        Same([0.2, 0.6], run[withEpsilon][0]);
    }
}
