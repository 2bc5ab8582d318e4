using System.Collections.Immutable;

namespace Moe.Generators.Ir;

// Operations of some architectures around attention and the residual stream.

/// <summary>output = min(max(input, −Limit), Limit), element by element.</summary>
internal sealed record Clip(Value Input, Value Output, double Limit) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = input · (1 + Factor · ln(1 + ⌊(t + 1) / Floor⌋)) at position t.</summary>
internal sealed record Temper(Value Input, Value Output, int Floor, double Factor) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = Alpha · left + Beta · right, element by element.</summary>
internal sealed record AddScaled(Value Left, Value Right, Value Output, double Alpha, double Beta) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Left, Right);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
