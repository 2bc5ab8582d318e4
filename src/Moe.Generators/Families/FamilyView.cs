using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Families;

/// <summary>
/// An architecture as a config.json sees it: one value for all layers, that of the first block that has one. Where no block
/// has one, a value that says nothing, so that every family can be asked about every architecture.
/// </summary>
/// <param name="architecture">The model.</param>
internal sealed class FamilyView(MoeArchitecture architecture)
{
    private readonly BlockArchitecture _first = architecture.Blocks[0];

    public MoeArchitecture Model => architecture;

    public int Layers => architecture.LayerCount;

    public int HiddenSize => architecture.HiddenSize;

    public int Heads => _first.Attention.Heads;

    public MultiHeadAttention Attention { get; } =
        architecture.Blocks.Select(block => block.Attention).OfType<MultiHeadAttention>().FirstOrDefault()
        ?? new MultiHeadAttention(1, 1, 1, false, false, false, false, null, null);

    /// <summary>Linear attention, or null.</summary>
    public LinearAttention? LinearAttention { get; } =
        architecture.Blocks.Select(block => block.Attention).OfType<LinearAttention>().FirstOrDefault();

    /// <summary>Attention experts, or null.</summary>
    public AttentionExperts? AttentionExperts { get; } =
        architecture.Blocks.Select(block => block.Attention).OfType<AttentionExperts>().FirstOrDefault();

    public LatentAttention Latent { get; } =
        architecture.Blocks.Select(block => block.Attention).OfType<LatentAttention>().FirstOrDefault()
        ?? new LatentAttention(1, 0, 1, 1, 2, 1, false, false, false, 1e-6, null);

    /// <summary>Whether any layer turns queries and keys.</summary>
    public bool Turns => architecture.Blocks.Any(block => block.Attention.Rotary is not null);

    public RotaryArchitecture Rotary { get; } =
        architecture.Blocks.Select(block => block.Attention.Rotary).FirstOrDefault(rotary => rotary is not null)
        ?? new RotaryArchitecture(10_000, 2, RotaryLayout.HalfSplit);

    /// <summary>How the parts of the first block join the stream.</summary>
    public ResidualArchitecture Residual => _first.Residual ?? new ResidualArchitecture(false, 1, 1, 1, 1);

    /// <summary>The dense feed-forward part, or null.</summary>
    public ExpertShape? Dense { get; } =
        architecture.Blocks.Select(block => block.FeedForward).OfType<DenseFeedForward>().FirstOrDefault()?.Shape;

    /// <summary>The feed-forward part with experts, or null.</summary>
    public ExpertFeedForward? Experts { get; } =
        architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().FirstOrDefault();

    /// <summary>The shape of the routed experts, or null.</summary>
    public ExpertShape? Routed => Experts?.Routed?.Shape;

    /// <summary>The routed experts' gate as a clamped SwiGLU, which is plain with (0, 1, 0); null where an author's function stands in its place.</summary>
    public (double Limit, double Beta, double Offset)? Gate => Routed?.Function is { } function ? GateForms.ClampedSwiGluOf(function) : (0, 1, 0);

    /// <summary>Number of routed experts.</summary>
    public int ExpertCount => Experts?.Experts ?? 0;

    /// <summary>The selection, where it is by rank.</summary>
    public TopKSelection? Selection => Experts?.Router.Selection as TopKSelection;

    /// <summary>Experts of a token.</summary>
    public int TopK => Selection?.TopK ?? Experts?.Router.Selection.MaxSelected ?? 0;

    /// <summary>Whether the chosen weights are divided by their sum.</summary>
    public bool IsRenormalised => Experts?.Router.Weights is RenormalisedWeights;

    /// <summary>The factor of all weights.</summary>
    public double WeightScale => Experts?.Router.Weights.Scale ?? 1;

    /// <summary>Number of shared experts.</summary>
    public int SharedCount => Experts?.Shared?.Count ?? 0;

    /// <summary>Name of the activation in the library.</summary>
    public string ActivationName => ((_first.FeedForward as DenseFeedForward)?.Shape ?? (_first.FeedForward as ExpertFeedForward)?.Routed?.Shape)?.Activation switch
    {
        Activation.SiLU => "silu",
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_pytorch_tanh",
        Activation.ReLU => "relu",
        Activation.ReLUSquared => "relu2",
        Activation.QuickGelu => "quick_gelu",
        Activation.Tanh => "tanh",
        Activation.Sigmoid => "sigmoid",
        Activation.Identity => "linear",
        _ => "unnamed",
    };

    /// <summary>Indices of the layers without experts.</summary>
    public IReadOnlyList<object?> DenseLayers => architecture.Layers
        .Where(range => architecture.Blocks[range.Block].FeedForward is DenseFeedForward)
        .SelectMany(range => Enumerable.Range(range.First, range.Count))
        .Select(layer => (object?)layer)
        .ToArray();

    /// <summary>How many layers come before the first one with experts.</summary>
    public int LeadingDenseLayers => architecture.Layers
        .TakeWhile(range => architecture.Blocks[range.Block].FeedForward is DenseFeedForward)
        .Sum(range => range.Count);

    /// <summary>The block of a layer.</summary>
    public BlockArchitecture BlockOf(int layer) =>
        architecture.Blocks[architecture.Layers.First(range => layer >= range.First && layer < range.First + range.Count).Block];
}
