using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Ir;

/// <summary>What the elements of a value are.</summary>
internal enum ElementKind
{
    /// <summary>A real number.</summary>
    Real,

    /// <summary>An index: a token id or an expert.</summary>
    Index,
}

/// <summary>
/// A value of the graph: for each token, <see cref="Slots"/> rows of <see cref="Width"/> elements. A value that exists
/// once a token has one slot; a value of each chosen expert has as many slots as experts are chosen.
/// </summary>
/// <param name="Name">A C# identifier, unique within the graph.</param>
/// <param name="Width">Elements of one row.</param>
/// <param name="Slots">Rows a token.</param>
/// <param name="Kind">What the elements are.</param>
internal sealed record Value(string Name, int Width, int Slots = 1, ElementKind Kind = ElementKind.Real)
{
    /// <summary>Elements a token.</summary>
    public int ElementsPerToken => checked(Width * Slots);
}

/// <summary>What a weight is, for loading and for random initialisation.</summary>
internal enum WeightKind
{
    /// <summary>A matrix [rows, columns] that multiplies a vector of columns.</summary>
    Matrix,

    /// <summary>The table of token embeddings.</summary>
    Embedding,

    /// <summary>The learned scale of a norm.</summary>
    Norm,

    /// <summary>An additive bias.</summary>
    Bias,

    /// <summary>A router's selection bias.</summary>
    SelectionBias,
}

/// <summary>A learned tensor of the graph, one for each layer of the block (and each expert).</summary>
/// <param name="Role">A C# identifier, unique within the graph, such as "Query" or "ExpertGate".</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">Rows of a matrix, or the length of a vector.</param>
/// <param name="Columns">Columns of a matrix; 1 for a vector.</param>
/// <param name="Experts">Number of experts that each have one; 0 where there is one for the layer.</param>
internal sealed record Weight(string Role, WeightKind Kind, int Rows, int Columns = 1, int Experts = 0)
{
    /// <summary>Whether it is a vector.</summary>
    public bool IsVector => Kind is WeightKind.Norm or WeightKind.Bias or WeightKind.SelectionBias;

    /// <summary>Parameters, over all experts.</summary>
    public long Parameters => checked((long)Rows * Columns * Math.Max(1, Experts));
}

/// <summary>Operations in order, from the inputs to the outputs. Rewriting gives a new graph.</summary>
/// <param name="Name">Embedding, a block's name, or Head.</param>
/// <param name="Inputs">Values that come from outside.</param>
/// <param name="Ops">Operations; each value is written once, before it is read.</param>
/// <param name="Outputs">Values that leave.</param>
internal sealed record Graph(string Name, ImmutableArray<Value> Inputs, ImmutableArray<Op> Ops, ImmutableArray<Value> Outputs)
{
    /// <summary>Every weight, in order of first use.</summary>
    public IEnumerable<Weight> Weights => Ops.SelectMany(op => op.Weights).Distinct();

    /// <summary>Every value that an operation writes, in order.</summary>
    public IEnumerable<Value> Written => Ops.SelectMany(op => op.Outputs);

    /// <summary>How many operations read the value; an output counts as one.</summary>
    public int Uses(Value value) =>
        Ops.Sum(op => op.Inputs.Count(input => input == value)) + Outputs.Count(output => output == value);

    /// <summary>The operation that writes the value, or null for an input.</summary>
    public Op? Writer(Value value) => Ops.FirstOrDefault(op => op.Outputs.Contains(value));
}

/// <summary>The graphs of a model: what happens to a token, in order.</summary>
/// <param name="Embedding">Token id → hidden state.</param>
/// <param name="Blocks">One graph a block: hidden state → hidden state.</param>
/// <param name="Head">Hidden state → logits.</param>
internal sealed record ModelGraph(Graph Embedding, ImmutableArray<Graph> Blocks, Graph Head)
{
    /// <summary>All graphs in order.</summary>
    public IEnumerable<Graph> All => Blocks.Prepend(Embedding).Append(Head);

    /// <summary>Every graph rewritten.</summary>
    public ModelGraph Select(Func<Graph, Graph> rewrite) =>
        new(rewrite(Embedding), Blocks.Select(rewrite).ToImmutableArray(), rewrite(Head));
}
