using System.Collections.Generic;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Profiling;

/// <summary>
/// What one phase costs, as terms: so much for each token, each row of an expert, each cached position and so on. How many there are
/// of each is taken from every step itself. Every method adds a term and returns the same object.
/// </summary>
/// <remarks>
/// FLOPs: two for each element of a matrix that multiplies, and for each product of attention; element-wise work is not counted.
/// Bytes: of weights as they lie in memory; of the cache in its format; of values in scratch memory, each value that comes from another
/// phase or is read by one once, 4 bytes an element.
/// </remarks>
public sealed class PhaseCosts
{
    private readonly List<PhaseTerm> _terms = [];

    internal PhaseCosts(string part, int? layer, string name)
    {
        Part = part;
        Layer = layer;
        Name = name;
    }

    internal string Part { get; }

    internal int? Layer { get; }

    internal string Name { get; }

    internal IReadOnlyList<PhaseTerm> Terms => _terms;

    /// <summary>
    /// The format in groups of the phase's weights, of two the one with more bits; null where they are none. A phase multiplies with one matrix, or with
    /// several of one part of the model.
    /// </summary>
    internal WeightFormat? Integers { get; private set; }

    /// <summary>Whether a choice is counted that the phase itself may make.</summary>
    internal bool ReadsChoiceOfPhase { get; private set; }

    /// <summary>Weights that a step reads whole, once.</summary>
    /// <param name="weights">The weights.</param>
    public PhaseCosts Once(IPackedWeights weights) => AddWeights(weights, new PhaseTerm(CostUnit.Step) { WeightBytes = weights.Bytes });

    /// <summary>Weights that a step reads whole, once, if it computes logits.</summary>
    /// <param name="weights">The weights.</param>
    public PhaseCosts OnceForLogits(IPackedWeights weights) => AddWeights(weights, new PhaseTerm(CostUnit.StepWithLogits) { WeightBytes = weights.Bytes });

    /// <summary>Weights that a step reads whole, once, if any row belongs to one of some experts.</summary>
    /// <param name="first">The first of the experts.</param>
    /// <param name="count">How many.</param>
    /// <param name="weights">The weights.</param>
    public PhaseCosts OnceForRows(int first, int count, IPackedWeights weights) =>
        AddWeights(weights, new PhaseTerm(CostUnit.StepWithRows) { First = first, Count = count, WeightBytes = weights.Bytes });

    /// <summary>Work for each token.</summary>
    /// <param name="flops">Operations of matrix products.</param>
    /// <param name="values">Elements read from and written to scratch memory.</param>
    /// <param name="weightBytes">Bytes of weights that each token reads for itself.</param>
    /// <param name="cached">Elements read from or written to the cache.</param>
    /// <param name="attention">Operations of attention.</param>
    public PhaseCosts PerToken(long flops = 0, long values = 0, long weightBytes = 0, long cached = 0, long attention = 0) => Add(new PhaseTerm(CostUnit.Token)
    {
        MatrixFlops = flops,
        ValueBytes = values * sizeof(float),
        WeightBytes = weightBytes,
        CacheElements = cached,
        AttentionFlops = attention,
    });

    /// <summary>The row of a table that each token reads: the panel of 16 rows that holds it, whose cache lines they share.</summary>
    /// <param name="table">The table.</param>
    public PhaseCosts PerTokenRow(PackedMatrix table) => PerToken(weightBytes: table.BytesPerPanel);

    /// <summary>Work for each token whose logits the step computes.</summary>
    /// <param name="flops">Operations of matrix products.</param>
    /// <param name="values">Elements read from and written to scratch memory.</param>
    public PhaseCosts PerLogits(long flops = 0, long values = 0) =>
        Add(new PhaseTerm(CostUnit.LogitRow) { MatrixFlops = flops, ValueBytes = values * sizeof(float) });

    /// <summary>Work for each row of some experts: a token and one of its experts.</summary>
    /// <param name="first">The first of the experts.</param>
    /// <param name="count">How many.</param>
    /// <param name="flops">Operations of matrix products.</param>
    /// <param name="values">Elements read from and written to scratch memory.</param>
    public PhaseCosts PerRow(int first, int count, long flops = 0, long values = 0) =>
        Add(new PhaseTerm(CostUnit.Row) { First = first, Count = count, MatrixFlops = flops, ValueBytes = values * sizeof(float) });

    /// <summary>Weights of each expert that has rows.</summary>
    /// <param name="first">The first of the experts.</param>
    /// <param name="count">How many.</param>
    /// <param name="weights">The weights of all of them.</param>
    public PhaseCosts PerExpert(int first, int count, IPackedWeights weights) =>
        AddWeights(weights, new PhaseTerm(CostUnit.Expert) { First = first, Count = count, WeightBytes = weights.Bytes / count });

    /// <summary>Weights of each tag that a token of the step has.</summary>
    /// <param name="tags">How many tags there are.</param>
    /// <param name="weights">The weights of all of them.</param>
    public PhaseCosts PerTag(int tags, IPackedWeights weights) => AddWeights(weights, new PhaseTerm(CostUnit.Tag) { Count = tags, WeightBytes = weights.Bytes / tags });

    /// <summary>Work for each slot of a choice whose expert is one of some, where rows are not arranged by expert.</summary>
    /// <param name="choice">Where the choice lies.</param>
    /// <param name="first">The first of the experts.</param>
    /// <param name="count">How many.</param>
    /// <param name="flops">Operations of matrix products.</param>
    public PhaseCosts PerSlot(ChoicePlace choice, int first, int count, long flops) =>
        Add(new PhaseTerm(CostUnit.Slot) { Choice = choice, First = first, Count = count, MatrixFlops = flops });

    /// <summary>Weights of each expert that a slot of a choice has, where rows are not arranged by expert.</summary>
    /// <param name="choice">Where the choice lies.</param>
    /// <param name="first">The first of the experts.</param>
    /// <param name="count">How many.</param>
    /// <param name="weights">The weights of all of them.</param>
    public PhaseCosts PerSlotExpert(ChoicePlace choice, int first, int count, IPackedWeights weights) =>
        AddWeights(weights, new PhaseTerm(CostUnit.SlotExpert) { Choice = choice, First = first, Count = count, WeightBytes = weights.Bytes / count });

    /// <summary>Attention: work for each token and position that it sees, and the reading of each position that a sequence's tokens see.</summary>
    /// <param name="flops">Operations for each token and position.</param>
    /// <param name="cached">Elements of a position, over all heads; read once for all tokens of a sequence.</param>
    /// <param name="reach">Positions that a token sees, or that a chunk has; 0 for all.</param>
    /// <param name="isChunked">Whether <paramref name="reach"/> is the length of a chunk.</param>
    public PhaseCosts Attention(long flops, long cached, int reach = 0, bool isChunked = false) => Add(
        new PhaseTerm(CostUnit.SeenPosition) { AttentionFlops = flops, Reach = reach, IsChunked = isChunked },
        new PhaseTerm(CostUnit.ReadPosition) { CacheElements = cached, Reach = reach, IsChunked = isChunked });

    /// <summary>As <see cref="Attention"/>, by those heads alone that took the token.</summary>
    /// <param name="heads">The choice of heads of each token.</param>
    /// <param name="flops">Operations of one head for each token and position.</param>
    /// <param name="cached">Elements of a position and head.</param>
    /// <param name="reach">Positions that a token sees, or that a chunk has; 0 for all.</param>
    /// <param name="isChunked">Whether <paramref name="reach"/> is the length of a chunk.</param>
    public PhaseCosts ChosenAttention(ChoicePlace heads, long flops, long cached, int reach = 0, bool isChunked = false) => Add(
        new PhaseTerm(CostUnit.SeenPositionOfHead) { Choice = heads, AttentionFlops = flops, Reach = reach, IsChunked = isChunked },
        new PhaseTerm(CostUnit.ReadPositionOfHead) { Choice = heads, CacheElements = cached, Reach = reach, IsChunked = isChunked });

    /// <summary>States of linear attention: read and written for each block of 64 positions that the tokens of a sequence fall into.</summary>
    /// <param name="floats">Floats of a block's states in this layer.</param>
    public PhaseCosts States(long floats) => Add(new PhaseTerm(CostUnit.StateBlock) { StateBytes = 2 * floats * sizeof(float) });

    private PhaseCosts AddWeights(IPackedWeights weights, PhaseTerm term)
    {
        if (weights is PackedMatrix { TakesIntegers: true } matrix && (Integers is null || matrix.Format == WeightFormat.Int8))
            Integers = matrix.Format;
        return Add(term);
    }

    private PhaseCosts Add(params System.ReadOnlySpan<PhaseTerm> terms)
    {
        foreach (PhaseTerm term in terms)
        {
            _terms.Add(term);
            ReadsChoiceOfPhase |= term.Unit is CostUnit.Slot or CostUnit.SlotExpert;
        }

        return this;
    }
}
