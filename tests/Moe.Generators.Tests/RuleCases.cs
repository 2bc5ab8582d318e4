using System.Collections.Generic;
using System.Linq;

namespace Moe.Generators.Tests;

/// <summary>
/// A declaration that breaks one rule and its mended twin. [| and |] stand around the text that the diagnostic marks.
/// </summary>
/// <param name="Id">The rule.</param>
/// <param name="Name">What the case shows.</param>
/// <param name="Blocks">Text of Blocks.cs.</param>
/// <param name="Model">Text of Models.cs.</param>
/// <param name="FixedBlocks">The mended Blocks.cs; null where it stays as it is.</param>
/// <param name="FixedModel">The mended Models.cs; null where it stays as it is.</param>
/// <param name="Says">A piece of the message, with its numbers.</param>
public sealed record RuleCase(string Id, string Name, string Blocks, string Model, string? FixedBlocks, string? FixedModel, string Says)
{
    /// <inheritdoc/>
    public override string ToString() => Id + " " + Name;
}

/// <summary>At least one case for each rule, in the order of the rules.</summary>
public static class RuleCases
{
    private const string Attention = "[Attention(Heads = 4)]";
    private const string FeedForward = "[FeedForward(IntermediateSize = 96)]";
    private const string Experts = "[RoutedExperts(8, IntermediateSize = 32)]";
    private const string Dense = "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;";
    private const string Sizes = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]";
    private const string Layers = "[Layers(2, typeof(B))]";
    private const string Tiny = Sizes + Layers + "public partial class Tiny;";

    private const string Marked = Sizes + "[Layers(2, [|typeof(B)|])]" + "public partial class Tiny;";

    private const string LatentArguments = "Heads = 4, KeyValueRank = 24, HeadSize = 16";
    private const string DeepSeekLatent = "[Rotary(Layout = RotaryLayout.Interleaved)] [LatentAttention(Heads = 4, KeyValueRank = 24, HeadSize = 16, RotarySize = 8)]";
    private const string DeepSeekRouter = "Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 4, KeptGroups = 2, GroupKey = GroupKey.SumOfBestTwo, OutsideGroups = OutsideGroups.Zero, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20, WeightScale = 2.5";
    private const string DeepSeekExpert = "[Block] " + DeepSeekLatent + "[Router(TopK = 4, " + DeepSeekRouter + ")]" + Experts + "[SharedExperts(1, IntermediateSize = 32)] class B;";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RuleCase> All { get; } =
    [
        Of("MOE101", "not partial", Dense, Sizes + Layers + "public class [|Tiny|];", null, Tiny, "add 'partial'"),
        Of("MOE102", "no layers", Dense, "[[|MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)|]] partial class Tiny;", null, Tiny, "Tiny has no layers"),
        Of("MOE103", "no [Block]", Attention + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", Dense, null, "B is not a block"),
        Of("MOE104", "no attention", "[Block]" + FeedForward + "class [|B|];", Tiny, Dense, null, "Block B has no attention"),
        Of("MOE104", "abstract block without attention", "[Block]" + FeedForward + "abstract class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", Dense, null, "Block B has no attention"),
        Of("MOE105", "no feed-forward part", "[Block]" + Attention + "class [|B|];", Tiny, Dense, null, "Block B has no feed-forward part"),
        Of("MOE106", "two attentions", "[Block]" + Attention + "[[|LatentAttention(" + LatentArguments + ", RotarySize = 8)|]]" + FeedForward + "class B;", Tiny, Dense, null, "both [LatentAttention] and [Attention]"),
        Of("MOE106", "dense and experts", "[Block]" + Attention + "[[|FeedForward(IntermediateSize = 96)|]] [Router(TopK = 2)]" + Experts + "class B;", Tiny, Dense, null, "both [FeedForward] and [Router]"),
        Of("MOE107", "router alone", "[Block]" + Attention + "[[|Router(TopK = 2)|]] class B;", Tiny, Expert("TopK = 2"), null, "[Router] without [RoutedExperts]"),
        Of("MOE107", "experts alone", "[Block]" + Attention + "[[|RoutedExperts(8, IntermediateSize = 32)|]] class B;", Tiny, Expert("TopK = 2"), null, "[RoutedExperts] without [Router]"),
        Of("MOE108", "nested", Dense, "public partial class Outer { " + Sizes + Layers + "public partial class [|Tiny|]; }", null, Tiny, "nested"),
        Of("MOE108", "generic", Dense, Sizes + Layers + "public partial class [|Tiny|]<T>;", null, Tiny, "generic"),
        Of("MOE108", "static", Dense, Sizes + Layers + "public static partial class [|Tiny|];", null, Tiny, "static"),
        Of("MOE108", "record", Dense, Sizes + Layers + "public partial record [|Tiny|];", null, Tiny, "a record"),
        Of("MOE108", "file-local", Dense, Sizes + Layers + "file partial class [|Tiny|];", null, Tiny, "own file"),
        Of("MOE108", "abstract and partial", Dense, Sizes + Layers + "public abstract partial class [|Tiny|];", null, Sizes + Layers + "public abstract class Tiny;", "both abstract and partial"),
        Of("MOE109", "overlap", Dense, Sizes + "[Layers(2, typeof(B))] [[|Layers(1, typeof(B), First = 1)|]] partial class Tiny;", null, Sizes + "[Layers(2, typeof(B))] [Layers(1, typeof(B), First = 2)] partial class Tiny;", "Layer 1 overlap"),
        Of("MOE109", "gap", Dense, Sizes + "[Layers(2, typeof(B))] [[|Layers(1, typeof(B), First = 3)|]] partial class Tiny;", null, Tiny, "declares layer 2"),
        Of("MOE109", "no layers in a run", Dense, Sizes + "[Layers([|0|], typeof(B))] partial class Tiny;", null, Tiny, "A run of 0 layers"),
        Of("MOE109", "before 0", Dense, Sizes + "[Layers(2, typeof(B), [|First = -2|])] partial class Tiny;", null, Tiny, "starts at -2"),
        Of("MOE109", "part of an inherited range", Dense, Sizes + "[Layers(2, typeof(B))] public abstract class Base; [MoeModel] [[|Layers(1, typeof(B))|]] partial class Tiny : Base;", null, Sizes + "[Layers(2, typeof(B))] public abstract class Base; [MoeModel] [Layers(2, typeof(B))] partial class Tiny : Base;", "overlap with layers 0 to"),
        Of("MOE110", "two parts", Dense, Sizes + Layers + "public partial class Tiny; [[|Layers(1, typeof(B))|]] public partial class Tiny;", null, Tiny, "2 partial parts"),
        Of("MOE111", "member name", Dense, Sizes + Layers + "public partial class Tiny { public int [|TotalParameters|]; }", null, Sizes + Layers + "public partial class Tiny { public int MyParameters; }", "a member named TotalParameters"),
        Of("MOE112", "rotation without positions", "[Block] [[|Rotary(Base = 500)|]] [Attention(Heads = 4, Position = PositionEncoding.None)]" + FeedForward + "class B;", Tiny, "[Block] [Rotary(Base = 500)]" + Attention + FeedForward + "class B;", null, "Position = None"),
        Of("MOE112", "size of a latent rotation", "[Block] [Rotary([|Size = 8|])] [LatentAttention(" + LatentArguments + ", RotarySize = 8)]" + FeedForward + "class B;", Tiny, "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 8)]" + FeedForward + "class B;", null, "RotarySize"),
        Of("MOE112", "bias of a direct query", "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 8, [|QueryBias = true|])]" + FeedForward + "class B;", Tiny, "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 8, QueryRank = 12, QueryBias = true)]" + FeedForward + "class B;", null, "QueryRank"),
        Of("MOE113", "derived", Dense, Tiny + " public partial class [|Mine|] : Tiny;", null, Tiny + " [MoeModel] public partial class Mine : Tiny;", "derives from the model Tiny"),
        Of("MOE201", "model size missing", Dense, "[[|MoeModel(VocabularySize = 100, ContextLength = 128)|]]" + Layers + "partial class Tiny;", null, Tiny, "HiddenSize of [MoeModel] on Tiny is missing"),
        Of("MOE201", "model size negative", Dense, "[MoeModel([|VocabularySize = -1|], HiddenSize = 64, ContextLength = 128)]" + Layers + "partial class Tiny;", null, Tiny, "is -1"),
        Of("MOE201", "heads missing", "[Block] [[|Attention|]]" + FeedForward + "class B;", Tiny, Dense, null, "Heads of [Attention] on B is missing"),
        Of("MOE201", "width zero", "[Block]" + Attention + "[FeedForward([|IntermediateSize = 0|])] class B;", Tiny, Dense, null, "IntermediateSize of [FeedForward] on B is 0"),
        Of("MOE201", "experts of no number", "[Block]" + Attention + "[Router(TopK = 2)] [[|RoutedExperts(IntermediateSize = 32)|]] class B;", Tiny, Expert("TopK = 2"), null, "Count of [RoutedExperts] on B is missing"),
        Of("MOE201", "optional size negative", "[Block] [Attention(Heads = 4, [|HeadSize = -8|])]" + FeedForward + "class B;", Tiny, Dense, null, "HeadSize of [Attention] on B is -8"),
        Of("MOE202", "ten heads", "[Block] [Attention(Heads = 10)]" + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", "[Block] [Attention(Heads = 10, HeadSize = 6)]" + FeedForward + "class B;", null, "HiddenSize (64) is not a multiple of Heads (10) of block B; 8 and 16 are the nearest"),
        Of("MOE203", "three of four", "[Block] [Attention(Heads = 4, [|KeyValueHeads = 3|])]" + FeedForward + "class B;", Tiny, "[Block] [Attention(Heads = 4, KeyValueHeads = 2)]" + FeedForward + "class B;", null, "2 and 4 are the nearest"),
        Of("MOE204", "odd size", "[Block] [Rotary([|Size = 7|])]" + Attention + FeedForward + "class B;", Tiny, "[Block] [Rotary(Size = 6)]" + Attention + FeedForward + "class B;", null, "Size of [Rotary] is 7"),
        Of("MOE204", "odd latent size", "[Block] [LatentAttention(" + LatentArguments + ", [|RotarySize = 7|])]" + FeedForward + "class B;", Tiny, "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 6)]" + FeedForward + "class B;", null, "RotarySize is 7"),
        Of("MOE204", "above a stated head", "[Block] [Rotary([|Size = 16|])] [Attention(Heads = 4, HeadSize = 12)]" + FeedForward + "class B;", Tiny, "[Block] [Rotary(Size = 12)] [Attention(Heads = 4, HeadSize = 12)]" + FeedForward + "class B;", null, "a head has 12 elements"),
        Of("MOE204", "above a derived head", "[Block] [Rotary(Size = 18)]" + Attention + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", "[Block] [Rotary(Size = 16)]" + Attention + FeedForward + "class B;", null, "a head of block B has 16 elements"),
        Of("MOE204", "odd head", "[Block] [Attention(Heads = 4, HeadSize = 9)]" + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", "[Block] [Rotary(Size = 8)] [Attention(Heads = 4, HeadSize = 9)]" + FeedForward + "class B;", null, "The head size of block B is 9"),
        Of("MOE204", "odd default of the model", Dense, Sizes + "[Rotary([|Size = 3|])]" + Layers + "partial class Tiny;", null, Sizes + "[Rotary(Size = 4)]" + Layers + "partial class Tiny;", "Size of [Rotary] is 3"),
        Of("MOE205", "wide block", "[Block] [Attention(Heads = 4, HeadSize = 1000000000)]" + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", Dense, null, "of block B is 12000000000, above 1073741824"),
        Of("MOE205", "many shared experts", "[Block]" + Attention + "[Router(TopK = 2)]" + Experts + "[SharedExperts(70000, IntermediateSize = 70000)] class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;", Expert("TopK = 2"), null, "9800000000"),
        Of("MOE205", "many parameters", "[Block]" + Attention + "[FeedForward(IntermediateSize = 500000000)] class B;", "[[|MoeModel(VocabularySize = 100, HiddenSize = 100000000, ContextLength = 128)|]] [Layers(2000, typeof(B))] partial class Tiny;", Dense, Tiny, "The number of parameters"),
        Of("MOE205", "many layers", Dense, Sizes + "[[|Layers(2000000000, typeof(B))|]] [Layers(2000000000, typeof(B))] partial class Tiny;", null, Tiny, "The number of layers is 4000000000"),
        Of("MOE205", "wide model", Dense, "[MoeModel([|VocabularySize = 2000000000|], HiddenSize = 64, ContextLength = 128)]" + Layers + "partial class Tiny;", null, Tiny, "VocabularySize is 2000000000"),
        Of("MOE206", "epsilon zero", "[Block] [Norm([|Epsilon = 0|])]" + Attention + FeedForward + "class B;", Tiny, Dense, null, "Epsilon of [Norm] is 0"),
        Of("MOE206", "epsilon below float32", "[Block] [Norm([|Epsilon = 1e-50|])]" + Attention + FeedForward + "class B;", Tiny, Dense, null, "Epsilon of [Norm] is 1E-50"),
        Of("MOE206", "base infinite", Dense, Sizes + "[Rotary([|Base = double.PositiveInfinity|])]" + Layers + "partial class Tiny;", null, Tiny, "Base of [Rotary]"),
        Of("MOE206", "latent epsilon negative", "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 8, [|NormEpsilon = -1e-6|])]" + FeedForward + "class B;", Tiny, Dense, null, "NormEpsilon of [LatentAttention]"),
        Of("MOE112", "formats on a block", Dense.Replace("[Block]", "[Block] [[|Weights(Format.Int8)|]]"), Tiny, Dense, null, "move it to the class with [MoeModel]"),
        Of("MOE207", "format", Dense, Sizes + Layers + "[Weights([|FeedForward = (Format)9|])] public partial class Tiny;", null, Tiny, "9 is not a choice of Format; write one of Exact, F32, BF16, Int8, Int4, MXFP4"),
        Of("MOE207", "format of all parts", Dense, Sizes + Layers + "[Weights([|(Format)(-1)|])] public partial class Tiny;", null, Tiny, "-1 is not a choice of Format"),
        Of("MOE207", "activation", "[Block]" + Attention + "[FeedForward(IntermediateSize = 96, [|Activation = (Activation)9|])] class B;", Tiny, Dense, null, "9 is not a choice of Activation; write one of SiLU, Gelu, GeluTanh, ReLU"),
        Of("MOE207", "layout", Dense, Sizes + Layers + "[Checkpoint([|(CheckpointLayout)77|])] partial class Tiny;", null, Tiny, "77 is not a choice of CheckpointLayout"),
        .. AttentionRuleCases.All,
        Of("MOE301", "TopK above experts", Expert("[|TopK = 9|]"), Tiny, Expert("TopK = 8"), null, "TopK (9) is above the number of routed experts (8)"),
        Of("MOE301", "fewer experts on a derived block", Expert("TopK = 4", "Base") + "[RoutedExperts([|2|])] class B : Base;", Tiny, Expert("TopK = 4", "Base") + "[RoutedExperts(4)] class B : Base;", null, "TopK (4) is above the number of routed experts (2)"),
        Of("MOE302", "three groups of eight", Expert("TopK = 2, [|Groups = 3|], KeptGroups = 1"), Tiny, Expert("TopK = 2, Groups = 4, KeptGroups = 1"), null, "2 and 4 are the nearest"),
        Of("MOE303", "kept above groups", Expert("TopK = 2, Groups = 4, [|KeptGroups = 5|]"), Tiny, Expert("TopK = 2, Groups = 4, KeptGroups = 4"), null, "KeptGroups is 5 of 4 groups"),
        Of("MOE303", "groups without kept", Expert("TopK = 2, [|Groups = 4|]"), Tiny, Expert("TopK = 2, Groups = 4, KeptGroups = 4"), null, "without KeptGroups"),
        Of("MOE303", "kept without groups", Expert("TopK = 2, [|KeptGroups = 2|]"), Tiny, Expert("TopK = 2"), null, "KeptGroups is stated without Groups"),
        Of("MOE303", "key without groups", Expert("TopK = 2, [|GroupKey = GroupKey.SumOfBestTwo|]"), Tiny, Expert("TopK = 2"), null, "GroupKey is stated without Groups"),
        Of("MOE304", "TopK above the kept", Expert("[|TopK = 5|], Groups = 4, KeptGroups = 2"), Tiny, Expert("TopK = 4, Groups = 4, KeptGroups = 2"), null, "TopK (5) is above the 4 experts of the 2 kept groups (2 experts each)"),
        Of("MOE305", "groups of one", Expert("TopK = 2, Groups = 8, KeptGroups = 4, [|GroupKey = GroupKey.SumOfBestTwo|]"), Tiny, Expert("TopK = 2, Groups = 8, KeptGroups = 4"), null, "each of the 8 groups has one expert"),
        Of("MOE306", "scale zero", Expert("TopK = 2, [|WeightScale = 0|]"), Tiny, Expert("TopK = 2, WeightScale = -1"), null, "WeightScale is 0"),
        Of("MOE306", "scale not a number", Expert("TopK = 2, [|WeightScale = double.NaN|]"), Tiny, Expert("TopK = 2"), null, "WeightScale is NaN"),
        Of("MOE307", "negative", Expert("TopK = 2, Weights = RouterWeights.Renormalised, [|RenormaliseEpsilon = -1|]"), Tiny, Expert("TopK = 2, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20"), null, "RenormaliseEpsilon is -1"),
        Of("MOE307", "with raw weights", Expert("TopK = 2, [|RenormaliseEpsilon = 1e-20|]"), Tiny, Expert("TopK = 2"), null, "raw weights"),
        .. RouterRuleCases.All,
        .. CheckpointCases(),
        Of("MOE402", "unknown role", Dense.Replace("[Block]", "[Block] [TensorName(\"Routr\", \"blocks.{layer}.router\")]"), Marked, Dense.Replace("[Block]", "[Block] [TensorName(\"Query\", \"blocks.{layer}.query\")]"), null, "block B has no weight of the role \"Routr\"; its roles are AttentionNorm, Query, Key, Value, Output"),
        Of("MOE402", "no layer", Dense.Replace("[Block]", "[Block] [TensorName(\"Query\", \"query\")]"), Marked, Dense.Replace("[Block]", "[Block] [TensorName(\"Query\", \"query.{layer}\")]"), null, "write {layer}"),
        Of("MOE402", "experts in one matrix", Expert("TopK = 2").Replace("[Block]", "[Block] [TensorName(\"ExpertUp\", \"up.{layer}\")]"), Marked, Expert("TopK = 2").Replace("[Block]", "[Block] [TensorName(\"ExpertUp\", \"up.{layer}\", Stacked = true)]"), null, "8 experts of block B would read one matrix"),
        Of("MOE402", "vector transposed", Dense, Sizes + "[TensorName(\"FinalNorm\", \"norm\", [|Transposed = true|])]" + Layers + "public partial class Tiny;", null, Sizes + "[TensorName(\"FinalNorm\", \"norm\")]" + Layers + "public partial class Tiny;", "FinalNorm of Tiny is a vector"),
        Of("MOE403", "head that is the embedding", Dense, Sizes + Layers + "[Head(Tied = true)] [Weights([|Head = Format.Int8|])] public partial class Tiny;", null, Sizes + Layers + "[Head(Tied = true)] [Weights(Embedding = Format.Int8)] public partial class Tiny;", "the head of Tiny is its embedding; state Embedding"),
        Of("MOE403", "no shared experts", Expert("TopK = 2"), Sizes + Layers + "[Weights(Experts = Format.Int4, [|SharedExperts = Format.Int8|])] public partial class Tiny;", null, Sizes + Layers + "[Weights(Experts = Format.Int4, SharedExperts = Format.Exact)] public partial class Tiny;", "Tiny has no shared experts"),
        Of("MOE403", "no experts", Dense, Sizes + Layers + "[Weights(Format.Int8, [|Experts = Format.Int4|])] public partial class Tiny;", null, Sizes + Layers + "[Weights(Format.Int8, FeedForward = Format.Int4)] public partial class Tiny;", "no routed experts"),
        Of("MOE403", "no router", Dense, Sizes + Layers + "[Weights([|Router = Format.BF16|])] public partial class Tiny;", null, Tiny, "no router"),
        Of("MOE403", "attention of a layer alone", Dense, "[MoeLayer(HiddenSize = 64)] [Router(TopK = 2)]" + Experts + "[Weights([|Attention = Format.BF16|])] public partial class Alone;", null, "[MoeLayer(HiddenSize = 64)] [Router(TopK = 2)]" + Experts + "[Weights(Experts = Format.BF16)] public partial class Alone;", "Alone has no attention"),
        Of("MOE501", "many experts", "[Block]" + Attention + "[Router(TopK = 2)] [RoutedExperts([|1025|], IntermediateSize = 32)] class B;", Tiny, "[Block]" + Attention + "[Router(TopK = 2)] [RoutedExperts(1024, IntermediateSize = 32)] class B;", null, "(1025) is above 1024"),
        Of("MOE501", "many chosen", "[Block]" + Attention + "[Router([|TopK = 65|])] [RoutedExperts(80, IntermediateSize = 32)] class B;", Tiny, "[Block]" + Attention + "[Router(TopK = 64)] [RoutedExperts(80, IntermediateSize = 32)] class B;", null, "(65) is above 64"),
        .. FunctionRuleCases.All,
    ];

    /// <summary>One for each thing that a family has no tensor or key for.</summary>
    private static IEnumerable<RuleCase> CheckpointCases()
    {
        const string Llama = "Llama";
        const string Qwen = "Qwen3Moe";
        string qwenExpert = "[Block] [Attention(Heads = 4, QueryKeyNorm = true)] [Router(TopK = 2)]" + Experts;
        string qwen = qwenExpert + "class B;";
        string mixtral = Expert("TopK = 2, Weights = RouterWeights.Renormalised");
        string twoLayers = "[Layers(1, typeof(B))] [Layers(1, [|typeof(C)|])]";

        yield return Holds(Llama, "routed experts", mixtral, Dense, "FeedForward of [RoutedExperts] is Expert; the layout means Dense");
        yield return Holds(Llama, "latent attention", "[Block] [LatentAttention(" + LatentArguments + ", RotarySize = 8)]" + FeedForward + "class B;", Dense, "is Latent; the layout means MultiHead");
        yield return Holds(Llama, "query and key norm", "[Block] [Attention(Heads = 4, QueryKeyNorm = true)]" + FeedForward + "class B;", Dense, "QueryKeyNormEpsilon of [Attention] is 1E-06; the layout means absent");
        yield return Holds(Llama, "some biases", "[Block] [Attention(Heads = 4, QueryBias = true)]" + FeedForward + "class B;", "[Block] [Attention(Heads = 4, QueryBias = true, KeyBias = true, ValueBias = true, OutputBias = true)]" + FeedForward + "class B;", "KeyBias of [Attention] is false; the layout means true");
        yield return Holds(Llama, "no positions", "[Block] [Attention(Heads = 4, Position = PositionEncoding.None)]" + FeedForward + "class B;", Dense, "Rotary of [Attention] is absent");
        yield return Holds(Llama, "part of the head", "[Block] [Rotary(Size = 8)]" + Attention + FeedForward + "class B;", Dense, "Size of [Rotary] is 8; the layout means 16");
        yield return Holds(Llama, "interleaved", "[Block] [Rotary(Layout = RotaryLayout.Interleaved)]" + Attention + FeedForward + "class B;", Dense, "Layout of [Rotary] is Interleaved");
        yield return Holds(Llama, "LayerNorm", "[Block] [Norm(Kind = NormKind.Layer)]" + Attention + FeedForward + "class B;", Dense, "Kind of [Norm] is Layer");
        yield return Holds(Llama, "norm bias", "[Block] [Norm(Bias = true)]" + Attention + FeedForward + "class B;", Dense, "Bias of [Norm] is true");
        yield return Holds(Llama, "another norm", "[Block] [Norm(Epsilon = 1e-5)]" + Attention + FeedForward + "class B;", Dense, "Epsilon of [Norm] is 1E-05; the layout means 1E-06");
        yield return Holds(Llama, "plain feed-forward", "[Block]" + Attention + "[FeedForward(IntermediateSize = 96, Gated = false)] class B;", "[Block]" + Attention + "[FeedForward(IntermediateSize = 96, Bias = true)] class B;", "Gated of [FeedForward] is false");
        yield return Holds(Llama, "two attentions", Dense + "[Attention(KeyValueHeads = 2)] class C : B;", Dense + "class C : B;", "KeyValueHeads of [Attention] is 2; the layout means 4", twoLayers);
        yield return Holds(Llama, "two widths", Dense + "[FeedForward(IntermediateSize = 80)] class C : B;", Dense + "class C : B;", "IntermediateSize of [FeedForward] is 80; the layout means 96", twoLayers);
        yield return Holds("Mixtral", "dense", Dense, mixtral, "FeedForward of [FeedForward] is Dense");
        yield return Holds("Mixtral", "raw weights", Expert("TopK = 2"), mixtral, "Weights of [Router] is Raw; the layout means Renormalised");
        yield return Holds("Mixtral", "bias", mixtral.Replace("Heads = 4", "Heads = 4, OutputBias = true"), mixtral, "OutputBias of [Attention] is true");
        yield return Holds("Mixtral", "sigmoid", mixtral.Replace("TopK = 2", "TopK = 2, Score = RouterScore.Sigmoid"), mixtral, "Score of [Router] is Sigmoid; the layout means Softmax");
        yield return Holds("Mixtral", "logit bias", mixtral.Replace("TopK = 2", "TopK = 2, LogitBias = true"), mixtral, "Bias of [Router] is true");
        yield return Holds("Mixtral", "epsilon", mixtral.Replace("TopK = 2", "TopK = 2, RenormaliseEpsilon = 1e-20"), mixtral, "Epsilon of [Router] is 1E-20");
        yield return Holds("Mixtral", "scale", mixtral.Replace("TopK = 2", "TopK = 2, WeightScale = 2"), mixtral, "Scale of [Router] is 2");
        yield return Holds("Mixtral", "groups", mixtral.Replace("TopK = 2", "TopK = 2, Groups = 2, KeptGroups = 1"), mixtral, "Groups of [Router] is GroupLimit");
        yield return Holds("Mixtral", "expert biases", mixtral.Replace("IntermediateSize = 32", "IntermediateSize = 32, Bias = true"), mixtral, "Bias of [RoutedExperts] is true");
        yield return Holds("Mixtral", "slices", mixtral.Replace("IntermediateSize = 32", "IntermediateSize = 32, Sliced = true"), mixtral, "Sliced of [RoutedExperts] is true");
        yield return Holds(Qwen, "no query and key norm", Expert("TopK = 2"), qwen, "QueryKeyNormEpsilon of [Attention] is absent");
        yield return Holds(Qwen, "shared experts", qwenExpert + "[SharedExperts(1, IntermediateSize = 32)] class B;", qwen, "Shared of [SharedExperts] is SharedExpertGroup");
        yield return Holds(Qwen, "selection bias", qwen.Replace("TopK = 2", "TopK = 2, SelectionBias = true"), qwen, "Bias of [Router] is true");
        yield return Holds(Qwen, "two widths", qwen + "[RoutedExperts(IntermediateSize = 16)] class C : B;", qwen + FeedForward + "class C : B;", "IntermediateSize of [RoutedExperts] is 16; the layout means 32", twoLayers);
        yield return Holds(Qwen, "two activations", qwen + "[FeedForward(IntermediateSize = 96, Activation = Activation.Gelu)] class C : B;", qwen + FeedForward + "class C : B;", "Activation of [FeedForward] is Gelu; the layout means SiLU", twoLayers);
        yield return Holds("DeepSeekV3", "multi-head", DeepSeekExpert.Replace(DeepSeekLatent, Attention), DeepSeekExpert, "Attention of [Attention] is MultiHead; the layout means Latent");
        yield return Holds("DeepSeekV3", "softmax", DeepSeekExpert.Replace("RouterScore.Sigmoid", "RouterScore.Softmax"), DeepSeekExpert, "Score of [Router] is Softmax");
        yield return Holds("DeepSeekV3", "no selection bias", DeepSeekExpert.Replace("SelectionBias = true, ", ""), DeepSeekExpert, "Bias of [Router] is false");
        yield return Holds("DeepSeekV3", "best expert", DeepSeekExpert.Replace("GroupKey = GroupKey.SumOfBestTwo, ", ""), DeepSeekExpert, "Key of [Router] is Maximum");
        yield return Holds("DeepSeekV3", "outside", DeepSeekExpert.Replace("OutsideGroups = OutsideGroups.Zero, ", ""), DeepSeekExpert, "Outside of [Router] is NegativeInfinity");
        yield return Holds("DeepSeekV3", "epsilon", DeepSeekExpert.Replace("RenormaliseEpsilon = 1e-20, ", ""), DeepSeekExpert, "Epsilon of [Router] is 0; the layout means 1E-20");
        yield return Holds("DeepSeekV3", "shared width", DeepSeekExpert.Replace("[SharedExperts(1, IntermediateSize = 32)]", "[SharedExperts(1, IntermediateSize = 24)]"), DeepSeekExpert, "IntermediateSize of [SharedExperts] is 24; the layout means 32");
        yield return Holds("DeepSeekV3", "not gated", DeepSeekExpert.Replace("IntermediateSize = 32", "IntermediateSize = 32, Gated = false"), DeepSeekExpert, "Gated of [RoutedExperts] is false");
        yield return Holds("DeepSeekV3", "latent epsilon", DeepSeekExpert.Replace("RotarySize = 8", "RotarySize = 8, NormEpsilon = 1e-5"), DeepSeekExpert, "NormEpsilon of [LatentAttention] is 1E-05");
        yield return Holds("DeepSeekV3", "some biases", DeepSeekExpert.Replace("RotarySize = 8", "RotarySize = 8, OutputBias = true"), DeepSeekExpert.Replace("RotarySize = 8", "RotarySize = 8, KeyValueBias = true, OutputBias = true"), "KeyValueBias of [LatentAttention] is false; the layout means true");
        yield return Of("MOE401", "DeepSeekV3 dense after experts", DeepSeekExpert + FeedForward + "class C : B;",
            Checkpoint("DeepSeekV3", twoLayers), null, Checkpoint("DeepSeekV3", "[Layers(1, typeof(C))] [Layers(1, typeof(B))]"), "FeedForward of [FeedForward] is Dense; the layout means Expert");
        yield return Of("MOE401", "layout on a derived model", mixtral, Tiny + "[MoeModel] [Checkpoint([|CheckpointLayout.Llama|])] partial class Mine : Tiny;",
            null, Tiny + "[MoeModel] [Checkpoint(CheckpointLayout.Mixtral)] partial class Mine : Tiny;", "FeedForward of [RoutedExperts] is Expert; the layout means Dense");
    }

    private static RuleCase Of(string id, string name, string blocks, string model, string? fixedBlocks, string? fixedModel, string says) =>
        new(id, name, blocks, model, fixedBlocks, fixedModel, says);

    private static RuleCase Holds(string layout, string name, string blocks, string fixedBlocks, string says, string layers = "[Layers(2, [|typeof(B)|])]") =>
        new("MOE401", layout + " " + name, blocks, Checkpoint(layout, layers), fixedBlocks, null, says);

    private static string Checkpoint(string layout, string layers) =>
        Sizes + $"[Checkpoint(CheckpointLayout.{layout})]" + layers + "partial class Tiny;";

    private static string Expert(string router, string name = "B") =>
        "[Block]" + Attention + "[Router(" + router + ")]" + Experts + $"class {name};";
}
