using System.Collections.Immutable;
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
internal sealed record RouterArchitecture(
    RouterInputStage Input,
    LogitsStage Logits,
    ImmutableArray<AdjustmentStage> Adjustments,
    ScoreStage Score,
    SelectionStage Selection,
    WeightsStage Weights,
    LimitStage Limit);

/// <summary>Stage 1: what the router looks at.</summary>
internal abstract record RouterInputStage;

/// <summary>The normalised hidden state that the experts see too.</summary>
internal sealed record HiddenStateInput : RouterInputStage;

/// <summary>Stage 2: from the input to one logit an expert.</summary>
internal abstract record LogitsStage;

/// <summary>z = W x (+ b).</summary>
internal sealed record LinearLogits(bool Bias) : LogitsStage;

/// <summary>Stage 3: a change of the logits before they become scores.</summary>
internal abstract record AdjustmentStage;

/// <summary>f(z), element by element, with a function of the author's.</summary>
internal sealed record FunctionAdjustment(ScalarFunction Function) : AdjustmentStage;

/// <summary>Stage 4: from logits to scores.</summary>
internal abstract record ScoreStage;

/// <summary>Softmax over all experts.</summary>
internal sealed record SoftmaxScore : ScoreStage;

/// <summary>A sigmoid for each expert.</summary>
internal sealed record SigmoidScore : ScoreStage;

/// <summary>A function of the author's for each expert.</summary>
internal sealed record FunctionScore(ScalarFunction Function) : ScoreStage;

/// <summary>Stage 5: who is chosen.</summary>
/// <param name="MaxSelected">Most experts a token can get; the width of every per-slot value.</param>
internal abstract record SelectionStage(int MaxSelected);

/// <summary>The TopK experts of highest key; the key is the score, plus a learned bias where there is one.</summary>
/// <param name="TopK">How many.</param>
/// <param name="Bias">A learned selection bias is added to the scores.</param>
/// <param name="Groups">Group limit applied to the key first, or null.</param>
internal sealed record TopKSelection(int TopK, bool Bias, GroupLimit? Groups) : SelectionStage(TopK);

/// <summary>Only experts of the best groups keep their key.</summary>
internal sealed record GroupLimit(int Groups, int KeptGroups, GroupKey Key, OutsideGroups Outside);

/// <summary>Stage 6: what the chosen experts' outputs are multiplied with.</summary>
/// <param name="Scale">A constant factor on every weight, last.</param>
internal abstract record WeightsStage(double Scale);

/// <summary>The scores themselves.</summary>
internal sealed record RawWeights(double Scale) : WeightsStage(Scale);

/// <summary>The scores divided by (their sum over the chosen + Epsilon).</summary>
internal sealed record RenormalisedWeights(double Epsilon, double Scale) : WeightsStage(Scale);

/// <summary>Stage 7: how many tokens an expert may take.</summary>
internal abstract record LimitStage;

/// <summary>No token is dropped.</summary>
internal sealed record DroplessLimit : LimitStage;
