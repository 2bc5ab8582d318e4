using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Moe.CodeFixes;

namespace Moe.Generators.Tests;

/// <summary>Both fixes, applied to a document of a workspace in memory.</summary>
public sealed class CodeFixTests
{
    private const string Dense = "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;\n";
    private const string Sizes = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]\n[Layers(2, typeof(B))]\n";

    [Theory]
    [InlineData("public class Tiny;", "public partial class Tiny;")]
    [InlineData("// why\nclass Tiny;", "// why\npartial class Tiny;")]
    [InlineData("internal sealed class Tiny;", "internal sealed partial class Tiny;")]
    public async Task MakePartial_ModelClass_GainsTheModifier(string written, string mended)
    {
        (string title, string text) = await Fix(new MakePartialFix(), Dense + Sizes + written);

        Assert.Equal("Make the class partial", title);
        Assert.Equal(Dense + Sizes + mended, text);
        Assert.Empty(await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(text)));
    }

    [Fact]
    public async Task MakePartial_AttributesAbove_StayWhereTheyAre()
    {
        (_, string text) = await Fix(new MakePartialFix(), Dense + Sizes + "class Tiny\n{\n}\n");

        Assert.Equal(Dense + Sizes + "partial class Tiny\n{\n}\n", text);
    }

    [Theory]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = /* many */ 9)] [RoutedExperts(8, IntermediateSize = 32)]", "Write TopK = 8", "[Attention(Heads = 4)] [Router(TopK = /* many */ 8)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 8, KeyValueHeads = 3)] [FeedForward(IntermediateSize = 96)]", "Write KeyValueHeads = 2", "[Attention(Heads = 8, KeyValueHeads = 2)] [FeedForward(IntermediateSize = 96)]")]
    [InlineData("[Rotary(Size = 7)] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)]", "Write Size = 6", "[Rotary(Size = 6)] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)]")]
    [InlineData("[Norm(Epsilon = -1)] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)]", "Write Epsilon = 1E-06", "[Norm(Epsilon = 1E-06)] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 2, Groups = 5, KeptGroups = 1)] [RoutedExperts(8, IntermediateSize = 32)]", "Write Groups = 4", "[Attention(Heads = 4)] [Router(TopK = 2, Groups = 4, KeptGroups = 1)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 2, Groups = 4, KeptGroups = 9)] [RoutedExperts(8, IntermediateSize = 32)]", "Write KeptGroups = 4", "[Attention(Heads = 4)] [Router(TopK = 2, Groups = 4, KeptGroups = 4)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 5, Groups = 4, KeptGroups = 2)] [RoutedExperts(8, IntermediateSize = 32)]", "Write TopK = 4", "[Attention(Heads = 4)] [Router(TopK = 4, Groups = 4, KeptGroups = 2)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 2, WeightScale = 0)] [RoutedExperts(8, IntermediateSize = 32)]", "Write WeightScale = 1", "[Attention(Heads = 4)] [Router(TopK = 2, WeightScale = 1)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 2, RenormaliseEpsilon = -1)] [RoutedExperts(8, IntermediateSize = 32)]", "Write RenormaliseEpsilon = 0", "[Attention(Heads = 4)] [Router(TopK = 2, RenormaliseEpsilon = 0)] [RoutedExperts(8, IntermediateSize = 32)]")]
    [InlineData("[Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(2000, IntermediateSize = 32)]", "Write 1024", "[Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(1024, IntermediateSize = 32)]")]
    public async Task NearestValue_WrongNumber_IsReplacedByTheLegalOne(string written, string title, string mended)
    {
        (string offered, string text) = await Fix(new NearestValueFix(), $"[Block] {written} class B;");

        Assert.Equal(title, offered);
        Assert.Equal($"[Block] {mended} class B;", text);
        Assert.Empty(await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(text)));
    }

    [Fact]
    public async Task NearestValue_EverySuggestionOfTheRuleCases_IsOfferedAndMends()
    {
        int offered = 0;
        foreach (RuleCase rule in RuleCases.All.Where(rule => rule.Blocks.Contains("[|")))
        {
            string text = rule.Blocks.Replace("[|", "").Replace("|]", "");
            Diagnostic diagnostic = (await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(text))).Single();
            if (diagnostic.Properties.IsEmpty)
                continue;

            offered++;
            (_, string mended) = await Fix(new NearestValueFix(), text);
            Assert.DoesNotContain(
                await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(mended)),
                left => left.Id == diagnostic.Id);
        }

        Assert.True(offered >= 10, $"{offered} cases carry a suggestion.");
    }

    /// <summary>The only action that the fix offers for the only diagnostic, and the text after it; the harness's two head lines left out.</summary>
    private static async Task<(string Title, string Text)> Fix(CodeFixProvider fix, string text)
    {
        const string Head = "using Moe;\nnamespace Demo;\n";
        using var workspace = new AdhocWorkspace();
        Document document = workspace.AddProject("Demo", LanguageNames.CSharp)
            .WithMetadataReferences(GeneratorHarness.References)
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.CSharp14))
            .WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary))
            .AddDocument("Models.cs", SourceText.From(Head + text), filePath: "Models.cs");
        Compilation compilation = (await document.Project.GetCompilationAsync())!;
        Diagnostic diagnostic = Assert.Single(await GeneratorHarness.AnalyzeAll(compilation));
        Assert.Contains(diagnostic.Id, fix.FixableDiagnosticIds);

        var actions = new List<CodeAction>();
        await fix.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        CodeAction action = Assert.Single(actions);
        ImmutableArray<CodeActionOperation> operations = await action.GetOperationsAsync(CancellationToken.None);
        Solution changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution;
        string mended = (await changed.GetDocument(document.Id)!.GetTextAsync()).ToString();
        return (action.Title, mended[Head.Length..]);
    }
}
