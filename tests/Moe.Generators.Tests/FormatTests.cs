using System.Linq;
using Microsoft.CodeAnalysis;
using Moe.Generators.Architecture;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>[Weights]: what holds after inheritance, and what of it is emitted.</summary>
public sealed class FormatTests
{
    private const string Blocks = """
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class Dense;
        [Block] [Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(8, IntermediateSize = 32)] [SharedExperts(1, IntermediateSize = 32)] class Expert;

        """;

    private const string Model = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(1, typeof(Dense))] [Layers(2, typeof(Expert))]";

    [Theory]
    [InlineData("[Weights(Experts = Format.Int4, Attention = Format.Int8)]", "Attention Int8, Experts Int4")]
    [InlineData("[Weights(Format.Int8)]", "Embedding Int8, Attention Int8, Experts Int8, SharedExperts Int8, FeedForward Int8, Head Int8")]
    [InlineData("[Weights(Format.BF16)]", "Embedding BF16, Attention BF16, Router BF16, Experts BF16, SharedExperts BF16, FeedForward BF16, Head BF16")]
    [InlineData("[Weights(Format.Int4, Router = Format.Int8, Embedding = Format.Exact)]", "Attention Int4, Router Int8, Experts Int4, SharedExperts Int4, FeedForward Int4, Head Int4")]
    [InlineData("[Weights]", "")]
    [InlineData("", "")]
    public void Weights_OfAModel_AreThoseOfItsParts(string word, string expected) =>
        Assert.Equal(expected, Formats($"{Model} {word} public partial class Tiny;"));

    [Theory]
    [InlineData("", "Attention Int8, Experts Int4")]
    [InlineData("[Weights(Experts = Format.Int8)]", "Attention Int8, Experts Int8")]
    [InlineData("[Weights(Experts = Format.Exact)]", "Attention Int8")]
    [InlineData("[Weights(Reset = true, Head = Format.BF16)]", "Head BF16")]
    [InlineData("[Weights(Format.F32)]", "Embedding F32, Attention F32, Router F32, Experts F32, SharedExperts F32, FeedForward F32, Head F32")]
    [InlineData("[Weights(Format.Int8, Experts = Format.MXFP4)]", "Embedding Int8, Attention Int8, Experts MXFP4, SharedExperts Int8, FeedForward Int8, Head Int8")]
    public void Weights_OfADerivedModel_OverrideTheBase(string word, string expected) => Assert.Equal(expected, Formats($$"""
        {{Model}} [Weights(Experts = Format.Int4, Attention = Format.Int8)] public abstract class Abstract;
        [MoeModel] {{word}} public partial class Tiny : Abstract;
        """));

    [Fact]
    public void Weights_PartsOfADerivedModel_StandOverTheBasesFormatForAll() => Assert.Equal(
        "Attention Int8, Experts Int4, SharedExperts Int8, FeedForward Int8, Head Int8",
        Formats($$"""
            {{Model}} [Weights(Format.Int8)] public abstract class Abstract;
            [MoeModel] [Weights(Experts = Format.Int4, Embedding = Format.Exact)] public partial class Tiny : Abstract;
            """));

    [Theory]
    [InlineData("[Weights(Experts = Format.Int4, Attention = Format.Int8)]", "new() { Attention = WeightFormat.Int8, Experts = WeightFormat.Int4 };")]
    [InlineData("[Weights(Router = Format.BF16)]", "new() { Router = WeightFormat.BF16 };")]
    public void Emission_OfDeclaredFormats_LoadsAndPacksWithThem(string word, string expected)
    {
        string text = Emitted(Blocks + $"{Model} {word} public partial class Tiny;", "Tiny.g.cs");

        Assert.Contains("WeightFormats DeclaredFormats = " + expected, text);
        Assert.Contains("folder.OpenWeights(options, DeclaredFormats)", text);
        Assert.Contains("opened.Pack(packedFile, options ?? new LoadOptions(), DeclaredFormats,", text);
    }

    [Fact]
    public void Emission_OfALayerAlone_LoadsWithTheDeclaredFormats()
    {
        string text = Emitted(
            "[MoeLayer(HiddenSize = 64)] [Router(TopK = 2)] [RoutedExperts(8, IntermediateSize = 32)] [Weights(Experts = Format.Int8)] public partial class Alone;",
            "Alone.g.cs");

        Assert.Contains("DeclaredFormats = new() { Experts = WeightFormat.Int8 };", text);
        Assert.Contains("options.WeightsOr(DeclaredFormats)", text);
    }

    [Fact]
    public void Emission_WithoutWeights_SaysNothingOfFormats() =>
        Assert.DoesNotContain("DeclaredFormats", Emitted(Blocks + $"{Model} public partial class Tiny;", "Tiny.g.cs"));

    private static string Formats(string model)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare(Blocks + model));
        Assert.Empty(result.Findings);
        return string.Join(", ", result.Architecture!.Formats.Stated.Select(stated => $"{stated.Part} {stated.Format}"));
    }

    private static string Emitted(string text, string file) => GeneratorHarness.NewDriver()
        .RunGenerators(GeneratorHarness.Compile(text))
        .GetRunResult()
        .GeneratedTrees
        .Single(tree => tree.FilePath.EndsWith("." + file, System.StringComparison.Ordinal))
        .ToString();
}
