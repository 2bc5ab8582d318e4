using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>Layers that lie over the runs of others.</summary>
public sealed class LayerOverlayTests
{
    private const string Blocks = """
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class A;
        class B : A;
        class C : A;

        """;

    [Theory]
    [InlineData("[Layers(6, typeof(A))] [Layers(typeof(B), Every = 2)]", "ABABAB")]
    [InlineData("[Layers(6, typeof(A))] [Layers(typeof(B), Every = 2, First = 0)]", "BABABA")]
    [InlineData("[Layers(7, typeof(A))] [Layers(typeof(B), Every = 3)]", "AABAABA")]
    [InlineData("[Layers(6, typeof(A))] [Layers(typeof(B), First = 0)]", "BAAAAA")]
    [InlineData("[Layers(6, typeof(A))] [Layers(typeof(B), Last = 2)]", "AAAABB")]
    [InlineData("[Layers(2, typeof(C))] [Layers(4, typeof(A))] [Layers(typeof(B), Every = 3)] [Layers(typeof(C), Last = 1)]", "CCBAAC")]
    [InlineData("[Layers(typeof(B), Every = 1)] [Layers(3, typeof(A))]", "BBB")]
    public void Layers_WithoutACount_LieOverTheRuns(string layers, string expected) =>
        Assert.Equal(expected, Letters($"[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] {layers} public partial class Tiny;"));

    [Theory]
    [InlineData("[Layers(typeof(C), Every = 2)]", "ACACAC")]
    [InlineData("[Layers(typeof(C), Last = 1)]", "ABABAC")]
    [InlineData("[Layers(6, typeof(C))]", "CBCBCB")]
    public void Layers_OfADerivedModel_ReplaceTheirLike(string layers, string expected) => Assert.Equal(expected, Letters($$"""
        [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(6, typeof(A))] [Layers(typeof(B), Every = 2)] public abstract class Alternating;
        [MoeModel] {{layers}} public partial class Tiny : Alternating;
        """));

    private static string Letters(string model)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare(Blocks + model));
        Assert.Empty(result.Findings);
        MoeArchitecture architecture = result.Architecture!;
        return string.Concat(architecture.Layers.Select(range => string.Concat(Enumerable.Repeat(architecture.Blocks[range.Block].Name, range.Count))));
    }
}
