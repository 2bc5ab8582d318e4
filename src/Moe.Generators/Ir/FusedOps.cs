using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Ir;

// What passes make of the operations in Ops.cs. Each carries its unfused meaning as its parts.

/// <summary>Several linear maps of one input, done as one matrix product: their rows lie one below the other.</summary>
internal sealed record Project(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    /// <summary>The maps, in row order.</summary>
    public IEnumerable<Linear> Maps => Parts.Cast<Linear>();

    public override ImmutableArray<Value> Outputs => Maps.Select(map => map.Output).ToImmutableArray();
}

/// <summary>inner = act(gate · x) · (up · x), or f(gate · x, up · x): both projections and what joins them in one pass.</summary>
internal sealed record GateUp(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public Linear Gate => (Linear)Parts[0];

    public Linear Up => (Linear)Parts[1];

    /// <summary>What joins gate and up.</summary>
    public Pointwise Function => Pointwise.Of(Parts);

    public Value Output => Parts[Parts.Length - 1].Outputs[0];

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>inner = act(up · x), or f(up · x): the projection and the function in one pass.</summary>
internal sealed record UpActivate(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public Linear Up => (Linear)Parts[0];

    /// <summary>What becomes of up.</summary>
    public Pointwise Function => Pointwise.Of(Parts);

    public Value Output => Parts[Parts.Length - 1].Outputs[0];

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = W · input (+ bias) + residual, in the epilogue of the product.</summary>
internal sealed record LinearAdd(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public Linear Linear => (Linear)Parts[0];

    public Value Residual => Part<Add>().Left;

    public Value Output => Part<Add>().Output;

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>From logits to chosen experts and their weights, in one pass over a token's row.</summary>
/// <param name="Parts">The steps, in order.</param>
/// <param name="Leaving">What others read or observers are shown.</param>
internal sealed record Route(ImmutableArray<Op> Parts, ImmutableArray<Value> Leaving) : FusedOp(Parts)
{
    public override ImmutableArray<Value> Outputs => Leaving;
}

/// <summary>As <see cref="GateUp"/> for every chosen expert; tokens lie side by side by expert.</summary>
internal sealed record ExpertGateUp(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public ExpertLinear Gate => (ExpertLinear)Parts[0];

    public ExpertLinear Up => (ExpertLinear)Parts[1];

    /// <summary>What joins gate and up.</summary>
    public Pointwise Function => Pointwise.Of(Parts);

    public Value Output => Parts[Parts.Length - 1].Outputs[0];

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>As <see cref="UpActivate"/> for every chosen expert; tokens lie side by side by expert.</summary>
internal sealed record ExpertUpActivate(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public ExpertLinear Up => (ExpertLinear)Parts[0];

    /// <summary>What becomes of up.</summary>
    public Pointwise Function => Pointwise.Of(Parts);

    public Value Output => Parts[Parts.Length - 1].Outputs[0];

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = residual (+ shared) + Σ over slots of weight · (down[chosen] · inner[slot] (+ bias)).</summary>
internal sealed record ExpertDownCombine(ImmutableArray<Op> Parts) : FusedOp(Parts)
{
    public ExpertLinear Down => Part<ExpertLinear>();

    public Combine Combine => Part<Combine>();

    /// <summary>Values added besides the experts' answers: the residual, then the shared experts' answer.</summary>
    public ImmutableArray<Value> Addends => Parts.OfType<Add>().Select(add => add.Left).ToImmutableArray();

    public Value Output => Parts[Parts.Length - 1].Outputs[0];

    public override ImmutableArray<Value> Outputs => Present(Output);
}
