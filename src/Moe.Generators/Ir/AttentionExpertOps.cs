using System.Collections.Immutable;

namespace Moe.Generators.Ir;

/// <summary>
/// Rows of slots → one row of heads a token: head g of slot s becomes head g · Chosen.Width + s, so that the heads of all slots which
/// share a key and value head stand together. The heads of an empty slot are 0.
/// </summary>
internal sealed record SlotsToHeads(Value Input, Value Chosen, Value Output, int KeyValueHeads, int HeadSize) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>The way back of <see cref="SlotsToHeads"/>: head g · Chosen.Width + s of a token becomes head g of slot s.</summary>
internal sealed record HeadsToSlots(Value Input, Value Chosen, Value Output, int KeyValueHeads, int HeadSize) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
