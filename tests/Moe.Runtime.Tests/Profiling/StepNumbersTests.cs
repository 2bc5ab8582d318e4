using System;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;
using Moe.Runtime.Profiling;

namespace Moe.Runtime.Tests.Profiling;

/// <summary>Units of costs, counted from a step's numbers, against plain loops.</summary>
public sealed unsafe class StepNumbersTests
{
    private readonly struct D6 : IDimension
    {
        public static int Size => 6;
    }

    private readonly struct D3 : IDimension
    {
        public static int Size => 3;
    }

    // A choice of 6 experts, three slots a token with one index before each row.
    private static readonly int[] _choice = [9, 5, -1, 2, 9, -1, -1, -1, 9, 2, 5, 0, 9, 5, 2, -1];

    [Theory]
    [InlineData(0, 6, 7, 3)]
    [InlineData(0, 2, 1, 1)]
    [InlineData(1, 4, 3, 1)]
    [InlineData(3, 2, 0, 0)]
    public void Slots_OfARange_AreCountedWithoutEmptyOnes(int first, int count, int slots, int experts)
    {
        fixed (int* choice = _choice)
        {
            var numbers = new StepNumbers { Tokens = 4, Scratch = (float*)choice };
            var place = new ChoicePlace(Offset: 0, Stride: 4, Start: 1, Slots: 3);
            Assert.Equal(slots, numbers.Count(new PhaseTerm(CostUnit.Slot) { Choice = place, First = first, Count = count }));
            Assert.Equal(experts, numbers.Count(new PhaseTerm(CostUnit.SlotExpert) { Choice = place, First = first, Count = count }));
        }
    }

    [Theory]
    [InlineData(0, 6, 7, 3)]
    [InlineData(0, 2, 1, 1)]
    [InlineData(1, 4, 3, 1)]
    [InlineData(3, 2, 0, 0)]
    public void Rows_OfARange_AreThoseOfTheArrangement(int first, int count, int rows, int experts)
    {
        using var groups = new ExpertGroups(6, 3);
        groups.Reserve(4);
        fixed (int* choice = _choice)
            groups.Arrange<D6, D3>(choice + 1, 4, 4, isFull: false);

        var numbers = new StepNumbers { Tokens = 4, Groups = groups };
        Assert.Equal(rows, numbers.Count(new PhaseTerm(CostUnit.Row) { First = first, Count = count }));
        Assert.Equal(experts, numbers.Count(new PhaseTerm(CostUnit.Expert) { First = first, Count = count }));
        Assert.Equal(rows > 0 ? 1 : 0, numbers.Count(new PhaseTerm(CostUnit.StepWithRows) { First = first, Count = count }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void Tags_OfManyTokens_AreCountedOnceEach(int tags)
    {
        int[] ofToken = [.. Enumerable.Range(0, 500).Select(token => token * 7919 % tags)];
        fixed (int* pinned = ofToken)
        {
            var numbers = new StepNumbers { Tokens = ofToken.Length, Tags = pinned };
            Assert.Equal(ofToken.Distinct().Count(), numbers.Count(new PhaseTerm(CostUnit.Tag) { Count = tags }));
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(1000, true)]
    public void Positions_OfSeveralSequences_AreThoseThatTokensSee(int reach, bool isChunked)
    {
        // Sequences 0, 2 and 1, of 3, 1 and 40 tokens behind 5, 0 and 90.
        int[] positions = [5, 6, 7, 0, .. Enumerable.Range(90, 40)];
        int[] sequences = [0, 0, 0, 2, .. Enumerable.Repeat(1, 40)];
        bool Sees(int token, int position) => position <= token && (reach == 0 || (isChunked ? position / reach == token / reach : token - position < reach));
        long seen = positions.Sum(token => Enumerable.Range(0, 200).LongCount(position => Sees(token, position)));
        long read = Enumerable.Range(0, 3).Sum(sequence => Enumerable.Range(0, 200).LongCount(position =>
            positions.Where((token, i) => sequences[i] == sequence && Sees(token, position)).Any()));
        int blocks = positions.Select((token, i) => (sequences[i], token / 64)).Distinct().Count();

        fixed (int* pinned = positions, ofToken = sequences)
        {
            var numbers = new StepNumbers { Tokens = positions.Length, Positions = pinned, SequenceOf = ofToken };
            Assert.Equal(seen, numbers.Count(new PhaseTerm(CostUnit.SeenPosition) { Reach = reach, IsChunked = isChunked }));
            Assert.Equal(read, numbers.Count(new PhaseTerm(CostUnit.ReadPosition) { Reach = reach, IsChunked = isChunked }));
            Assert.Equal(blocks, numbers.Count(new PhaseTerm(CostUnit.StateBlock)));
        }
    }

    [Fact]
    public void PositionsOfHeads_AreThoseThatTokensOfTheHeadSee()
    {
        // Four tokens at positions 3 to 6; head 0 took the first and third, head 2 the last, head 1 none.
        int[] choice = [0, -1, -1, -1, -1, -1, 0, -1, -1, -1, -1, 2];
        int[] positions = [3, 4, 5, 6];
        int[] sequences = [0, 0, 0, 0];
        fixed (int* chosen = choice, pinned = positions, ofToken = sequences)
        {
            var numbers = new StepNumbers { Tokens = 4, Positions = pinned, SequenceOf = ofToken, Scratch = (float*)chosen };
            var place = new ChoicePlace(Offset: 0, Stride: 3, Start: 0, Slots: 3);
            Assert.Equal(4 + 6 + 7, numbers.Count(new PhaseTerm(CostUnit.SeenPositionOfHead) { Choice = place }));
            Assert.Equal(6 + 7, numbers.Count(new PhaseTerm(CostUnit.ReadPositionOfHead) { Choice = place }));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    public void Steps_WithoutLogits_DoNotReadTheHead(int logitRows, int expected)
    {
        var numbers = new StepNumbers { Tokens = 9, LogitRows = logitRows };
        Assert.Equal(expected, numbers.Count(new PhaseTerm(CostUnit.StepWithLogits)));
        Assert.Equal(logitRows, numbers.Count(new PhaseTerm(CostUnit.LogitRow)));
        Assert.Equal(1, numbers.Count(new PhaseTerm(CostUnit.Step)));
        Assert.Equal(9, numbers.Count(new PhaseTerm(CostUnit.Token)));
    }
}
