using System;

namespace Moe.Runtime.Models;

/// <summary>
/// What a call of a layer that stands alone brings besides its rows; the default says nothing: all rows are one sequence,
/// state starts as zeros, routing is as declared.
/// </summary>
public ref struct LayerCall
{
    /// <summary>Lengths of the sequences that the rows belong to, one after another; empty for one sequence. Words that couple tokens look at a sequence.</summary>
    public ReadOnlySpan<int> SequenceLengths { get; set; }

    /// <summary>Token ids, [tokens], for a router that looks them up; else empty.</summary>
    public ReadOnlySpan<int> TokenIds { get; set; }

    /// <summary>Tags, [tokens]; empty for that of <see cref="Routing"/>.</summary>
    public ReadOnlySpan<int> Tags { get; set; }

    /// <summary>What the layer before left, [tokens, StateSize]; empty for zeros.</summary>
    public ReadOnlySpan<float> State { get; set; }

    /// <summary>Receives what the layer after takes, [tokens, StateSize]; empty where nobody does. May be <see cref="State"/> itself.</summary>
    public Span<float> NewState { get; set; }

    /// <summary>What is said about routing, for all rows.</summary>
    public RoutingOptions? Routing { get; set; }

    /// <summary>Checks the call against the layer and fills the batch of its step; called by emitted code.</summary>
    /// <param name="batch">Is cleared first.</param>
    /// <param name="shape">The layer.</param>
    /// <param name="input">Numbers of the input.</param>
    /// <param name="output">Numbers of the output.</param>
    /// <exception cref="ArgumentException">A length does not fit the layer, or an id or tag does not exist; the message names argument, expected and found.</exception>
    public readonly void Begin(StepBatch batch, LayerShape shape, int input, int output)
    {
        if (input % shape.HiddenSize != 0)
            throw new ArgumentException($"input has {input} numbers, no multiple of the {shape.HiddenSize} of one row of {shape.Name}.", nameof(input));
        if (output != input)
            throw new ArgumentException($"output has {output} numbers and input {input}; both are [tokens, {shape.HiddenSize}].", nameof(output));

        int tokens = input / shape.HiddenSize;
        Require("State", State.Length, tokens, shape.StateSize, shape.Name);
        Require("NewState", NewState.Length, tokens, shape.StateSize, shape.Name);
        if (!Tags.IsEmpty && Tags.Length != tokens)
            throw new ArgumentException($"Tags has {Tags.Length} numbers for {tokens} tokens.", nameof(Tags));
        foreach (int tag in Tags)
            RoutingOptions.RequireTag(shape.Name, shape.Routing, tag, nameof(Tags));
        if (shape.VocabularySize > 0 && TokenIds.Length != tokens)
            throw new ArgumentException($"TokenIds has {TokenIds.Length} numbers for {tokens} tokens; the router of {shape.Name} looks them up.", nameof(TokenIds));
        foreach (int id in TokenIds)
        {
            if (shape.VocabularySize > 0 && (uint)id >= (uint)shape.VocabularySize)
                throw new ArgumentException($"TokenIds holds {id}; {shape.Name} knows ids 0 to {shape.VocabularySize - 1}.", nameof(TokenIds));
        }

        Routing?.Require(shape.Name, shape.Routing);
        Fill(batch, tokens);
    }

    private readonly void Fill(StepBatch batch, int tokens)
    {
        batch.Clear();
        if (SequenceLengths.IsEmpty)
        {
            batch.AddRows(tokens, TokenIds, Routing, Tags);
            return;
        }

        int first = 0;
        foreach (int length in SequenceLengths)
        {
            if (length < 0 || length > tokens - first)
                throw new ArgumentException($"SequenceLengths holds {length} where {tokens - first} of {tokens} tokens are left.", nameof(SequenceLengths));
            batch.AddRows(length, Part(TokenIds, first, length), Routing, Part(Tags, first, length));
            first += length;
        }

        if (first != tokens)
            throw new ArgumentException($"SequenceLengths add up to {first} and there are {tokens} tokens.", nameof(SequenceLengths));
    }

    private static ReadOnlySpan<int> Part(ReadOnlySpan<int> all, int first, int length) => all.IsEmpty ? all : all.Slice(first, length);

    private static void Require(string argument, int found, int tokens, int size, string layer)
    {
        if (found != 0 && found != (long)tokens * size)
        {
            throw new ArgumentException(
                size == 0 ? $"{argument} has {found} numbers, and {layer} has no state." : $"{argument} has {found} numbers; {tokens} tokens of {layer} have {(long)tokens * size}, [tokens, {size}].",
                argument);
        }
    }
}
