using System.Diagnostics;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Declarations;
using Moe.Generators.Parsing;

namespace Moe.Generators.Tests;

/// <summary>Source → declaration: exactly what was written.</summary>
public sealed class ParserTests
{
    private const string Tiny =
        """
        [Block]
        [Attention(Heads = 4)]
        [RoutedExperts(8, IntermediateSize = 32)]
        [Router(TopK = 2, WeightScale = 2.5, SelectionBias = true, Score = RouterScore.Sigmoid)]
        class Expert;

        [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]
        [Layers(1, typeof(Expert))]
        [Layers(count: 2, block: typeof(Expert), First = 1)]
        public partial class Tiny
        {
            public int Answer { get; set; }
            private void Ask() { }
            public class Inner { }
        }
        """;

    [Fact]
    public void Model_AllKindsOfArguments_AreReadAsWritten()
    {
        ModelDeclaration declaration = GeneratorHarness.Declare(Tiny);

        Assert.Equal(
            "Layers(Count=2, Block=Demo.Expert, First=1)",
            Print(declaration.Levels[0].Attributes[2]));
        BlockDeclaration block = Assert.Single(declaration.Blocks);
        Assert.Equal("Demo.Expert", block.FullName);
        Assert.True(block.IsBlock);
        Assert.Equal(
            ["Block()", "Attention(Heads=4)", "RoutedExperts(Count=8, IntermediateSize=32)", "Router(TopK=2, WeightScale=2.5, SelectionBias=1, Score=1)"],
            block.Levels[0].Attributes.Select(Print));
    }

    [Fact]
    public void Model_Class_IsReadAsWritten()
    {
        TypeDeclaration type = GeneratorHarness.Declare(Tiny).Type;

        Assert.Equal("Demo.Tiny", type.FullName);
        Assert.Equal("public", type.Accessibility);
        Assert.True(type.IsPartial);
        Assert.True(type.IsTopLevel);
        Assert.Equal(["Answer", "Ask", "Inner"], type.MemberNames);
        Assert.Equal(1, type.AttributeParts);
        Assert.False(type.IsAbstract || type.IsGeneric || type.IsRecord || type.IsSealed || type.IsStatic || type.IsFileLocal || type.DerivesFromEmittedModel);
    }

    [Fact]
    public void Model_OddClasses_AreReadAsWritten()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            """
            public class Outer { [MoeModel] internal sealed partial class Nested<T>; }
            [MoeModel] internal static class Still;
            [MoeModel] internal record Written;
            [MoeModel] public abstract class Architecture;
            [MoeModel] public partial class Emitted : Architecture;
            [MoeModel] public partial class Derived : Emitted;
            """);

        TypeDeclaration nested = GeneratorHarness.Declare(compilation, "Outer+Nested`1").Type;
        Assert.False(nested.IsTopLevel);
        Assert.True(nested.IsGeneric && nested.IsSealed);
        Assert.Equal("internal", nested.Accessibility);
        TypeDeclaration still = GeneratorHarness.Declare(compilation, "Still").Type;
        Assert.True(still.IsStatic && !still.IsAbstract && !still.IsSealed && !still.IsPartial);
        Assert.True(GeneratorHarness.Declare(compilation, "Written").Type.IsRecord);
        Assert.True(GeneratorHarness.Declare(compilation, "Architecture").Type.IsArchitectureOnly);
        Assert.False(GeneratorHarness.Declare(compilation, "Emitted").Type.DerivesFromEmittedModel);
        Assert.True(GeneratorHarness.Declare(compilation, "Derived").Type.DerivesFromEmittedModel);
    }

    [Fact]
    public void Model_BasesAndPlainClassesBetween_GiveLevelsNearestFirst()
    {
        ModelDeclaration declaration = GeneratorHarness.Declare(
            """
            [Block] class Far;
            class Middle : Far;
            [Router(TopK = 1)] class Near : Middle;
            [MoeModel(HiddenSize = 8)] [Layers(1, typeof(Near))] abstract class Base;
            abstract class Plain : Base;
            [MoeModel] partial class Tiny : Plain;
            """);

        Assert.Equal(["Demo.Tiny", "Demo.Base"], declaration.Levels.Select(level => level.TypeName));
        Assert.Equal(["Demo.Near", "Demo.Far"], declaration.Blocks[0].Levels.Select(level => level.TypeName));
        Assert.True(declaration.Blocks[0].IsBlock);
    }

    [Fact]
    public void Model_LayersOnTwoParts_AreCounted()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            ("A.cs", "[Block] class B; [MoeModel] [Layers(1, typeof(B))] partial class Tiny;"),
            ("B.cs", "[Layers(1, typeof(B))] partial class Tiny;"));

        Assert.Equal(2, GeneratorHarness.Declare(compilation, "Tiny").Type.AttributeParts);
    }

    [Fact]
    public void Model_AttributesFromElsewhere_AreLeftOut()
    {
        ModelDeclaration declaration = GeneratorHarness.Declare(
            """
            [System.AttributeUsage(System.AttributeTargets.All)] class RouterAttribute : System.Attribute { public int TopK { get; set; } }
            [MoeModel] [Demo.Router(TopK = 3)] [System.Obsolete] partial class Tiny;
            """);

        Assert.Equal("MoeModel()", Print(Assert.Single(declaration.Levels[0].Attributes)));
    }

    [Fact]
    public void Model_BlockFromAnotherAssembly_IsReadWithoutSyntax()
    {
        CSharpCompilation package = GeneratorHarness.Compile("[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 8)] public class Packed;");
        using var image = new System.IO.MemoryStream();
        Assert.True(package.WithAssemblyName("Package").Emit(image).Success);
        CSharpCompilation compilation = GeneratorHarness
            .Compile("[MoeModel] [Layers(1, typeof(Packed))] partial class Tiny;")
            .AddReferences(MetadataReference.CreateFromImage(image.ToArray()));

        BlockDeclaration block = Assert.Single(GeneratorHarness.Declare(compilation, "Tiny").Blocks);

        Assert.Equal(["Block()", "Attention(Heads=4)", "FeedForward(IntermediateSize=8)"], block.Levels[0].Attributes.Select(Print));
    }

    [Fact]
    public void Model_ArgumentsThatDoNotCompile_AreLeftOut()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile("[MoeModel(HiddenSize = \"wide\", VocabularySize = Missing)] [Layers(1)] [Layers(1, typeof(Nowhere))] partial class Tiny;");

        ModelDeclaration declaration = GeneratorHarness.Declare(compilation, "Tiny");

        Assert.Empty(declaration.Levels[0].Attributes[0].Arguments);
    }

    [Fact]
    public void Model_ParsedFromEqualTextElsewhere_IsEqual()
    {
        ModelDeclaration first = GeneratorHarness.Declare(Tiny);
        ModelDeclaration second = GeneratorHarness.Declare("\n// moved\nclass Other { }\n" + Tiny);

        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.NotEqual(first, GeneratorHarness.Declare(Tiny.Replace("TopK = 2", "TopK = 3")));
    }

    [Fact]
    public void Parsing_OneModel_StaysFarBelowAMillisecond()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(Tiny);
        INamedTypeSymbol type = compilation.GetTypeByMetadataName("Demo.Tiny")!;
        for (int i = 0; i < 200; i++)
            DeclarationParser.ParseModel(type, CancellationToken.None);

        // The best of several rounds, since other processes share the machine.
        const int Runs = 200;
        double best = Enumerable.Range(0, 5).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Runs; i++)
                DeclarationParser.ParseModel(type, CancellationToken.None);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / Runs;
        });

        Assert.True(best < 0.5, $"One parse took {best:F3} ms.");
    }

    private static string Print(AttributeDeclaration attribute) => attribute.Name + "(" + string.Join(", ", attribute.Arguments
        .Select(argument => argument.Name + "=" + (argument.Value.Text ?? argument.Value.Real.ToString(System.Globalization.CultureInfo.InvariantCulture)))) + ")";
}
