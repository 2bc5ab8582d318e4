namespace Moe.Runtime.Profiling;

/// <summary>What the amounts of a term are for.</summary>
internal enum CostUnit
{
    /// <summary>A step.</summary>
    Step,

    /// <summary>A step that computes logits.</summary>
    StepWithLogits,

    /// <summary>A step in which an expert of the range has a row.</summary>
    StepWithRows,

    /// <summary>A token.</summary>
    Token,

    /// <summary>A token whose logits are computed.</summary>
    LogitRow,

    /// <summary>A row of an expert of the range.</summary>
    Row,

    /// <summary>An expert of the range that has rows.</summary>
    Expert,

    /// <summary>A slot of the choice with an expert of the range.</summary>
    Slot,

    /// <summary>An expert of the range that a slot of the choice has.</summary>
    SlotExpert,

    /// <summary>A tag that a token has.</summary>
    Tag,

    /// <summary>A token and a position that it sees.</summary>
    SeenPosition,

    /// <summary>A position that any token of a sequence sees.</summary>
    ReadPosition,

    /// <summary>A token, a head that took it, and a position that it sees.</summary>
    SeenPositionOfHead,

    /// <summary>A position and a head that has taken a token of the sequence that sees it.</summary>
    ReadPositionOfHead,

    /// <summary>A block of the cache that tokens of a sequence fall into.</summary>
    StateBlock,
}

/// <summary>A part of a phase's costs: amounts for each of a unit.</summary>
/// <param name="Unit">What the amounts are for.</param>
internal readonly record struct PhaseTerm(CostUnit Unit)
{
    public int First { get; init; }

    public int Count { get; init; }

    public ChoicePlace Choice { get; init; }

    public int Reach { get; init; }

    public bool IsChunked { get; init; }

    public long MatrixFlops { get; init; }

    public long AttentionFlops { get; init; }

    public long WeightBytes { get; init; }

    public long CacheElements { get; init; }

    public long StateBytes { get; init; }

    public long ValueBytes { get; init; }
}
