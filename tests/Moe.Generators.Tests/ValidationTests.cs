using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Moe.Generators.Tests;

/// <summary>Each rule: broken, at its exact place; mended, nothing. The analyzer is asked file by file, as an IDE asks.</summary>
public sealed class ValidationTests
{
    private const string Blocks = "Blocks.cs";
    private const string Models = "Models.cs";

    public static TheoryData<RuleCase> Cases
    {
        get
        {
            var cases = new TheoryData<RuleCase>();
            foreach (RuleCase one in RuleCases.All)
                cases.Add(one);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task Rule_Broken_IsReportedOnceAtItsPlace(RuleCase rule)
    {
        bool inBlocks = rule.Blocks.Contains("[|");
        CSharpCompilation compilation = GeneratorHarness.Compile((Blocks, Unmarked(rule.Blocks)), (Models, Unmarked(rule.Model)));

        ImmutableArray<Diagnostic> here = await GeneratorHarness.Analyze(compilation, inBlocks ? Blocks : Models);
        ImmutableArray<Diagnostic> there = await GeneratorHarness.Analyze(compilation, inBlocks ? Models : Blocks);

        Assert.Empty(there);
        Diagnostic diagnostic = Assert.Single(here);
        Assert.Equal(rule.Id, diagnostic.Id);
        Assert.Equal(Marked(inBlocks ? rule.Blocks : rule.Model), GeneratorHarness.TextAt(diagnostic.Location));
        Assert.Contains(rule.Says, diagnostic.GetMessage());
        Assert.DoesNotMatch(@"\{\d", diagnostic.GetMessage());
        Assert.All(diagnostic.AdditionalLocations, location => Assert.NotEqual(diagnostic.Location, location));
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task Rule_Mended_IsSilent(RuleCase rule)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            (Blocks, Unmarked(rule.FixedBlocks ?? rule.Blocks)),
            (Models, Unmarked(rule.FixedModel ?? rule.Model)));

        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        Assert.Empty(await GeneratorHarness.AnalyzeAll(compilation));
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task Rule_BrokenWithEmittedPart_IsReportedTheSame(RuleCase rule)
    {
        // A build analyses the compilation with the emitted files in it; they must neither hide nor add a finding.
        CSharpCompilation compilation = GeneratorHarness.Compile((Blocks, Unmarked(rule.Blocks)), (Models, Unmarked(rule.Model)));
        GeneratorHarness.NewDriver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out _);

        Diagnostic diagnostic = Assert.Single(await GeneratorHarness.AnalyzeAll(completed));

        Assert.Equal(rule.Id, diagnostic.Id);
        Assert.Contains(diagnostic.Location.SourceTree!.FilePath, new[] { Blocks, Models });
    }

    [Fact]
    public async Task Finding_OfModelAndBlock_ShowsTheBlocksArgumentAsAdditionalLocation()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            (Blocks, "[Block] [Attention(Heads = 10)] [FeedForward(IntermediateSize = 96)] class B;"),
            (Models, "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(1, typeof(B))] [Layers(2, typeof(B))] partial class Tiny;"));

        Diagnostic diagnostic = Assert.Single(await GeneratorHarness.Analyze(compilation, Models));

        Assert.Equal("Heads = 10", GeneratorHarness.TextAt(Assert.Single(diagnostic.AdditionalLocations)));
        Assert.Contains("block B", diagnostic.GetMessage());
    }

    [Fact]
    public async Task Finding_OnABaseBlock_IsNotRepeatedByDerivedBlocksOrModels()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            ("Base.cs", "[Block] [Attention(Heads = 4)] [Router(TopK = 9)] [RoutedExperts(8, IntermediateSize = 32)] class Base;"),
            ("Derived.cs", "[Attention(KeyValueHeads = 2)] class Derived : Base;"),
            (Models, "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(1, typeof(Derived))] partial class Tiny;"));

        Assert.Equal("MOE301", Assert.Single(await GeneratorHarness.Analyze(compilation, "Base.cs")).Id);
        Assert.Empty(await GeneratorHarness.Analyze(compilation, "Derived.cs"));
        Assert.Empty(await GeneratorHarness.Analyze(compilation, Models));
    }

    [Fact]
    public async Task Finding_OnAnAttributedBaseThatIsNoBlock_IsReportedOnTheBlock()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            ("Base.cs", "[Router(TopK = 9)] [RoutedExperts(8, IntermediateSize = 32)] abstract class Base;"),
            ("Derived.cs", "[Block] [Attention(Heads = 4)] class Derived : Base;"));

        Assert.Empty(await GeneratorHarness.Analyze(compilation, "Base.cs"));
        Diagnostic diagnostic = Assert.Single(await GeneratorHarness.Analyze(compilation, "Derived.cs"));
        Assert.Equal("Derived", GeneratorHarness.TextAt(diagnostic.Location));
        Assert.Equal("TopK = 9", GeneratorHarness.TextAt(diagnostic.AdditionalLocations[0]));
    }

    [Fact]
    public async Task Finding_OnAnAbstractModel_IsNotRepeatedByDerivedModels()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            (Blocks, "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;"),
            ("Base.cs", "[MoeModel(VocabularySize = -5, HiddenSize = 64)] [Layers(1, typeof(B))] abstract class Base;"),
            (Models, "[MoeModel(ContextLength = 128)] partial class Tiny : Base;"));

        Assert.Equal("VocabularySize = -5", GeneratorHarness.TextAt(Assert.Single(await GeneratorHarness.Analyze(compilation, "Base.cs")).Location));
        Assert.Empty(await GeneratorHarness.Analyze(compilation, Models));
    }

    [Fact]
    public async Task Finding_OnABlockFromAPackage_IsReportedOnTheLayers()
    {
        CSharpCompilation package = GeneratorHarness.Compile("[Block] [Attention(Heads = 4)] [Router(TopK = 9)] [RoutedExperts(8, IntermediateSize = 32)] public class Packed;");
        using var image = new System.IO.MemoryStream();
        Assert.True(package.WithAssemblyName("Package").Emit(image).Success);
        CSharpCompilation compilation = GeneratorHarness
            .Compile((Models, "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(1, typeof(Packed))] partial class Tiny;"))
            .AddReferences(MetadataReference.CreateFromImage(image.ToArray()));

        Diagnostic diagnostic = Assert.Single(await GeneratorHarness.Analyze(compilation, Models));

        Assert.Equal("MOE301", diagnostic.Id);
        Assert.Equal("typeof(Packed)", GeneratorHarness.TextAt(diagnostic.Location));
    }

    [Fact]
    public async Task Finding_UnderPragma_IsSilenced()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            "#pragma warning disable MOE301\n[Block] [Attention(Heads = 4)] [Router(TopK = 9)] [RoutedExperts(8, IntermediateSize = 32)] class B;");

        Assert.Empty(await GeneratorHarness.AnalyzeAll(compilation));
    }

    [Fact]
    public async Task AbstractModel_WithoutSizesAndLayers_IsSilentAndEmitsNothing()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile("[MoeModel(HiddenSize = 64)] public abstract class Architecture;");

        Assert.Empty(await GeneratorHarness.AnalyzeAll(compilation));
        Assert.Empty(GeneratorHarness.NewDriver().RunGenerators(compilation).GetRunResult().GeneratedTrees);
    }

    private static string Unmarked(string text) => text.Replace("[|", "").Replace("|]", "");

    private static string Marked(string text)
    {
        int start = text.IndexOf("[|", System.StringComparison.Ordinal) + 2;
        return text[start..text.IndexOf("|]", System.StringComparison.Ordinal)];
    }
}
