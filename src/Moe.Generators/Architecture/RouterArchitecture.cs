using Moe.Generators.Declarations;

namespace Moe.Generators.Architecture;

/// <summary>
/// A router as its seven stages, each a closed choice. A new choice is a new record here, an op in the graph where no
/// present one says it, and an argument that selects it; no stage knows another.
/// </summary>
/// <param name="Input">Stage 1, what it looks at.</param>
/// <param name="Logits">Stage 2.</param>
/// <param name="Adjustments">Stage 3, applied to the logits in order.</param>
/// <param name="Score">Stage 4.</param>
/// <param name="Selection">Stage 5.</param>
/// <param name="Weights">Stage 6.</param>
/// <param name="Limit">Stage 7.</param>
/// <param name="Frozen">Its weights are never trained.</param>
internal sealed record RouterArchitecture(
    RouterInputStage Input,
    LogitsStage Logits,
    EquatableArray<AdjustmentStage> Adjustments,
    ScoreStage Score,
    SelectionStage Selection,
    WeightsStage Weights,
    LimitStage Limit,
    bool Frozen = false)
{
    /// <summary>Whether a token's choice depends on other tokens of the call.</summary>
    public bool CouplesTokens =>
        Selection is ExpertChoiceSelection
        || Weights is NormalisedOverTokensWeights
        || Limit is CapacityLimit
        || Logits is RandomLogits { Scope: RandomScope.Call };
}

/// <summary>Stage 1: what the router looks at.</summary>
internal abstract record RouterInputStage;

/// <summary>The normalised hidden state that the experts see too.</summary>
internal sealed record HiddenStateInput : RouterInputStage;

/// <summary>The normalised hidden state of the expert layer before.</summary>
internal sealed record PreviousHiddenStateInput : RouterInputStage;

/// <summary>The embedding, once for all layers.</summary>
internal sealed record EmbeddingInput : RouterInputStage;

/// <summary>The token's id alone.</summary>
internal sealed record TokenIdInput : RouterInputStage;

/// <summary>The hidden state and the token's tag.</summary>
/// <param name="Tags">Number of tags.</param>
internal sealed record TagInput(int Tags) : RouterInputStage;

/// <summary>Stage 2: from the input to one logit an expert.</summary>
internal abstract record LogitsStage;

/// <summary>z = W x (+ b).</summary>
/// <param name="Bias">Whether there is a b.</param>
internal sealed record LinearLogits(bool Bias) : LogitsStage;

/// <summary>z = W₂ tanh(W₁ x).</summary>
/// <param name="Size">Inner units.</param>
/// <param name="Bias">Whether both maps have a bias.</param>
internal sealed record MlpLogits(int Size, bool Bias) : LogitsStage;

/// <summary>z = Q cell(P x, h), the cell shared by all layers.</summary>
/// <param name="Size">Width of the state.</param>
/// <param name="IsGru">A GRU; else a tanh cell.</param>
internal sealed record RecurrentLogits(int Size, bool IsGru) : LogitsStage;

/// <summary>Cosine of the projected input and one vector an expert.</summary>
/// <param name="Size">Width of the projection.</param>
/// <param name="Bias">Whether the projection has a bias.</param>
internal sealed record CosineLogits(int Size, bool Bias) : LogitsStage;

/// <summary>LN(x) · LN(vᵢ) / √d.</summary>
internal sealed record ScaledDotLogits : LogitsStage;

/// <summary>± distance to one centroid an expert.</summary>
/// <param name="Order">Which centroid wins.</param>
internal sealed record DistanceLogits(CentroidOrder Order) : LogitsStage;

/// <summary>COMET's trees; the score comes with them.</summary>
/// <param name="Trees">Number of trees.</param>
/// <param name="Gamma">Width of the smooth step.</param>
/// <param name="Permuted">Leaves belong to experts by a table in the checkpoint.</param>
internal sealed record TreeLogits(int Trees, double Gamma, bool Permuted) : LogitsStage;

/// <summary>DSelect-k's selectors; the score comes with them.</summary>
/// <param name="Selectors">Number of selectors.</param>
/// <param name="Gamma">Width of the smooth step.</param>
/// <param name="IsStatic">Codes are learned numbers, the same for every token.</param>
internal sealed record SelectorLogits(int Selectors, double Gamma, bool IsStatic) : LogitsStage;

/// <summary>No logits: a random choice.</summary>
internal sealed record RandomLogits(RandomScope Scope, int Seed) : LogitsStage;

/// <summary>No logits: a table.</summary>
internal sealed record TableLogits : LogitsStage;

/// <summary>MoE-X's expected share of zeros.</summary>
internal sealed record SparsityAwareLogits : LogitsStage;

/// <summary>Stage 3: a change of the logits before they become scores.</summary>
internal abstract record AdjustmentStage;

/// <summary>z + G z', z' the sum that the expert layer before ended with.</summary>
internal sealed record LogitResidualAdjustment : AdjustmentStage;

/// <summary>z · Target / std(z).</summary>
internal sealed record StandardiseAdjustment(double Target) : AdjustmentStage;

/// <summary>z + Scale · the request's bias.</summary>
internal sealed record RequestBiasAdjustment(double Scale) : AdjustmentStage;

/// <summary>act(z), element by element.</summary>
internal sealed record ActivationAdjustment(Activation Activation) : AdjustmentStage;

/// <summary>z / Temperature.</summary>
internal sealed record TemperatureAdjustment(double Temperature) : AdjustmentStage;

/// <summary>z / a learned number.</summary>
internal sealed record LearnedTemperatureAdjustment : AdjustmentStage;
/// <summary>f(z), element by element, with a function of the author's.</summary>
internal sealed record FunctionAdjustment(ScalarFunction Function) : AdjustmentStage;

/// <summary>Stage 4: from logits to scores.</summary>
internal abstract record ScoreStage;

/// <summary>A named score.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Jitter">ε of sparsemixer; 0 for the others.</param>
internal sealed record NamedScore(RouterScore Kind, double Jitter = 0) : ScoreStage;

/// <summary>A function of the author's for each expert.</summary>
internal sealed record FunctionScore(ScalarFunction Function) : ScoreStage;

/// <summary>Stage 5: who is chosen.</summary>
/// <param name="MaxSelected">Most experts a token can get; the width of every per-slot value.</param>
internal abstract record SelectionStage(int MaxSelected)
{
    /// <summary>Fewest experts a token gets before limits.</summary>
    public abstract int MinSelected { get; }

    /// <summary>Most experts a token gets unless its request asks for more.</summary>
    public virtual int MostSelected => MaxSelected;
}

/// <summary>The experts of rank FirstRank to FirstRank + TopK − 1; the key is the score, plus a learned bias where there is one.</summary>
/// <param name="TopK">How many.</param>
/// <param name="FirstRank">Rank of the first, 0 for the best.</param>
/// <param name="MaxSelected">Most that a request can ask for.</param>
/// <param name="Bias">A learned selection bias is added to the scores.</param>
/// <param name="Groups">Group limit applied to the key first, or null.</param>
internal sealed record TopKSelection(int TopK, int FirstRank, int MaxSelected, bool Bias, GroupLimit? Groups) : SelectionStage(MaxSelected)
{
    public override int MinSelected => TopK;

    public override int MostSelected => TopK;
}

/// <summary>Only experts of the best groups keep their key.</summary>
internal sealed record GroupLimit(int Groups, int KeptGroups, GroupKey Key, OutsideGroups Outside);

/// <summary>The fewest experts whose scores reach P.</summary>
internal sealed record TopPSelection(double P, TopPRule Rule, int Minimum, int MaxSelected) : SelectionStage(MaxSelected)
{
    public override int MinSelected => Rule == TopPRule.FirstExceeding && Minimum == 0 ? 1 : Minimum;
}

/// <summary>Experts above a threshold.</summary>
internal sealed record ThresholdSelection(double Threshold, int Minimum, int MaxSelected) : SelectionStage(MaxSelected)
{
    public override int MinSelected => Minimum;
}

/// <summary>All experts under high entropy, else top-p.</summary>
internal sealed record EntropySelection(
    double Threshold, double Order, bool Normalised, double Epsilon, double P, TopPRule Rule, int Minimum, int MaxSelected) : SelectionStage(MaxSelected)
{
    public override int MinSelected => Rule == TopPRule.FirstExceeding && Minimum == 0 ? 1 : Minimum;
}

/// <summary>Each expert takes a fraction of the tokens.</summary>
internal sealed record ExpertChoiceSelection(double Fraction, TokenGroup Over, int MaxSelected) : SelectionStage(MaxSelected)
{
    public override int MinSelected => 0;
}

/// <summary>MaxSelected experts without a key: from a table or at random.</summary>
internal sealed record GivenSelection(int MaxSelected) : SelectionStage(MaxSelected)
{
    public override int MinSelected => MaxSelected;
}

/// <summary>Stage 6: what the chosen experts' outputs are multiplied with.</summary>
/// <param name="Scale">A constant factor on every weight, last.</param>
/// <param name="On">Where the weight is multiplied.</param>
internal abstract record WeightsStage(double Scale, WeightsOn On);

/// <summary>The scores themselves.</summary>
internal sealed record RawWeights(double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>The scores divided by max(their sum over the chosen + Epsilon, MinimumSum).</summary>
/// <param name="Epsilon">Added to the sum.</param>
/// <param name="MinimumSum">Least divisor.</param>
/// <param name="ZeroExpertsOut">Zero experts' scores become 0 first.</param>
/// <param name="Calibrated">Scores are multiplied by a learned factor an expert first.</param>
/// <param name="Scale">A constant factor on every weight, last.</param>
/// <param name="On">Where the weight is multiplied.</param>
internal sealed record RenormalisedWeights(
    double Epsilon, double MinimumSum, bool ZeroExpertsOut, bool Calibrated, double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>Softmax over the chosen logits; the selection's key is the logits.</summary>
internal sealed record SoftmaxOfChosenWeights(double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>Sigmoid of the chosen logits; the selection's key is the logits.</summary>
internal sealed record SigmoidOfChosenWeights(double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>1.</summary>
internal sealed record OneWeights(double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>Divided by the expert's sum over tokens, times a capacity.</summary>
internal sealed record NormalisedOverTokensWeights(double Factor, TokenGroup Over, double Scale, WeightsOn On = WeightsOn.Output) : WeightsStage(Scale, On);

/// <summary>Stage 7: how many tokens an expert may take.</summary>
internal abstract record LimitStage;

/// <summary>No token is dropped.</summary>
internal sealed record DroplessLimit : LimitStage;

/// <summary>An expert takes at most its capacity.</summary>
internal sealed record CapacityLimit(CapacityRule Rule) : LimitStage;

/// <summary>How many tokens of a group an expert takes, and which.</summary>
/// <param name="Capacity">A fixed number; 0 where Factor gives it.</param>
/// <param name="Factor">Capacity factor.</param>
/// <param name="Rounding">How the factor becomes a number.</param>
/// <param name="Minimum">Least capacity.</param>
/// <param name="Share">τ of MoE++.</param>
/// <param name="Priority">Whose claim is kept.</param>
/// <param name="Over">Which tokens are counted together.</param>
/// <param name="Seed">Of a random priority.</param>
/// <param name="TopK">k of the formulas.</param>
/// <param name="Experts">N of the formulas: all routed experts.</param>
/// <param name="FeedForwardExperts">The first so many experts are feed-forward ones, the rest zero-computation ones.</param>
internal sealed record CapacityRule(
    int Capacity,
    double Factor,
    CapacityRounding Rounding,
    int Minimum,
    double Share,
    CapacityPriority Priority,
    TokenGroup Over,
    int Seed,
    int TopK,
    int Experts,
    int FeedForwardExperts);
