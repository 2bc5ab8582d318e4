using System.Collections.Immutable;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Ir;

// The page to read first: every operation that a graph is built from. Sizes are elements of one token's row.

/// <summary>output = table[id].</summary>
internal sealed record Embed(Value Ids, Value Output, Weight Table) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Ids);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Table);
}

/// <summary>
/// Every run of Size elements is normalised by itself: RMS: x / sqrt(mean(x²) + ε) · weight (+ bias); Layer:
/// (x − mean) / sqrt(mean((x − mean)²) + ε) · weight (+ bias). Weight and bias have Size elements; without a weight it is 1.
/// </summary>
internal sealed record Norm(Value Input, Value Output, NormKind Kind, int Size, double Epsilon, Weight? Weight, Weight? Bias) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Weight, Bias);
}

/// <summary>output = W · input (+ bias).</summary>
internal sealed record Linear(Value Input, Value Output, Weight Weight, Weight? Bias) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Weight, Bias);
}

/// <summary>output = the Output.Width elements of input from Offset on.</summary>
internal sealed record Slice(Value Input, Value Output, int Offset) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>
/// In each head of HeadSize elements, the Size elements from Offset on turn by the token's position: pair i by
/// position · Base^(−2i/Size), (a, b) → (a cos − b sin, b cos + a sin). Half-split pairs (i, i + Size/2), interleaved
/// pairs (2i, 2i + 1). Frequencies are rounded to float32, as the original implementations have them. A scaling changes
/// them, and the sines and cosines, as its architecture says.
/// </summary>
internal sealed record Rotate(
    Value Input, Value Output, int HeadSize, int Offset, int Size, double Base, RotaryLayout Layout, RotaryScalingArchitecture? Scaling = null) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    /// <summary>Number of heads.</summary>
    public int Heads => Input.Width / HeadSize;
}

/// <summary>
/// Key and value join the cache of the sequence; output[h] = Σₛ softmaxₛ(query[h] · key[s, h/g] · Scale) value[s, h/g]
/// over all positions s up to the token's own that Reach lets it see, g = Heads / KeyValueHeads. Sinks is a logit of each
/// head that joins the softmax without a value. ChosenHeads: only positions count whose token chose head h, and head h of
/// a token that did not choose it gives zeros (every head has its own key and value then).
/// </summary>
internal sealed record Attend(
    Value Query,
    Value Key,
    Value Value,
    Value Output,
    int Heads,
    int KeyValueHeads,
    int HeadSize,
    double Scale,
    AttentionReach? Reach = null,
    Weight? Sinks = null,
    Value? ChosenHeads = null) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Query, Key, Value, ChosenHeads);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Sinks);
}

/// <summary>
/// Latent (rank R) and rotary key (R' elements) join the cache. Head h of KeyValueUp, [(HeadSize + ValueHeadSize) rows a
/// head, R], gives key[s, h] = [Wk latent[s], rotaryKey[s]] and value[s, h] = Wv latent[s]; query[h] is HeadSize plain
/// and RotarySize rotated elements; then as in <see cref="Attend"/>. A back end may multiply the query by Wk instead.
/// </summary>
internal sealed record AttendLatent(
    Value Query,
    Value Latent,
    Value RotaryKey,
    Value Output,
    Weight KeyValueUp,
    int Heads,
    int HeadSize,
    int RotarySize,
    int ValueHeadSize,
    int KeyValueRank,
    double Scale) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Query, Latent, RotaryKey);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(KeyValueUp);
}

/// <summary>output = act(input), element by element.</summary>
internal sealed record Activate(Value Input, Value Output, Activation Activation) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = f(input), or f(input, second), element by element; the expression is part of the graph.</summary>
internal sealed record Apply(Value Input, Value? Second, Value Output, ScalarFunction Function) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Second);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = left · right, element by element.</summary>
internal sealed record Multiply(Value Left, Value Right, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Left, Right);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = left + right, element by element.</summary>
internal sealed record Add(Value Left, Value Right, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Left, Right);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
