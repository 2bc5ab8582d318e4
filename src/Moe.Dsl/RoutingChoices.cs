namespace Moe;

/// <summary>Router stage 1: what the router looks at.</summary>
public enum RouterInput
{
    /// <summary>The normalised hidden state that the experts see too.</summary>
    HiddenState,

    /// <summary>The normalised hidden state that the experts of the expert layer before saw (Pre-gated MoE): the choice is known one layer ahead.</summary>
    PreviousHiddenState,

    /// <summary>The token's embedding: one router for the whole model, evaluated once, its choice used by every layer (Read-ME).</summary>
    Embedding,

    /// <summary>The token's id alone (hash layers): together with <see cref="RouterLogits.Table"/>.</summary>
    TokenId,

    /// <summary>The hidden state, with a router of its own for each tag (task, language, modality) of <c>[MoeModel(Tags = n)]</c> (M3ViT).</summary>
    Tag,
}

/// <summary>Router stage 2: from the input to one logit an expert.</summary>
public enum RouterLogits
{
    /// <summary>z = W x (+ b).</summary>
    Linear,

    /// <summary>z = W₂ tanh(W₁ x) with RouterSize inner units (MoE++).</summary>
    Mlp,

    /// <summary>A GRU over depth, its cell shared by all layers: z = Q GRU(P x, h) (RMoE). h starts as zeros.</summary>
    Gru,

    /// <summary>As <see cref="Gru"/> with h' = tanh(W P x + b + U h + c).</summary>
    Rnn,

    /// <summary>Cosine of the projected input and one vector an expert, times a learned temperature (Tutel).</summary>
    Cosine,

    /// <summary>LN(x) · LN(vᵢ) / √d with parameter-free layer norms (PHATGOOSE).</summary>
    ScaledDot,

    /// <summary>Euclidean distance to one centroid an expert; CentroidOrder says whether near or far wins (Moirai-MoE).</summary>
    Distance,

    /// <summary>TopK binary trees over the experts (COMET); the scores are path probabilities times leaf scores.</summary>
    Tree,

    /// <summary>TopK selectors with a binary code each (DSelect-k).</summary>
    BinarySelectors,

    /// <summary>No logits: TopK experts at random, by a counter-based function of Seed and RandomScope (THOR).</summary>
    Random,

    /// <summary>No logits: a table from token id (or tag) to experts, in the checkpoint as integers (hash layers).</summary>
    Table,

    /// <summary>
    /// The expected share of hidden units that stay at zero (MoE-X). Experimental: the formula, a Gaussian fit of each
    /// expert's rows, was not verified against the paper.
    /// </summary>
    SparsityAware,
}

/// <summary>Which centroid wins under <see cref="RouterLogits.Distance"/>.</summary>
public enum CentroidOrder
{
    /// <summary>The nearest: z = −|x − c|, as the paper of Moirai-MoE says.</summary>
    Nearest,

    /// <summary>The farthest: z = |x − c|, as its released module computes.</summary>
    Farthest,
}

/// <summary>What a random choice depends on beside the seed and the layer.</summary>
public enum RandomScope
{
    /// <summary>The request's routing seed and the position: every token its own.</summary>
    Token,

    /// <summary>The request's routing seed: all tokens of a sequence alike.</summary>
    Sequence,

    /// <summary>The number of the step: all tokens of a call alike. Couples tokens.</summary>
    Call,
}

/// <summary>Router stage 4: how logits become scores. Scores are taken over all experts, in float32.</summary>
public enum RouterScore
{
    /// <summary>exp(zᵢ) / Σ exp(zⱼ).</summary>
    Softmax,

    /// <summary>1 / (1 + exp(−zᵢ)), each expert on its own (DeepSeek-V3).</summary>
    Sigmoid,

    /// <summary>max(zᵢ − τ, 0) with τ such that the sum is 1 (Martins and Astudillo 2016).</summary>
    Sparsemax,

    /// <summary>max(zᵢ/2 − τ, 0)² with τ such that the sum is 1 (Peters et al. 2019).</summary>
    Entmax15,

    /// <summary>PhiMoE's sparsemixer: score, selection and weights of two experts in one.</summary>
    SparseMixer,

    /// <summary>zᵢ itself.</summary>
    None,
}

/// <summary>Router stage 5: who is chosen.</summary>
public enum RouterSelection
{
    /// <summary>The TopK experts of highest key, from rank FirstRank on.</summary>
    TopK,

    /// <summary>The fewest experts whose scores reach TopP (Dynamic MoE, DynMoLE).</summary>
    TopP,

    /// <summary>Experts whose score is above Threshold (EvoMoE).</summary>
    Threshold,

    /// <summary>All experts where the scores' Tsallis entropy is above EntropyThreshold, else as <see cref="TopP"/> (DynMoLE).</summary>
    EntropySwitched,

    /// <summary>Each expert takes ExpertFraction of the tokens (expert choice). Couples tokens: it looks ahead.</summary>
    ExpertChoice,

    /// <summary>Every expert.</summary>
    All,
}

/// <summary>Which expert is the last of a top-p choice.</summary>
public enum TopPRule
{
    /// <summary>The first at which the running sum is above TopP is in (Dynamic MoE).</summary>
    FirstExceeding,

    /// <summary>The running sum stays at or below TopP (DynMoLE).</summary>
    SumAtMost,
}

/// <summary>Router stage 5: what a group of experts is worth in group-limited selection.</summary>
public enum GroupKey
{
    /// <summary>Its best expert (DeepSeek-V2).</summary>
    Maximum,

    /// <summary>The sum of its two best experts (DeepSeek-V3).</summary>
    SumOfBestTwo,
}

/// <summary>Router stage 5: what the selection key of an expert outside the kept groups becomes.</summary>
public enum OutsideGroups
{
    /// <summary>−∞: such an expert is never chosen.</summary>
    NegativeInfinity,

    /// <summary>0, as in transformers 4.57 for DeepSeek-V3: it can win over a negative key inside.</summary>
    Zero,
}

/// <summary>
/// Router stage 6: what the chosen experts' outputs are multiplied with, before <c>WeightScale</c>; p are the scores, z the
/// logits after adjustment.
/// </summary>
public enum RouterWeights
{
    /// <summary>The scores as they are (DeepSeekMoE, DiT-MoE, Time-MoE, Dynamic MoE).</summary>
    Raw,

    /// <summary>The chosen scores divided by their sum (Mixtral, RMoE, DeepSeek-V3); after limits, so over what survived.</summary>
    Renormalised,

    /// <summary>Softmax over the chosen logits (SMoE-Dropout, gpt-oss); selection reads the logits.</summary>
    SoftmaxOfChosen,

    /// <summary>As <see cref="Renormalised"/>, after the scores of zero experts became 0 (MoE++).</summary>
    ZeroedRenormalised,

    /// <summary>Scores times a learned factor an expert, then divided by their sum; selection reads the scores without it (MoExtend).</summary>
    CalibratedRenormalised,

    /// <summary>1 (hash layers, THOR, Read-ME).</summary>
    One,

    /// <summary>σ(z) of the chosen; selection reads the logits (Llama 4, MoGU).</summary>
    SigmoidOfChosen,

    /// <summary>Divided by the expert's sum over the tokens of a group, times ⌊CapacityFactor · tokens⌋ (UoE). Couples tokens.</summary>
    NormalisedOverTokens,
}

/// <summary>Where a weight is multiplied.</summary>
public enum WeightsOn
{
    /// <summary>On the expert's output.</summary>
    Output,

    /// <summary>On the expert's input; its output has weight 1 (Llama 4).</summary>
    Input,
}

/// <summary>Which tokens a coupled word looks at together.</summary>
public enum TokenGroup
{
    /// <summary>All tokens of a step, whatever sequences they belong to.</summary>
    Call,

    /// <summary>The tokens of one sequence in a step.</summary>
    Sequence,
}

/// <summary>Router stage 7: how CapacityFactor becomes a number of tokens; n tokens of a group, N experts, k choices a token.</summary>
public enum CapacityRounding
{
    /// <summary>max(MinCapacity, ⌈n / N · CapacityFactor · k⌉).</summary>
    DeepSpeed,

    /// <summary>max(MinCapacity, k · ⌊CapacityFactor · ⌈n / N⌉⌋).</summary>
    Tutel,

    /// <summary>
    /// ⌊γ τ n k / (τ F + Z)⌋ for a feed-forward expert, ⌊γ n k / (τ F + Z)⌋ for a zero-computation one, F and Z their numbers,
    /// γ = CapacityFactor, τ = CapacityShare (the paper of MoE++, T read as assignments).
    /// </summary>
    MoePlusPlus,
}

/// <summary>Router stage 7: whose claim to a full expert is kept.</summary>
public enum CapacityPriority
{
    /// <summary>First choices of all tokens before second ones, by position (GShard, DeepSpeed top-2, Tutel).</summary>
    ChoiceThenPosition,

    /// <summary>By position, whichever choice it was (Switch, DeepSpeed's "position").</summary>
    Position,

    /// <summary>By score, highest first (DeepSpeed's "probs").</summary>
    Probability,

    /// <summary>In an order drawn from Seed, layer and position (DeepSpeed's random token selection).</summary>
    Random,

    /// <summary>First choices before second ones, tokens by their best score (Tutel's batch prioritised routing).</summary>
    BatchPriority,
}

/// <summary>What multiplies the shared experts' answer.</summary>
public enum SharedGate
{
    /// <summary>Nothing (DeepSeekMoE).</summary>
    None,

    /// <summary>σ(w · x), one number for all of them (Qwen2-MoE, Time-MoE).</summary>
    Sigmoid,

    /// <summary>σ(wᵢ · x), one for each shared expert.</summary>
    SigmoidPerExpert,

    /// <summary>c = softmax(W x + b): c₀ times the routed answer plus c₁ times the shared one (residual MoE, PR-MoE).</summary>
    Residual,
}

/// <summary>What is summed with the weights.</summary>
public enum ExpertMerge
{
    /// <summary>The experts' answers.</summary>
    Outputs,

    /// <summary>
    /// The experts' weights: W = Σ wᵢ Wᵢ for every projection, then one feed-forward network with W (SMEAR). Computed as
    /// W x = Σ wᵢ (Wᵢ x), which is the same.
    /// </summary>
    Weights,
}

/// <summary>How the answer of a layer that stands alone joins its input.</summary>
public enum LayerResidual
{
    /// <summary>Not at all: y = moe(x).</summary>
    None,

    /// <summary>y = x + moe(norm(x)).</summary>
    PreNorm,

    /// <summary>y = norm(x + moe(x)).</summary>
    PostNorm,
}
