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

    /// <summary>A vector for each expert or tag, or a single learned number: read as it lies, never multiplied as a matrix.</summary>
    Vector,

    /// <summary>A table of fixed indices, stored as integers.</summary>
    Indices,
}

/// <summary>What of a tensor that all experts share one expert's weight is.</summary>
internal enum WeightSlice
{
    /// <summary>Nothing is shared.</summary>
    None,

    /// <summary>Rows: expert e's follow those of expert e − 1.</summary>
    Rows,

    /// <summary>Columns, in the same order.</summary>
    Columns,
}

/// <summary>A learned tensor of the graph, one for each layer of the block (and each expert).</summary>
/// <param name="Role">A C# identifier, unique within the graph, such as "Query" or "ExpertGate".</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">Rows of a matrix, or the length of a vector.</param>
/// <param name="Columns">Columns of a matrix; 1 for a vector.</param>
/// <param name="Experts">Number of experts (or tags) that each have one; 0 where there is one for the layer.</param>
/// <param name="IsShared">One for the whole model, whatever layer reads it (a recurrent router's cell).</param>
/// <param name="Bound">Of <see cref="WeightKind.Indices"/>: every index is below it.</param>
/// <param name="Slice">Whether the experts' weights are slices of one tensor.</param>
internal sealed record Weight(
    string Role, WeightKind Kind, int Rows, int Columns = 1, int Experts = 0, bool IsShared = false, int Bound = 0, WeightSlice Slice = WeightSlice.None)
{
    /// <summary>Rows of the tensor that all slices make up; its own where it is none.</summary>
    public int WholeRows => Slice == WeightSlice.Rows ? checked(Rows * Experts) : Rows;

    /// <summary>Columns of the tensor that all slices make up; its own where it is none.</summary>
    public int WholeColumns => Slice == WeightSlice.Columns ? checked(Columns * Experts) : Columns;

    /// <summary>Whether it is one-dimensional.</summary>
    public bool IsVector => Kind is WeightKind.Norm or WeightKind.Bias or WeightKind.SelectionBias || (Kind == WeightKind.Vector && Columns == 1);

    /// <summary>Whether it multiplies as a matrix and so is packed for products.</summary>
    public bool IsMatrix => Kind is WeightKind.Matrix or WeightKind.Embedding;

    /// <summary>Parameters, over all experts; fixed indices are none.</summary>
    public long Parameters => Kind == WeightKind.Indices ? 0 : checked((long)Rows * Columns * Math.Max(1, Experts));
}

/// <summary>What an observer of a step sees of a value.</summary>
internal enum TapKind
{
    /// <summary>The router's logits, after residuals, before standardisation, temperature and score.</summary>
    RouterLogits,

    /// <summary>The choice, before limits.</summary>
    Selected,

    /// <summary>The final choice and its weights.</summary>
    Routed,
}

/// <summary>What part of a model a matrix belongs to, for the choice of its format; the runtime's enumeration of the same name.</summary>
internal enum TensorRole
{
    /// <summary>The table of token embeddings; of the head too where it is tied.</summary>
    Embedding,

    /// <summary>Projections of attention.</summary>
    Attention,

    /// <summary>What decides on experts.</summary>
    Router,

    /// <summary>Routed experts, and the projections into and out of their space.</summary>
    Experts,

    /// <summary>Shared experts and their gates.</summary>
    SharedExperts,

    /// <summary>A network that every token passes.</summary>
    FeedForward,

    /// <summary>The output projection.</summary>
    Head,
}

/// <summary>A value that observers are shown once it is written.</summary>
/// <param name="Kind">As what.</param>
/// <param name="Value">The value: logits, or the choice.</param>
/// <param name="SlotWeights">Of <see cref="TapKind.Routed"/>, the weights of the choice.</param>
/// <param name="Experts">Of <see cref="TapKind.Selected"/>, how many experts the choice is among.</param>
internal sealed record Tap(TapKind Kind, Value Value, Value? SlotWeights = null, int Experts = 0);

/// <summary>Operations in order, from the inputs to the outputs. Rewriting gives a new graph.</summary>
/// <param name="Name">Embedding, a block's name, or Head.</param>
/// <param name="Inputs">Values that come from outside: the hidden state, then those that flow between layers, then those of the step.</param>
/// <param name="Ops">Operations; each value is written once, before it is read.</param>
/// <param name="Outputs">Values that leave: the hidden state, then those that flow between layers, in the order of the inputs.</param>
/// <param name="Taps">Values that observers are shown.</param>
internal sealed record Graph(
    string Name, ImmutableArray<Value> Inputs, ImmutableArray<Op> Ops, ImmutableArray<Value> Outputs, ImmutableArray<Tap> Taps)
{
    /// <summary>What each weight belongs to, by its role's name.</summary>
    public ImmutableDictionary<string, TensorRole> Roles { get; init; } = ImmutableDictionary<string, TensorRole>.Empty;

    /// <summary>Every weight, in order of first use.</summary>
    public IEnumerable<Weight> Weights => Ops.SelectMany(op => op.Weights).Distinct();

    /// <summary>Every value that an operation writes, in order.</summary>
    public IEnumerable<Value> Written => Ops.SelectMany(op => op.Outputs);

    /// <summary>How many operations read the value; an output counts as one.</summary>
    public int Uses(Value value) =>
        Ops.Sum(op => op.Inputs.Count(input => input == value)) + Outputs.Count(output => output == value);

    /// <summary>Whether an observer is shown the value.</summary>
    public bool IsTapped(Value value) => Taps.Any(tap => tap.Value == value || tap.SlotWeights == value);

    /// <summary>The operation that writes the value, or null for an input.</summary>
    public Op? Writer(Value value) => Ops.FirstOrDefault(op => op.Outputs.Contains(value));
}

/// <summary>The graphs of a model: what happens to a token, in order.</summary>
/// <param name="Embedding">Token id → hidden state.</param>
/// <param name="Blocks">One graph a block: hidden state → hidden state.</param>
/// <param name="Head">Hidden state → logits.</param>
/// <param name="Carried">
/// What flows from layer to layer beside the hidden state, per token: a recurrent router's state, logits of the layer
/// before, momentum. Every block takes and gives all of them, in this order, after the hidden state; one it does not
/// change it gives as it took it. The embedding gives those it computes; the others start as zeros.
/// </param>
internal sealed record ModelGraph(Graph Embedding, ImmutableArray<Graph> Blocks, Graph Head, ImmutableArray<Value> Carried)
{
    /// <summary>All graphs in order.</summary>
    public IEnumerable<Graph> All => Blocks.Prepend(Embedding).Append(Head);

    /// <summary>Every graph rewritten.</summary>
    public ModelGraph Select(Func<Graph, Graph> rewrite) =>
        new(rewrite(Embedding), Blocks.Select(rewrite).ToImmutableArray(), rewrite(Head), Carried);
}

/// <summary>Values of the step itself, which any graph may name among its inputs.</summary>
internal static class StepValues
{
    /// <summary>The token's id.</summary>
    public static readonly Value TokenIds = new("tokenIds", 1, 1, ElementKind.Index);

    /// <summary>The token's tag: a task, language or modality.</summary>
    public static readonly Value Tags = new("tags", 1, 1, ElementKind.Index);

    /// <summary>Whether the value is one of these.</summary>
    public static bool Contains(Value value) => value == TokenIds || value == Tags;
}
