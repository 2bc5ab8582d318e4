using System.Collections.Generic;

namespace Moe.Generators.Tests;

/// <summary>Cases of the rules about rotary scaling, reach and factors.</summary>
internal static class AttentionRuleCases
{
    private const string FeedForward = "[FeedForward(IntermediateSize = 96)]";
    private const string Dense = "[Block] [Attention(Heads = 4)]" + FeedForward + "class B;";
    private const string Sizes = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]";
    private const string Layers = "[Layers(2, typeof(B))]";
    private const string Tiny = Sizes + Layers + "public partial class Tiny;";
    private const string Yarn = "Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64";
    private const string Rope = "Scaling = RotaryScaling.LongRope, Factor = 4, OriginalContextLength = 64";
    private const string Eight = "[1, 1, 1, 1, 1, 1, 1, 1]";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RuleCase> All { get; } =
    [
        Model("MOE112", "another scaling", "Scaling = RotaryScaling.Linear, Factor = 2, [|BetaFast = 16|]", "Scaling = RotaryScaling.Linear, Factor = 2", "Scaling = Linear"),
        Block("MOE112", "shape of no norm", "[|QueryKeyNormSpan = NormSpan.Projection|]", "QueryKeyNorm = true, QueryKeyNormSpan = NormSpan.Projection", "not normalised"),
        Block("MOE112", "scale of no temperature", "[|TemperatureScale = 0.2|]", "TemperatureFloor = 32, TemperatureScale = 0.2", "no temperature"),
        new("MOE106", "latent and linear", "[Block] [[|LatentAttention(Heads = 4, KeyValueRank = 24, HeadSize = 16, RotarySize = 8)|]] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", Tiny,
            "[Block] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", null, "both [LatentAttention] and [LinearAttention]"),
        new("MOE106", "attention experts and linear", "[Block] [[|AttentionExperts(4, KeyValueHeads = 2, HeadSize = 8)|]] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", Tiny,
            "[Block] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", null, "both [AttentionExperts] and [LinearAttention]"),
        new("MOE301", "more attention experts a token than there are", "[Block] [AttentionExperts(2, [|TopK = 3|], KeyValueHeads = 2, HeadSize = 8)]" + FeedForward + "class B;", Tiny,
            "[Block] [AttentionExperts(2, TopK = 2, KeyValueHeads = 2, HeadSize = 8)]" + FeedForward + "class B;", null, "TopK (3) is above the number of attention experts (2)"),
        Over("says nothing", "[Layers(typeof(B))]", "[Layers(typeof(B), Every = 2)]", "neither Every, nor First, nor Last"),
        Over("behind the end", "[Layers(typeof(B), First = 2)]", "[Layers(typeof(B), First = 1)]", "the model has 2"),
        Over("more than all", "[Layers(typeof(B), Last = 3)]", "[Layers(typeof(B), Last = 2)]", "the model has 2"),
        Over("two ways", "[Layers(typeof(B), Last = 1, Every = 2)]", "[Layers(typeof(B), Every = 2)]", "Last beside Every or First"),
        new("MOE112", "rotation of linear attention", "[Block] [[|Rotary(Base = 500)|]] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", Tiny,
            "[Block] [LinearAttention(Heads = 4)]" + FeedForward + "class B;", null, "knows positions by its decay"),
        new("MOE202", "linear heads", "[Block] [LinearAttention(Heads = 10)]" + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;",
            "[Block] [LinearAttention(Heads = 10, HeadSize = 6)]" + FeedForward + "class B;", null, "HiddenSize (64) is not a multiple of Heads (10)"),
        Block("MOE201", "negative window", "[|Window = -1|]", "Window = 1", "Window of [Attention] on B is -1"),
        Block("MOE206", "negative clip", "[|ClipQueryKeyValue = -8|]", "ClipQueryKeyValue = 8", "ClipQueryKeyValue of [Attention] is -8"),
        Model("MOE206", "factor not a number", "Scaling = RotaryScaling.Linear, [|Factor = double.NaN|]", "Scaling = RotaryScaling.Linear, Factor = 2", "Factor of [Rotary] is NaN"),
        Model("MOE207", "scaling", "[|Scaling = (RotaryScaling)9|]", Yarn, "9 is not a choice of RotaryScaling"),
        Model("MOE208", "linear without factor", "[|Scaling = RotaryScaling.Linear|]", "Scaling = RotaryScaling.Linear, Factor = 2", "RotaryScaling.Linear needs Factor"),
        Model("MOE208", "yarn without length", "[|Scaling = RotaryScaling.Yarn|], Factor = 4", Yarn, "needs OriginalContextLength"),
        Model("MOE208", "dynamic of one pair", "Size = 2, [|Scaling = RotaryScaling.Dynamic|], Alpha = 8", "Size = 4, Scaling = RotaryScaling.Dynamic, Alpha = 8", "2 elements turn"),
        Model("MOE208", "llama factors", "Scaling = RotaryScaling.Llama3, Factor = 8, OriginalContextLength = 64, [|HighFrequencyFactor = 0.5|]", "Scaling = RotaryScaling.Llama3, Factor = 8, OriginalContextLength = 64, HighFrequencyFactor = 1", "HighFrequencyFactor (0.5) is below LowFrequencyFactor (1)"),
        Model("MOE208", "yarn bounds", Yarn + ", [|BetaFast = 1|]", Yarn + ", BetaFast = 2", "BetaFast (1) is not above BetaSlow (1)"),
        Model("MOE208", "mscale of nothing", Yarn + ", [|MscaleInSoftmax = true|]", Yarn + ", MscaleInSoftmax = true, MscaleAllDimensions = 1", "without MscaleAllDimensions"),
        Model("MOE208", "few factors", Rope + ", [|ShortFactors = [1, 2]|], LongFactors = " + Eight, Rope + ", ShortFactors = " + Eight + ", LongFactors = " + Eight, "ShortFactors has 2 numbers, and 16 elements turn"),
        Model("MOE208", "negative factor", Rope + ", [|ShortFactors = [1, 1, 1, -1, 1, 1, 1, 1]|], LongFactors = " + Eight, Rope + ", ShortFactors = " + Eight + ", LongFactors = " + Eight, "not finite and positive"),
        new("MOE208", "scaling of a block", "[Block] [Rotary(Scaling = RotaryScaling.Linear)] [Attention(Heads = 4)]" + FeedForward + "class B;", Sizes + "[Layers(2, [|typeof(B)|])] partial class Tiny;",
            "[Block] [Rotary(Scaling = RotaryScaling.Linear, Factor = 2)] [Attention(Heads = 4)]" + FeedForward + "class B;", null, "needs Factor"),
        Block("MOE209", "both", "Window = 8, [|Chunk = 16|]", "Window = 8", "Window (8) and Chunk (16)"),
        Block("MOE112", "looking ahead for nothing", "[|MayLookAhead = true|]", "HeadFraction = 0.5, MayLookAhead = true", "heads do not choose tokens"),
        Block("MOE206", "negative share", "[|HeadFraction = -0.5|], MayLookAhead = true", "HeadFraction = 0.5, MayLookAhead = true", "HeadFraction of [Attention] is -0.5"),
        Block("MOE211", "more than all tokens", "[|HeadFraction = 1.5|], MayLookAhead = true", "HeadFraction = 1, MayLookAhead = true", "a head takes a share of the tokens"),
        Block("MOE211", "shared keys", "[|KeyValueHeads = 2|], HeadFraction = 0.5, MayLookAhead = true", "HeadFraction = 0.5, MayLookAhead = true", "share a key and value head"),
        Block("MOE310", "heads look ahead", "[|HeadFraction = 0.5|]", "HeadFraction = 0.5, MayLookAhead = true", "a token's output depends on what follows it"),
        new("MOE210", "embedding erased", Dense, "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128, [|EmbeddingScale = 0|])]" + Layers + "partial class Tiny;", null, Tiny, "EmbeddingScale of [MoeModel] is 0; it must be a finite number other than 0"),
        new("MOE210", "residual not a number", "[Block] [Residual([|AttentionAlpha = double.NaN|])] [Attention(Heads = 4)]" + FeedForward + "class B;", Tiny, "[Block] [Residual(AttentionAlpha = 0)] [Attention(Heads = 4)]" + FeedForward + "class B;", null, "AttentionAlpha of [Residual] is NaN"),
    ];

    private static RuleCase Over(string name, string broken, string mended, string says) => new(
        "MOE109", "over layers: " + name, Dense, Sizes + Layers + "[[|" + broken[1..^1] + "|]] partial class Tiny;", null, Sizes + Layers + mended + "partial class Tiny;", says);

    private static RuleCase Block(string id, string name, string broken, string mended, string says) => new(
        id, name, $"[Block] [Attention(Heads = 4, {broken})]{FeedForward}class B;", Tiny, $"[Block] [Attention(Heads = 4, {mended})]{FeedForward}class B;", null, says);

    private static RuleCase Model(string id, string name, string broken, string mended, string says) => new(
        id, name, Dense, $"{Sizes}[Rotary({broken})]{Layers}partial class Tiny;", null, $"{Sizes}[Rotary({mended})]{Layers}partial class Tiny;", says);
}
