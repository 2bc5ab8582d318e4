using System.Collections.Immutable;

namespace Moe.Generators.Ir;

// Experts and what joins their answers. An expert group is the Experts.Count experts from First on; a slot whose expert lies
// outside the group, or an empty slot, takes no part: nothing is computed for it and it adds nothing.

/// <summary>
/// output[slot] = W[chosen[slot] − First] · input (+ bias), with input one row a token, or one row a slot.
/// </summary>
internal sealed record ExpertLinear(Value Input, Value Chosen, Value Output, Weight Weight, Weight? Bias, int First = 0) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Weight, Bias);
}

/// <summary>output[slot] = W · input[slot] (+ bias): one matrix for the rows of all slots whose expert is in the group (LoRA's frozen down projection).</summary>
internal sealed record SlotLinear(Value Input, Value Chosen, Value Output, Weight Weight, Weight? Bias, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Weight, Bias);
}

/// <summary>output[slot] = shared + Factor · delta[slot], shared one row a token or one row a slot.</summary>
internal sealed record AddToSlots(Value Shared, Value Delta, Value Chosen, Value Output, double Factor, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Shared, Delta, Chosen);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output[slot] = weights[slot] · input: the weight goes on the expert's input (Llama 4).</summary>
internal sealed record WeightInput(Value Input, Value Chosen, Value SlotWeights, Value Output, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen, SlotWeights);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = Σ over the group's slots, in order of slots, of weights[slot] · answers[slot].</summary>
internal sealed record Combine(Value Answers, Value Chosen, Value SlotWeights, Value Output, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Answers, Chosen, SlotWeights);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = (Σ over the group's slots of weights[slot]) · input: copy experts. No matrix, no dispatch.</summary>
internal sealed record CombineCopies(Value Input, Value Chosen, Value SlotWeights, Value Output, int First, int Count) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen, SlotWeights);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>
/// output = Σ over the group's slots of weights[slot] · (a₀ · input + a₁ · Vector[e]), a = softmax(Mix[e] · input): constant
/// experts (MoE++). Mix is [Count, 2 × Input.Width], Vector [Count, Input.Width], both one an expert. No dispatch.
/// </summary>
internal sealed record CombineConstants(
    Value Input, Value Chosen, Value SlotWeights, Value Output, Weight Mix, Weight Vector, int First) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Chosen, SlotWeights);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Mix, Vector);
}

/// <summary>output = input with block i of Input.Width / Factors.Width elements multiplied by factors[i].</summary>
internal sealed record ScaleBlocks(Value Input, Value Factors, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Factors);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = Gamma · first / √(second + Epsilon), element by element (AdamSMoE).</summary>
internal sealed record AdamDirection(Value First, Value Second, Value Output, double Gamma, double Epsilon) : Op
{
    public override ImmutableArray<Value> Inputs => Present(First, Second);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
