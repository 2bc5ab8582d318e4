using System.Collections.Immutable;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

// Router stages 2 to 4: from what the router looks at to scores. One row of Experts numbers a token.

/// <summary>output = W[tag of the token] · input (+ bias[tag]): one router for each tag (task, language, modality).</summary>
internal sealed record TaggedLinear(Value Input, Value Tag, Value Output, Weight Weight, Weight? Bias) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input, Tag);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Weight, Bias);
}

/// <summary>
/// The elementwise half of a GRU cell. InputGates and StateGates are [r, z, n] parts of State.Width each, biases added:
/// r = σ(iᵣ + hᵣ), c = σ(i_z + h_z), n = tanh(iₙ + r · hₙ); output = (1 − c) · n + c · state (torch.nn.GRUCell).
/// </summary>
internal sealed record GruCell(Value InputGates, Value StateGates, Value State, Value Output) : Op
{
    public override ImmutableArray<Value> Inputs => Present(InputGates, StateGates, State);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>How an input is compared with one vector an expert.</summary>
internal enum SimilarityKind
{
    /// <summary>x · v / (max(|x|, 1e-12) max(|v|, 1e-12)) · min(e^temperature, 100), temperature one learned number (Tutel's cosine gate).</summary>
    Cosine,

    /// <summary>LN(x) · LN(v) / √d with parameter-free layer norm, ε = 1e-5 (PHATGOOSE).</summary>
    ScaledDot,

    /// <summary>|x − v|, Euclidean.</summary>
    Distance,

    /// <summary>−|x − v|: the nearest has the largest logit.</summary>
    NegativeDistance,
}

/// <summary>output[i] = how alike the input and row i of Vectors [Experts × Input.Width] are.</summary>
internal sealed record Similarity(Value Input, Value Output, SimilarityKind Kind, Weight Vectors, Weight? Temperature) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Vectors, Temperature);
}

/// <summary>
/// Expected share of positive hidden units of each expert under a Gaussian fit of its rows, negated: −Φ(μᵢ / σᵢ) with
/// μᵢ = Mean[i] · x and σᵢ² = Variance[i] · x² (MoE-X; experimental, the paper's formula is not verified). Mean and
/// Variance [Experts × Input.Width] are taken over the rows of the experts' up projection when weights are loaded.
/// </summary>
internal sealed record SparsityLogits(Value Input, Value Output, Weight Up) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Up);
}

/// <summary>output = input · Target / std(input), the standard deviation over the row with n − 1 (MoE++ "logits_norm").</summary>
internal sealed record Standardise(Value Input, Value Output, double Target) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = input / temperature, one learned number.</summary>
internal sealed record DivideByTemperature(Value Input, Value Output, Weight Temperature) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Temperature);
}

/// <summary>output = input + Scale · (the bias of the token's request, one number an expert; 0 where it has none).</summary>
internal sealed record AddRequestBias(Value Input, Value Output, double Scale) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>
/// Scores of one row. Softmax: e^z / Σ e^z. Sigmoid: σ(z). Sparsemax: max(z − τ, 0) with Σ = 1 (Martins and Astudillo
/// 2016). Entmax15: max(z/2 − τ, 0)² with Σ = 1 (Peters et al. 2019). None: z itself.
/// </summary>
internal sealed record Score(Value Logits, Value Output, RouterScore Kind) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Logits);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>
/// COMET's tree gate. Nodes holds Trees · (Experts − 1) inner nodes t, Leaves Trees · Experts scores a; tree after tree.
/// In a tree node n has children 2n + 1 and 2n + 2; nodes below Experts − 1 are inner, node Experts − 1 + l is leaf l; an
/// inner node goes left with S(t), right with 1 − S(t), S the smooth step of width Gamma; P is the product along the path.
/// Over all leaves of all trees: softmax of a + ln(P + 1e-8), with P ≤ 0 excluded (exact 0). Leaf l of tree j belongs to
/// expert Permutation[j, l] (l itself without one). output[e] = the sum over trees, divided by the sum over all.
/// </summary>
internal sealed record TreeScore(Value Nodes, Value Leaves, Value Output, int Trees, double Gamma, Weight? Permutation) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Nodes, Leaves);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Permutation);
}

/// <summary>
/// DSelect-k. Codes holds Selectors · m numbers, m = max(1, ⌈log₂ Experts⌉); s = S(code), the smooth step of width Gamma; selector j's weight of expert i is
/// Π over bits b of (bit b of i ? s[j,b] : 1 − s[j,b]); output[i] = Σⱼ softmax(Mix)ⱼ · weightⱼ(i), for the i &lt; Experts that exist.
/// </summary>
internal sealed record SelectorScore(Value Codes, Value Mix, Value Output, int Selectors, double Gamma) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Codes, Mix);

    public override ImmutableArray<Value> Outputs => Present(Output);
}

/// <summary>output = a learned vector, the same for every token (DSelect-k's static selectors).</summary>
internal sealed record Constant(Value Like, Value Output, Weight Vector) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Like);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Vector);
}

/// <summary>output = input + bias.</summary>
internal sealed record AddBias(Value Input, Value Output, Weight Bias) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Bias);
}

/// <summary>output = input · factor, element by element, the factor a learned vector (MoExtend's calibration).</summary>
internal sealed record MultiplyBy(Value Input, Value Output, Weight Factor) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Input);

    public override ImmutableArray<Value> Outputs => Present(Output);

    public override ImmutableArray<Weight> Weights => Present(Factor);
}

/// <summary>
/// Experts form Groups of neighbours; a group is worth its best key or the sum of its two best; outside the Kept best
/// groups (ties: lowest index) a key becomes −∞ or 0.
/// </summary>
internal sealed record KeepGroups(Value Key, Value Output, int Groups, int Kept, GroupKey GroupKey, OutsideGroups Outside) : Op
{
    public override ImmutableArray<Value> Inputs => Present(Key);

    public override ImmutableArray<Value> Outputs => Present(Output);
}
