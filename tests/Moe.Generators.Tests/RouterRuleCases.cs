using System.Collections.Generic;

namespace Moe.Generators.Tests;

/// <summary>Cases of the rules about router stages, router state and groups of experts: MOE308 to MOE312.</summary>
internal static class RouterRuleCases
{
    private const string Experts = "[RoutedExperts(8, IntermediateSize = 32)]";
    private const string Model = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)][Layers(2, typeof(B))]public partial class Tiny;";

    private const string Marked = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)][Layers(2, [|typeof(B)|])]public partial class Tiny;";

    /// <summary>All of them.</summary>
    public static IEnumerable<RuleCase> All =>
    [
        Case("MOE308", "size of a linear router", "TopK = 2, [|RouterSize = 16|]", "TopK = 2, Logits = RouterLogits.Mlp, RouterSize = 16", "RouterSize has no effect"),
        Case("MOE308", "temperature of a tree", "TopK = 2, Logits = RouterLogits.Tree, [|Temperature = 2|]", "TopK = 2, Logits = RouterLogits.Tree", "Temperature has no effect; it needs logits"),
        Case("MOE308", "score beside softmax of the chosen", "TopK = 2, Weights = RouterWeights.SoftmaxOfChosen, [|Score = RouterScore.Sigmoid|]", "TopK = 2, Weights = RouterWeights.SoftmaxOfChosen", "Score has no effect"),
        Case("MOE308", "top-p without a sum", "[|Selection = RouterSelection.TopP|]", "Selection = RouterSelection.TopP, TopP = 0.4", "needs the sum that scores reach"),
        Case("MOE308", "random choice with raw weights", "TopK = 2, [|Logits = RouterLogits.Random|]", "TopK = 2, Logits = RouterLogits.Random, Weights = RouterWeights.One", "A random choice has no scores to weigh with"),
        Case("MOE308", "table of the hidden state", "TopK = 1, [|Logits = RouterLogits.Table|], Weights = RouterWeights.One", "TopK = 1, Input = RouterInput.TokenId, Logits = RouterLogits.Table, Weights = RouterWeights.One", "A table is looked up by token id or tag"),
        Case("MOE308", "recurrent router without a width", "TopK = 2, [|Logits = RouterLogits.Gru|]", "TopK = 2, Logits = RouterLogits.Gru, RouterSize = 16", "A recurrent router needs the width of its state"),
        Case("MOE308", "sparsemixer of three", "[|TopK = 3|], Score = RouterScore.SparseMixer", "TopK = 2, Score = RouterScore.SparseMixer", "Sparsemixer chooses 2 experts"),
        Case("MOE308", "most below TopK", "TopK = 4, [|MaxSelected = 3|]", "TopK = 4, MaxSelected = 4", "MaxSelected (3) is below FirstRank + TopK (4)"),
        Case("MOE308", "capacity twice", "TopK = 1, Capacity = 3, [|CapacityFactor = 1.25|]", "TopK = 1, Capacity = 3", "Capacity states the number of tokens already"),
        new("MOE309", "nothing before the first layer", Block("Input = RouterInput.PreviousHiddenState, TopK = 2"), Marked, Block("TopK = 2"), null, "the first layer with experts has none before it"),
        new("MOE309", "tags of a model without", Block("Input = RouterInput.Tag, TopK = 2"), Marked, null, Model.Replace("ContextLength = 128", "ContextLength = 128, Tags = 3"), "the model has no tags"),
        Case("MOE310", "expert choice in a causal model", "[|Selection = RouterSelection.ExpertChoice|], ExpertFraction = 0.5", "Selection = RouterSelection.ExpertChoice, ExpertFraction = 0.5, MayLookAhead = true", "a token's output depends on what follows it"),
        new("MOE310", "second choices behind later tokens", "[Block][Attention(Heads = 4)][[|Router(TopK = 2, CapacityFactor = 1.25)|]]" + Experts + "class B;", Model,
            Block("TopK = 2, CapacityFactor = 1.25, CapacityPriority = CapacityPriority.Position"), null, "A later token can take an earlier one's place"),
        new("MOE311", "two groups without a name", Block("TopK = 2") .Replace("class B;", "[[|RoutedExperts(2, IntermediateSize = 16)|]] class B;"), Model,
            Block("TopK = 2").Replace("class B;", "[RoutedExperts(2, Name = \"Small\", IntermediateSize = 16)] class B;"), null, "Two groups of experts have no name"),
        new("MOE311", "no identifier", Block("TopK = 2").Replace("[RoutedExperts(8,", "[RoutedExperts(8, [|Name = \"2nd\"|],"), Model,
            Block("TopK = 2").Replace("[RoutedExperts(8,", "[RoutedExperts(8, Name = \"Second\","), null, "'2nd' is not an identifier"),
        new("MOE312", "a down bias of each slice", Block("TopK = 2").Replace("[RoutedExperts(8,", "[RoutedExperts(8, Sliced = true, [|Bias = true|],"), Model,
            Block("TopK = 2").Replace("[RoutedExperts(8,", "[RoutedExperts(8, Sliced = true, Bias = true, OutputBias = true,"), null, "has one bias, which is added once"),
        new("MOE312", "slices beside low-rank experts", Block("TopK = 2").Replace("[RoutedExperts(8,", "[FeedForward(IntermediateSize = 96)] [LoraExperts(2, Rank = 4)] [RoutedExperts(8, [|Sliced = true|],"), Model,
            Block("TopK = 2").Replace("[RoutedExperts(8,", "[FeedForward(IntermediateSize = 96)] [LoraExperts(2, Rank = 4)] [RoutedExperts(8,"), null, "would read one network"),
    ];

    private static RuleCase Case(string id, string name, string router, string mended, string says) => new(id, name, Block(router), Model, Block(mended), null, says);

    private static string Block(string router) => "[Block][Attention(Heads = 4)][Router(" + router + ")]" + Experts + " class B;";
}
