using System.Collections.Immutable;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

// Router stages 5 to 7. A choice is a row of Chosen.Width slots, experts best first; −1 marks an empty slot, and empty slots
// stand last unless a limit emptied them. The weight of an empty slot is 0. Order everywhere: the larger key first, equal keys
// by lowest index, NaN last.

/// <summary>
/// chosen = the experts of rank First to First + Count − 1; the other slots are empty. A request may set First and Count
/// itself (as far as First + Count ≤ Chosen.Width) unless <see cref="IsFixed"/>.
/// </summary>
internal sealed record SelectTopK(Value Key, Value Chosen, int Count, int First = 0, bool IsFixed = false) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>
/// chosen = the shortest prefix (best first) by the rule: FirstExceeding: up to and including the first at which the running
/// sum is above P, all if none is; SumAtMost: as long as the running sum is ≤ P. At least Minimum, at most Chosen.Width. The running sum is float32.
/// </summary>
internal sealed record SelectTopP(Value Key, Value Chosen, double P, TopPRule Rule, int Minimum) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>chosen = those with key &gt; Threshold, best first, at least Minimum, at most Chosen.Width.</summary>
internal sealed record SelectAbove(Value Key, Value Chosen, double Threshold, int Minimum) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>
/// The Tsallis entropy of p = key + Epsilon: (1 − Σ p^Order) / (Order − 1), for Order 1 −Σ p ln p; divided by that of the
/// uniform row where Normalised. Above Threshold all experts (best first, Chosen.Width = Experts), else as <see cref="SelectTopP"/>.
/// </summary>
internal sealed record SelectByEntropy(
    Value Key, Value Chosen, double Threshold, double Order, bool Normalised, double Epsilon, double P, TopPRule Rule, int Minimum) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>
/// chosen = Chosen.Width different experts of Experts, each equally likely: the first of a Fisher-Yates shuffle whose draws
/// are the counter-based numbers of (Seed, layer, what the scope names): Token: the request's routing seed and the position;
/// Sequence: the request's routing seed; Call: the number of the step.
/// </summary>
internal sealed record SelectRandom(Value Like, Value Chosen, int Experts, RandomScope Scope, int Seed) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Like);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>chosen = Table[id], a row of Chosen.Width experts: fixed routing by token id or tag (hash layers).</summary>
internal sealed record SelectFromTable(Value Ids, Value Chosen, Weight Table, int Experts) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Ids);

    public override ImmutableArray<Value> Outputs => Present(Chosen);

    public override ImmutableArray<Weight> Weights => Present(Table);
}

/// <summary>
/// PhiMoE's sparsemixer at inference, twice in turn for two slots: i = the largest z (of those not chosen yet), m = zᵢ; those with
/// (m − z) / max(|z|, m) &gt; 2 · Epsilon drop out; weight = softmax over what is left, at i. In the second turn |z| and z are the original ones, the
/// first choice is out of the softmax.
/// </summary>
internal sealed record SparseMixer(Value Logits, Value Chosen, Value SlotWeights, double Epsilon) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Logits);

    public override ImmutableArray<Value> Outputs => Present(Chosen, SlotWeights);
}

/// <summary>
/// Coupled. Each expert takes max(1, ⌊Fraction · n⌋) of the n tokens of a group (Over) with its highest keys (ties: the
/// earlier token); chosen = the experts that took the token, in order of index; none is possible.
/// </summary>
internal sealed record SelectByExperts(Value Key, Value Chosen, double Fraction, TokenGroup Over) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Chosen);
}

/// <summary>
/// Coupled. Output is the choice with those slots emptied that found no room: an expert takes at most its capacity of
/// the tokens of a group (Over), in the order of the priority. Key has one number an expert and token (the scores).
/// </summary>
internal sealed record LimitCapacity(Value Chosen, Value Key, Value Output, CapacityRule Rule) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Chosen, Key);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = scores[chosen[slot]]; 0 for an empty slot.</summary>
internal sealed record Gather(Value Scores, Value Chosen, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Scores, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = input[slot] / max(Σ input + Epsilon, MinimumSum); a row whose sum is 0 (nothing chosen, or all zeroed) stays 0.</summary>
internal sealed record Renormalise(Value Input, Value Output, double Epsilon, double MinimumSum = 0) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = softmax over the slots that are not empty; 0 in empty ones.</summary>
internal sealed record SoftmaxOfChosen(Value Input, Value Chosen, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = σ(input[slot]); 0 in an empty slot.</summary>
internal sealed record SigmoidOfChosen(Value Input, Value Chosen, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = 1; 0 in an empty slot.</summary>
internal sealed record OneOfChosen(Value Chosen, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = input[slot], but 0 where chosen[slot] is one of the Count experts from First on.</summary>
internal sealed record ZeroOut(Value Input, Value Chosen, Value Output, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>
/// Coupled. output[slot of expert e] = input[slot] / (Σ over the group's tokens of their weight for e + Epsilon) · Capacity,
/// Capacity = ⌊Factor · n⌋ for a group of n tokens (UoE's SwitchGate).
/// </summary>
internal sealed record NormaliseOverTokens(Value Input, Value Chosen, Value Output, int Experts, double Factor, double Epsilon, TokenGroup Over) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = input · Factor.</summary>
internal sealed record Scale(Value Input, Value Output, double Factor) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
