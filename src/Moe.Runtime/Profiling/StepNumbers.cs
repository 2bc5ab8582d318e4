using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Profiling;

/// <summary>The numbers of a running step that costs depend on, and how many units of a term it has.</summary>
internal unsafe struct StepNumbers
{
    public int Tokens;
    public int LogitRows;
    public int* Positions;
    public int* SequenceOf;
    public int* Tags;

    /// <summary>Start of scratch memory.</summary>
    public float* Scratch;

    /// <summary>Bytes of an element of the cache.</summary>
    public int CacheElementBytes;

    public ExpertGroups Groups;

    /// <summary>How many of the term's unit there are in the running phase.</summary>
    public readonly long Count(in PhaseTerm term) => term.Unit switch
    {
        CostUnit.Step => 1,
        CostUnit.StepWithLogits => LogitRows > 0 ? 1 : 0,
        CostUnit.StepWithRows => RowsOf(term.First, term.Count) > 0 ? 1 : 0,
        CostUnit.Token => Tokens,
        CostUnit.LogitRow => LogitRows,
        CostUnit.Row => RowsOf(term.First, term.Count),
        CostUnit.Expert => ExpertsWithRows(term.First, term.Count),
        CostUnit.Slot => Slots(term),
        CostUnit.SlotExpert => Distinct(ChoiceOf(term.Choice), term.Choice.Stride, term.Choice.Slots, term.First, term.Count),
        CostUnit.Tag => Distinct(Tags, 1, 1, 0, term.Count),
        CostUnit.SeenPosition => SeenPositions(term),
        CostUnit.ReadPosition => ReadPositions(term, head: -1),
        CostUnit.SeenPositionOfHead => SeenPositionsOfHeads(term),
        CostUnit.ReadPositionOfHead => ReadPositionsOfHeads(term),
        CostUnit.StateBlock => StateBlocks(),
        _ => throw new ArgumentOutOfRangeException(nameof(term), term.Unit, "Unknown unit."),
    };

    private readonly int RowsOf(int first, int count) => Groups.FirstRowOf(first + count) - Groups.FirstRowOf(first);

    private readonly int ExpertsWithRows(int first, int count)
    {
        int experts = 0;
        for (int expert = first; expert < first + count; expert++)
            experts += RowsOf(expert, 1) > 0 ? 1 : 0;
        return experts;
    }

    private readonly int* ChoiceOf(in ChoicePlace choice) => (int*)(Scratch + ((nint)choice.Offset * Tokens)) + choice.Start;

    private readonly long Slots(in PhaseTerm term)
    {
        int* chosen = ChoiceOf(term.Choice);
        long slots = 0;
        for (int token = 0; token < Tokens; token++)
        {
            for (int slot = 0; slot < term.Choice.Slots; slot++)
                slots += (uint)(chosen[((nint)token * term.Choice.Stride) + slot] - term.First) < (uint)term.Count ? 1 : 0;
        }

        return slots;
    }

    /// <summary>How many numbers of a range stand in the rows of all tokens.</summary>
    private readonly int Distinct(int* rows, int stride, int width, int first, int count)
    {
        Span<ulong> seen = stackalloc ulong[64];
        int distinct = 0;

        // 4,096 numbers at a time.
        for (int begin = first; begin < first + count; begin += 4096)
        {
            uint length = (uint)Math.Min(4096, first + count - begin);
            seen.Clear();
            for (int token = 0; token < Tokens; token++)
            {
                for (int i = 0; i < width; i++)
                {
                    int number = rows[((nint)token * stride) + i] - begin;
                    if ((uint)number < length)
                        seen[number / 64] |= 1UL << (number % 64);
                }
            }

            foreach (ulong word in seen)
                distinct += System.Numerics.BitOperations.PopCount(word);
        }

        return distinct;
    }

    /// <summary>The first position that a token at a position sees.</summary>
    private static int FirstSeen(in PhaseTerm term, int position) => term switch
    {
        { Reach: 0 } => 0,
        { IsChunked: true } => position / term.Reach * term.Reach,
        _ => Math.Max(0, position + 1 - term.Reach),
    };

    private readonly long SeenPositions(in PhaseTerm term)
    {
        long seen = 0;
        for (int token = 0; token < Tokens; token++)
            seen += Positions[token] + 1 - FirstSeen(term, Positions[token]);
        return seen;
    }

    private readonly long SeenPositionsOfHeads(in PhaseTerm term)
    {
        int* chosen = ChoiceOf(term.Choice);
        long seen = 0;
        for (int token = 0; token < Tokens; token++)
        {
            for (int slot = 0; slot < term.Choice.Slots; slot++)
            {
                if (chosen[((nint)token * term.Choice.Stride) + slot] >= 0)
                    seen += Positions[token] + 1 - FirstSeen(term, Positions[token]);
            }
        }

        return seen;
    }

    /// <summary>Positions that the tokens of a sequence see, one by one or several together, each once; of those tokens only that a head took.</summary>
    private readonly long ReadPositions(in PhaseTerm term, int head)
    {
        long read = 0;
        int end = 0;
        for (int token = 0; token < Tokens; token++)
        {
            if (token == 0 || SequenceOf[token] != SequenceOf[token - 1])
                end = 0;
            if (head >= 0 && !new ReadOnlySpan<int>(ChoiceOf(term.Choice) + ((nint)token * term.Choice.Stride), term.Choice.Slots).Contains(head))
                continue;

            // Positions ascend within a sequence, and so does what its tokens see.
            read += Positions[token] + 1 - Math.Max(end, FirstSeen(term, Positions[token]));
            end = Positions[token] + 1;
        }

        return read;
    }

    private readonly long ReadPositionsOfHeads(in PhaseTerm term)
    {
        long read = 0;
        for (int head = 0; head < term.Choice.Slots; head++)
            read += ReadPositions(term, head);
        return read;
    }

    private readonly int StateBlocks()
    {
        int blocks = 0;
        for (int token = 0; token < Tokens; token++)
        {
            bool isSame = token > 0 && SequenceOf[token] == SequenceOf[token - 1]
                && Positions[token] / CacheBlock.Positions == Positions[token - 1] / CacheBlock.Positions;
            blocks += isSame ? 0 : 1;
        }

        return blocks;
    }
}
