using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>Both directions: an unrelated edit compiles nothing, and each argument's edit compiles anew.</summary>
public sealed partial class IncrementalityTests
{
    private const string Models =
        """
        static class F { [ActivationFunction] public static float Act(float x) => 2f * x; [ScoreFunction] public static float Score(float z) => z * z; }

        [Block]
        [Norm(Epsilon = 1e-5)]
        [Rotary(Base = 5000, Size = 4)]
        [Attention(Heads = 4, KeyValueHeads = 2, HeadSize = 8)]
        [Router(TopK = 2, Groups = 4, KeptGroups = 2, Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20, WeightScale = 2.5)]
        [RoutedExperts(8, IntermediateSize = 32)]
        [SharedExperts(1, IntermediateSize = 24)]
        class Expert;

        [Block]
        [LatentAttention(Heads = 4, QueryRank = 12, KeyValueRank = 24, HeadSize = 16, RotarySize = 8, ValueHeadSize = 20, NormEpsilon = 1e-5)]
        [FeedForward(IntermediateSize = 96)]
        class Latent;

        [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]
        [Layers(1, typeof(Latent))]
        [Layers(2, typeof(Expert))]
        public partial class Tiny;

        [MoeModel(VocabularySize = 100, HiddenSize = 64)]
        [Layers(1, typeof(Latent))]
        public partial class Broken;
        """;

    public static TheoryData<string, string> UnrelatedEdits => new()
    {
        { "a comment", "// a comment\n" + Models + "\n// another" },
        { "a move within the file", "class Other { void Method() { } }\n\n\n" + Models },
        { "another class's edit", Models + "class Other { int Field = 3; }" },
        { "white space in an attribute", Models.Replace("TopK = 2, Groups", "TopK  =  2,\n  Groups") },
        { "a constant in place of its value", Models.Replace("IntermediateSize = 96", "IntermediateSize = 90 + 6") },
    };

    [Theory]
    [MemberData(nameof(UnrelatedEdits))]
    public void Edit_OfSomethingElse_CompilesNothing(string what, string edited)
    {
        GeneratorDriver driver = RunThenEdit(edited, "Models.cs");

        IReadOnlyList<IncrementalStepRunReason> declarations = GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Declarations);
        Assert.True(declarations.Count == 2, what);
        Assert.All(declarations, AssertKept);
        Assert.All(GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Options), AssertKept);
        AssertFilesKept(driver);
    }

    [Fact]
    public void Edit_InAnotherFile_CompilesNothing()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(("Models.cs", Models), ("Other.cs", "class Other;"));
        GeneratorDriver driver = GeneratorHarness.NewDriver().RunGenerators(compilation);
        SyntaxTree other = compilation.SyntaxTrees.Single(tree => tree.FilePath == "Other.cs");

        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(other, GeneratorHarness.Parse("Other.cs", "class Other { int Field; }")));

        Assert.All(GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Declarations), AssertKept);
        AssertFilesKept(driver);
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public void Edit_OfAnArgument_CompilesThatModelAnew(string written, string edited)
    {
        string text = Models.Replace(written, edited);
        Assert.NotEqual(Models, text);

        GeneratorDriver driver = RunThenEdit(text, "Models.cs");

        Assert.Contains(IncrementalStepRunReason.Modified, GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Declarations));
        Assert.Contains(IncrementalStepRunReason.Modified, GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Files));
        Assert.NotEqual(ArchitectureOf(Models), ArchitectureOf(text));
    }

    [Fact]
    public void Edit_OfTheRouter_LeavesTheWeightsFileUntouched()
    {
        GeneratorDriver before = GeneratorHarness.NewDriver().RunGenerators(GeneratorHarness.Compile(("Models.cs", Models)));
        GeneratorDriver after = RunThenEdit(Models.Replace("WeightScale = 2.5", "WeightScale = 2"), "Models.cs");

        Assert.Equal(TextOf(before, "Demo.Tiny.Weights.g.cs"), TextOf(after, "Demo.Tiny.Weights.g.cs"));
        Assert.NotEqual(TextOf(before, "Demo.Tiny.Cpu.g.cs"), TextOf(after, "Demo.Tiny.Cpu.g.cs"));
        Assert.Contains(IncrementalStepRunReason.Unchanged, GeneratorHarness.Reasons(after, MoeGenerator.Stages.Files));
    }

    [Fact]
    public void Edit_OfOneModel_KeepsTheOther()
    {
        GeneratorDriver driver = RunThenEdit(Models.Replace("ContextLength = 128", "ContextLength = 64"), "Models.cs");

        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged],
            GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Declarations).Order());
    }

    [Fact]
    public void Edit_OfABlockInAnotherFile_CompilesTheModelAnew()
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(
            ("Blocks.cs", "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;"),
            ("Models.cs", "[MoeModel(VocabularySize = 100, HiddenSize = 64)] [Layers(1, typeof(B))] partial class Broken;"));
        GeneratorDriver driver = GeneratorHarness.NewDriver().RunGenerators(compilation);
        SyntaxTree blocks = compilation.SyntaxTrees.Single(tree => tree.FilePath == "Blocks.cs");

        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(
            blocks, GeneratorHarness.Parse("Blocks.cs", "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 97)] class B;")));

        Assert.Equal([IncrementalStepRunReason.Modified], GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Declarations));
    }

    [Fact]
    public void Edits_TogetherWithTheirTest_CoverEveryArgumentOfTheLanguage()
    {
        // An argument that no edit above touches could be read by nobody.
        string written = Models + string.Concat(Edits.Select(edit => (string)edit[1]));
        foreach (Type attribute in LanguageAttributes.All)
        {
            foreach (PropertyInfo property in attribute.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                bool isPositional = property.SetMethod is null;
                bool isElsewhere = property.Name is "Reset" or "First" || (attribute.Name, property.Name) is ("AttentionAttribute", "Position") or ("MoeModelAttribute", "Tags")
                    || attribute.Name == "MoeLayerAttribute"; // its own test, below
                Assert.True(isPositional || isElsewhere || written.Contains(property.Name + " = "), $"{attribute.Name}.{property.Name}");
            }
        }
    }

    [Fact]
    public void Declaration_Types_HoldNoRoslyn()
    {
        foreach (Type type in typeof(ModelDeclaration).Assembly.GetTypes().Where(type => type.Namespace == typeof(ModelDeclaration).Namespace))
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                Assert.DoesNotContain("Microsoft.CodeAnalysis", field.FieldType.FullName ?? "");
        }
    }

    private static GeneratorDriver RunThenEdit(string edited, string path)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile((path, Models));
        GeneratorDriver driver = GeneratorHarness.NewDriver().RunGenerators(compilation);
        CSharpCompilation next = compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], GeneratorHarness.Parse(path, edited));
        return driver.RunGenerators(next, CancellationToken.None);
    }

    private static string TextOf(GeneratorDriver driver, string file) =>
        driver.GetRunResult().Results.Single().GeneratedSources.Single(source => source.HintName == file).SourceText.ToString();

    private static void AssertFilesKept(GeneratorDriver driver)
    {
        // The broken model has a surface, so there is at least one file whatever the other emits.
        IReadOnlyList<IncrementalStepRunReason> files = GeneratorHarness.Reasons(driver, MoeGenerator.Stages.Files);
        Assert.NotEmpty(files);
        Assert.All(files, AssertKept);
    }

    private static void AssertKept(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());

    private static string ArchitectureOf(string text)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare(text));
        Assert.Empty(result.Findings.Select(finding => finding.Rule.Id + " " + finding.Message));
        MoeArchitecture model = result.Architecture!;
        return model + string.Join('\n', model.Blocks.Select(block => block.ToString())) + string.Join('\n', model.Layers)
            + string.Join('\n', model.Blocks.SelectMany(block => block.TensorNames));
    }
}
