using System;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>Limit, SwishBeta and UpOffset, and which of several words says the nonlinearity after inheritance.</summary>
public sealed class GateFormTests
{
    private const string Functions = "static class F { [ActivationFunction] public static float Act(float x) => x; }";
    private const string Act = "Function = nameof(F.Act), From = typeof(F)";

    [Theory]
    [InlineData("Limit = 7, SwishBeta = 1.702, UpOffset = 1", "1|gate,up|gateLimited=min $0 7|upLimited=max min $1 7 -7|mul mul add %1 1 %0 sigmoid mul 1.702 %0")]
    [InlineData("SwishBeta = 1.702", "1|gate,up|mul mul $1 $0 sigmoid mul 1.702 $0")]
    [InlineData("UpOffset = 1", "1|gate,up|mul mul add $1 1 $0 sigmoid $0")]
    [InlineData("Limit = 0, SwishBeta = 1, UpOffset = 0", null)]
    [InlineData("Activation = Activation.Gelu", null)]
    public void Words_OfAGateForm_AreAFunctionOfGateAndUp(string arguments, string? text) =>
        Assert.Equal(text, FunctionOf($"[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, {arguments})] class B;"));

    [Theory]
    [InlineData("Limit = 7", Act, "1|x|$0")]
    [InlineData(Act, "Limit = 7", "1|gate,up|gateLimited=min $0 7|upLimited=max min $1 7 -7|mul mul %1 %0 sigmoid %0")]
    [InlineData(Act, "Activation = Activation.Gelu", null)]
    [InlineData("Activation = Activation.Gelu", Act, "1|x|$0")]
    [InlineData("Limit = 7", "Activation = Activation.Gelu", null)]
    [InlineData("Limit = 7", "Gated = false", null)]
    [InlineData("Limit = 7", "Limit = 0", null)]
    public void Words_OnTwoClasses_TheNearerOneHolds(string onBase, string onDerived, string? text) => Assert.Equal(text, FunctionOf(
        $"[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, {onBase})] class Base; [FeedForward({onDerived})] class B : Base;"));

    [Fact]
    public void Function_WithoutFrom_IsLookedForInTheClassThatNamesIt() => Assert.Equal("1|x|mul 2 $0", FunctionOf(
        "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, Function = nameof(Own))] class Base { [ActivationFunction] public static float Own(float x) => 2f * x; }"
        + "[FeedForward(Bias = true)] class B : Base;"));

    [Fact]
    public void Function_OfExperts_IsThatOfEachWord()
    {
        MoeArchitecture model = Compile(
            "[Block] [Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(4, IntermediateSize = 32, Limit = 7)]"
            + $"[SharedExperts(1, IntermediateSize = 32, {Act})] class B;");

        Assert.Contains("ClampedSwiGlu", model.Blocks[0].FeedForward.ToString()!);
        Assert.Contains("Name = Act", model.Blocks[0].FeedForward.ToString()!);
    }

    private static string? FunctionOf(string blocks) =>
        ((DenseFeedForward)Compile(blocks).Blocks.Single().FeedForward).Shape.Function is { } function ? FunctionText.Write(function) : null;

    private static MoeArchitecture Compile(string blocks)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare(
            Functions + blocks + "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(1, typeof(B))] public partial class Tiny;"));
        Assert.Empty(result.Findings.Select(finding => finding.Rule.Id + " " + finding.Message));
        return result.Architecture ?? throw new InvalidOperationException("There is no architecture.");
    }
}
