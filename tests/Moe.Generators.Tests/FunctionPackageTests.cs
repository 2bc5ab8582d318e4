using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Moe.Generators.Tests;

/// <summary>Functions from a compiled assembly, where there is no syntax to read.</summary>
public sealed class FunctionPackageTests
{
    private const string Library = """
        public static class Shapes
        {
            [ActivationFunction]
            public static float Mish(float x) => x * System.MathF.Tanh(Softplus(x));

            [GateFunction]
            public static float Bounded(float gate, float up)
            {
                float most = System.MathF.Min(gate, 7f);
                return most > 0f ? most * up : -0.5f * up;
            }

            [ActivationFunction]
            internal static float Hidden(float x) => x;

            private static float Softplus(float x) => System.MathF.Log(1f + System.MathF.Exp(x));
        }
        """;

    private const string Model = """
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, Function = nameof(Shapes.Mish), From = typeof(Shapes))] class A;
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, Function = nameof(Shapes.Bounded), From = typeof(Shapes))] class B;
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, Function = nameof(Own.Twice), From = typeof(Own))] class C;
        static class Own
        {
            [ActivationFunction]
            public static float Twice(float x) => 2f * Shapes.Mish(x + 1f);
        }
        [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]
        [Layers(1, typeof(A))] [Layers(1, typeof(B))] [Layers(1, typeof(C))] public partial class Tiny;
        """;

    [Fact]
    public void Library_WithMarkedFunctions_StoresThePublicOnes()
    {
        GeneratorDriver driver = GeneratorHarness.NewDriver().RunGenerators(GeneratorHarness.Compile(("Shapes.cs", Library)));

        string stored = driver.GetRunResult().Results.Single().GeneratedSources.Single().SourceText.ToString();

        Assert.Contains("\"Demo.Shapes\",\n    \"Mish\",\n    \"1|x|mul $0 tanh log add 1 exp $0\")]", stored);
        Assert.Contains("\"1|gate,up|most=min $0 7|less 0 %0 mul %0 $1 mul -0.5 $1\")]", stored);
        Assert.Contains("// mish(x) = x · tanh(log(1 + exp(x)))", stored);
        Assert.DoesNotContain("Hidden", stored);
    }

    [Fact]
    public async Task Model_OfFunctionsFromAnAssembly_CompilesToTheSameCode()
    {
        CSharpCompilation together = GeneratorHarness.Compile(("Shapes.cs", Library), ("Models.cs", Model));
        CSharpCompilation apart = GeneratorHarness.Compile(("Models.cs", Model)).AddReferences(Assembly(Library));

        Assert.Empty(await GeneratorHarness.AnalyzeAll(apart));
        string expected = Cpu(together);
        Assert.Contains("Transcendental.Tanh", expected);
        Assert.Equal(expected, Cpu(apart));
    }

    [Theory]
    [InlineData("\"1|x|mul $0 tanh log", "\"2|x|mul $0 tanh log")]
    [InlineData("tanh log add 1 exp $0", "tanh log add 1 exp $1")]
    [InlineData("tanh log add 1 exp $0", "tanh log add 1 arc $0")]
    [InlineData("tanh log add 1 exp $0", "tanh log add 1 exp $0 $0")]
    [InlineData("\"1|x|mul", "\"1|x,y|mul")]
    public async Task Model_OfAStoredFunctionOfAnotherForm_IsRefusedWhereItIsNamed(string written, string changed)
    {
        CSharpCompilation apart = GeneratorHarness.Compile(("Models.cs", Model)).AddReferences(Assembly(Library, written, changed));

        ImmutableArray<Diagnostic> found = await GeneratorHarness.AnalyzeAll(apart);

        Diagnostic named = Assert.Single(found, diagnostic => diagnostic.Id == "MOE602");
        Assert.Equal("Function = nameof(Shapes.Mish)", GeneratorHarness.TextAt(named.Location));
        Diagnostic called = Assert.Single(found, diagnostic => diagnostic.Id == "MOE605");
        Assert.Equal("Shapes.Mish(x + 1f)", GeneratorHarness.TextAt(called.Location));
        Assert.Equal(2, found.Length);
    }

    [Fact]
    public void Edit_OfAFunctionInAnotherFile_CompilesTheModelAnew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(("Shapes.cs", Library), ("Models.cs", Model));
        GeneratorDriver driver = GeneratorHarness.NewDriver().RunGenerators(compilation);
        SyntaxTree shapes = compilation.SyntaxTrees.Single(tree => tree.FilePath == "Shapes.cs");

        GeneratorDriver moved = driver.RunGenerators(compilation.ReplaceSyntaxTree(shapes, GeneratorHarness.Parse("Shapes.cs", "// a remark\n" + Library)));
        GeneratorDriver changed = driver.RunGenerators(compilation.ReplaceSyntaxTree(shapes, GeneratorHarness.Parse("Shapes.cs", Library.Replace("1f + System", "2f + System"))));

        Assert.Equal([IncrementalStepRunReason.Unchanged], GeneratorHarness.Reasons(moved, MoeGenerator.Stages.Declarations));
        Assert.Equal([IncrementalStepRunReason.Modified], GeneratorHarness.Reasons(changed, MoeGenerator.Stages.Declarations));
        Assert.Contains(IncrementalStepRunReason.Modified, GeneratorHarness.Reasons(changed, MoeGenerator.Stages.Functions));
    }

    private static PortableExecutableReference Assembly(string text, string written = "", string changed = "")
    {
        CSharpCompilation library = GeneratorHarness.Compile(("Shapes.cs", text)).WithAssemblyName("Library");
        GeneratorHarness.NewDriver().RunGeneratorsAndUpdateCompilation(library, out Compilation complete, out _);
        if (written.Length > 0)
        {
            SyntaxTree stored = complete.SyntaxTrees.Last();
            string edited = stored.ToString().Replace(written, changed);
            Assert.NotEqual(stored.ToString(), edited);
            complete = complete.ReplaceSyntaxTree(stored, CSharpSyntaxTree.ParseText(edited, (CSharpParseOptions)stored.Options));
        }

        using var image = new MemoryStream();
        Assert.True(complete.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    private static string Cpu(CSharpCompilation compilation) => GeneratorHarness.NewDriver().RunGenerators(compilation)
        .GetRunResult().Results.Single().GeneratedSources.Single(source => source.HintName == "Demo.Tiny.Cpu.g.cs").SourceText.ToString();
}
