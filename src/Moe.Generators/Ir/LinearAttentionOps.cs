using System.Collections.Immutable;

namespace Moe.Generators.Ir;

// Operations of linear attention with a decay.

/// <summary>
/// queryKeyValue holds query, key and value of each head side by side, HeadSize elements each. Key and value join the cache of
/// the sequence; output[h] = Σₛ λ^(t−s) (query[h] · key[s, h]) value[s, h] over all positions s up to the token's own t, with
/// λ = exp(−2^(−8(h + 1) / Heads) · (1 − layer / (Layers − 1 + 1e-5) + 1e-5)).
/// </summary>
internal sealed record AttendDecaying(Value QueryKeyValue, Value Output, int Heads, int HeadSize, int Layers) : Op
{
    public override ImmutableArray<Value> Inputs => Present(QueryKeyValue);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = input · sigmoid(gate), element by element.</summary>
internal sealed record SigmoidGate(Value Input, Value Gate, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Gate);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
