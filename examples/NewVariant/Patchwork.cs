using Moe;

namespace NewVariant;

/// <summary>The ground: grouped-query attention that turns half of each head, and a plain GELU feed-forward part.</summary>
[Block]
[Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
[Attention(Heads = 8, KeyValueHeads = 2, HeadSize = 24, QueryKeyNorm = true, OutputBias = true)]
[Rotary(Size = 12, Layout = RotaryLayout.Interleaved)]
[FeedForward(IntermediateSize = 320, Activation = Activation.GeluTanh, Gated = false, Bias = true)]
public class Ground;

/// <summary>
/// The ground with experts in place of the feed-forward part: 12 in 4 groups, of which the 2 best give 3 experts; a bias
/// decides who is chosen and never enters the weights; one shared expert sees every token.
/// </summary>
[Router(TopK = 3, Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 4, KeptGroups = 2, GroupKey = GroupKey.SumOfBestTwo,
    Weights = RouterWeights.Renormalised, WeightScale = 1.5)]
[RoutedExperts(12, IntermediateSize = 80)]
[SharedExperts(1, IntermediateSize = 96)]
public class Woven : Ground;

/// <summary>Woven, but one expert at a time and its score as it is. Everything that is not named here is inherited.</summary>
[Router(TopK = 1, Weights = RouterWeights.Raw)]
public class Thread : Woven;

/// <summary>Woven, with latent attention in place of grouped-query attention: the cache holds 40 elements a token.</summary>
[LatentAttention(Heads = 8, KeyValueRank = 32, HeadSize = 16, RotarySize = 8)]
[Rotary(Reset = true)]
public class Knot : Woven;

/// <summary>Four kinds of layer in one model.</summary>
[MoeModel(VocabularySize = 1000, HiddenSize = 160, ContextLength = 1024)]
[Layers(1, typeof(Ground))]
[Layers(2, typeof(Woven))]
[Layers(2, typeof(Thread))]
[Layers(1, typeof(Knot))]
public partial class Patchwork;

/// <summary>The same with another last layer and a tied head: a run of layers is replaced by one that covers the same range.</summary>
[MoeModel]
[Layers(1, typeof(Woven), First = 5)]
[Head(Tied = true)]
public partial class TiedPatchwork : Patchwork;
