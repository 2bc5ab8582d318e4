using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Architecture;

/// <summary>A model that holds: every default resolved, every dimension known, positive and divisible.</summary>
/// <param name="Namespace">Namespace of the class; empty for the global one.</param>
/// <param name="Name">Name of the class.</param>
/// <param name="Accessibility">Its C# accessibility.</param>
/// <param name="HidesBase">A base class is itself emitted: members are declared with <c>new</c>.</param>
/// <param name="IsSealed">The author sealed the class.</param>
/// <param name="VocabularySize">Token ids.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="ContextLength">Most tokens of a sequence.</param>
/// <param name="TiedHead">The head is the embedding.</param>
/// <param name="FinalNorm">The norm before the head.</param>
/// <param name="Layout">Whose checkpoints it reads.</param>
/// <param name="Blocks">The distinct blocks in order of first use.</param>
/// <param name="Layers">Runs of layers in order, without gaps, from 0.</param>
/// <param name="EmbeddingScale">Factor of the embedding.</param>
/// <param name="HeadBias">The head has a bias.</param>
/// <param name="LogitDivisor">What logits are divided by.</param>
/// <param name="Standalone">Of a feed-forward block alone, how its answer joins its input; null for a model.</param>
internal sealed record MoeArchitecture(
    string Namespace,
    string Name,
    string Accessibility,
    bool HidesBase,
    bool IsSealed,
    int VocabularySize,
    int HiddenSize,
    int ContextLength,
    bool TiedHead,
    NormArchitecture FinalNorm,
    CheckpointLayout Layout,
    ImmutableArray<BlockArchitecture> Blocks,
    ImmutableArray<LayerRange> Layers,
    double EmbeddingScale = 1,
    bool HeadBias = false,
    double LogitDivisor = 1,
    LayerResidual? Standalone = null)
{
    /// <summary>Places of embedding, final norm and head that the author states, by role.</summary>
    public ImmutableArray<(string Role, TensorPlace Place)> TensorNames { get; init; } = ImmutableArray<(string, TensorPlace)>.Empty;

    /// <summary>Formats of the weights in the processor's memory.</summary>
    public DeclaredFormats Formats { get; init; } = DeclaredFormats.None;

    /// <summary>Tags that a token can carry, whether or not a router looks at them; 0 for none.</summary>
    public int Tags { get; init; }

    /// <summary>Number of layers.</summary>
    public int LayerCount => Layers.Sum(range => range.Count);

    /// <summary>How many layers are the given block.</summary>
    public int LayersOf(int block) => Layers.Where(range => range.Block == block).Sum(range => range.Count);
}

/// <summary>A run of layers of one block.</summary>
/// <param name="First">Index of the first layer.</param>
/// <param name="Count">Number of layers.</param>
/// <param name="Block">Index into <see cref="MoeArchitecture.Blocks"/>.</param>
internal sealed record LayerRange(int First, int Count, int Block);

/// <summary>One decoder layer: x += attention(norm(x)); x += feedForward(norm(x)).</summary>
/// <param name="Name">A C# identifier, unique within the model.</param>
/// <param name="TypeName">Full name of the declaring class.</param>
/// <param name="AttentionNorm">Norm before attention.</param>
/// <param name="Attention">The attention part.</param>
/// <param name="FeedForwardNorm">Norm before the feed-forward part.</param>
/// <param name="FeedForward">The feed-forward part.</param>
/// <param name="IsParallel">Both parts read the block's input: x + attention(norm(x)) + feedForward(norm(x)).</param>
/// <param name="Momentum">How the feed-forward answer joins the residual stream across layers, or null for a plain sum.</param>
/// <param name="Residual">How both join the stream; null where they are added as they are.</param>
internal sealed record BlockArchitecture(
    string Name,
    string TypeName,
    NormArchitecture AttentionNorm,
    AttentionArchitecture Attention,
    NormArchitecture FeedForwardNorm,
    FeedForwardArchitecture FeedForward,
    bool IsParallel = false,
    MomentumArchitecture? Momentum = null,
    ResidualArchitecture? Residual = null)
{
    /// <summary>Places of weights that the author states, by role.</summary>
    public ImmutableArray<(string Role, TensorPlace Place)> TensorNames { get; init; } = ImmutableArray<(string, TensorPlace)>.Empty;
}

/// <summary>Momentum or Adam across layers.</summary>
/// <param name="IsAdam">Whether this block steps by Adam.</param>
/// <param name="Momentum">μ.</param>
/// <param name="StepSize">γ.</param>
/// <param name="FirstDecay">β₁.</param>
/// <param name="SecondDecay">β₂.</param>
/// <param name="Epsilon">ε under the root.</param>
/// <param name="CancelsResidual">The block gives the step alone, without its input (the released Adam layer).</param>
internal sealed record MomentumArchitecture(
    bool IsAdam, double Momentum, double StepSize, double FirstDecay, double SecondDecay, double Epsilon, bool CancelsResidual);

/// <summary>x = Alpha · r + Beta · part(norm(x)), r being x or, with FromNorm, norm(x).</summary>
internal sealed record ResidualArchitecture(bool FromNorm, double AttentionAlpha, double AttentionBeta, double FeedForwardAlpha, double FeedForwardBeta);

/// <summary>A norm of the hidden state.</summary>
internal sealed record NormArchitecture(NormKind Kind, double Epsilon, bool Bias);

/// <summary>The feed-forward part of a block.</summary>
internal abstract record FeedForwardArchitecture;

/// <summary>One feed-forward network for every token.</summary>
internal sealed record DenseFeedForward(ExpertShape Shape) : FeedForwardArchitecture;

/// <summary>Routed experts, and shared ones beside them.</summary>
/// <param name="Router">How experts are chosen.</param>
/// <param name="Groups">The experts among which it chooses, in order of expert number.</param>
/// <param name="Shared">Experts that every token passes, or null.</param>
/// <param name="InputScale">What the experts' input (not the router's) is multiplied with.</param>
/// <param name="DispatchSize">Width of the experts' input and output inside projections shared by all of them; 0 for none (BigMac).</param>
/// <param name="Merge">What is summed with the weights.</param>
/// <param name="TableRows">Token ids, for a router that looks them up.</param>
internal sealed record ExpertFeedForward(
    RouterArchitecture Router,
    EquatableArray<ExpertGroup> Groups,
    SharedExpertGroup? Shared,
    double InputScale = 1,
    int DispatchSize = 0,
    ExpertMerge Merge = ExpertMerge.Outputs,
    int TableRows = 0) : FeedForwardArchitecture
{
    /// <summary>Routed experts of every kind.</summary>
    public int Experts => Groups.Sum(group => group.Count);

    /// <summary>The first group of feed-forward experts, or null where all are of other kinds.</summary>
    public FeedForwardExperts? Routed => Groups.OfType<FeedForwardExperts>().FirstOrDefault();
}

/// <summary>Routed experts of one kind and shape.</summary>
/// <param name="Count">How many.</param>
/// <param name="Name">What tells its weights from those of other groups of the block; empty where there is no need.</param>
internal abstract record ExpertGroup(int Count, string Name);

/// <summary>Feed-forward networks of one shape.</summary>
/// <param name="Count">How many.</param>
/// <param name="Name">Of the group.</param>
/// <param name="Shape">Of each expert.</param>
/// <param name="OutputBias">A bias is added once to the weighted sum of the answers.</param>
/// <param name="Sliced">They are the slices of one network, which a checkpoint stores as such; no expert has a down bias of its own.</param>
internal sealed record FeedForwardExperts(int Count, string Name, ExpertShape Shape, bool OutputBias = false, bool Sliced = false) : ExpertGroup(Count, Name);

/// <summary>E(x) = 0.</summary>
internal sealed record ZeroExperts(int Count, string Name) : ExpertGroup(Count, Name);

/// <summary>E(x) = x.</summary>
internal sealed record CopyExperts(int Count, string Name) : ExpertGroup(Count, Name);

/// <summary>E(x) = a₀ x + a₁ v, a = softmax(W x), v and W learned.</summary>
internal sealed record ConstantExperts(int Count, string Name) : ExpertGroup(Count, Name);

/// <summary>One feed-forward network whose projections each gain a low-rank term of the chosen expert: W x + Factor · B (A x).</summary>
/// <param name="Count">How many.</param>
/// <param name="Name">Of the group.</param>
/// <param name="Frozen">The network under all of them.</param>
/// <param name="Rank">Rows of A.</param>
/// <param name="Factor">alpha / rank.</param>
internal sealed record LoraExperts(int Count, string Name, ExpertShape Frozen, int Rank, double Factor) : ExpertGroup(Count, Name);

/// <summary>Experts that every token passes.</summary>
/// <param name="Count">How many.</param>
/// <param name="Shape">Of each.</param>
/// <param name="Gate">What multiplies their answer.</param>
/// <param name="Scale">A constant factor on their answer.</param>
internal sealed record SharedExpertGroup(int Count, ExpertShape Shape, SharedGate Gate = SharedGate.None, double Scale = 1);

/// <summary>A feed-forward network: down(act(gate(x)) · up(x)), or down(act(up(x))).</summary>
/// <param name="IntermediateSize">Width between the projections.</param>
/// <param name="Activation">The nonlinearity, where no function takes its place.</param>
/// <param name="Gated">Whether there is a gate projection.</param>
/// <param name="Bias">Whether every projection has a bias.</param>
/// <param name="Function">Of one number: in place of the activation. Of two: of gate and up, in place of activation and product.</param>
internal sealed record ExpertShape(int IntermediateSize, Activation Activation, bool Gated, bool Bias, ScalarFunction? Function = null)
{
    /// <summary>What the nonlinearity is called.</summary>
    public string FunctionName => Function?.Name ?? Activation.ToString();
}
