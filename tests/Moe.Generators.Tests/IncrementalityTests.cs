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
public sealed class IncrementalityTests
{
    private const string Models =
        """
        static class F { [ActivationFunction] public static float Act(float x) => 2f * x; }

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

    public static TheoryData<string, string> Edits => new()
    {
        { "VocabularySize = 100", "VocabularySize = 101" },
        { "HiddenSize = 64", "HiddenSize = 32" },
        { "ContextLength = 128", "ContextLength = 256" },
        { "[Layers(1, typeof(Latent))]", "[Layers(2, typeof(Latent))]" },
        { "[Layers(2, typeof(Expert))]", "[Layers(2, typeof(Latent))]" },
        { "public partial class Tiny", "public sealed partial class Tiny" },
        { "public partial class Tiny", "[Head(Tied = true)] public partial class Tiny" },
        { "public partial class Tiny", "[Norm(Epsilon = 1e-3)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Base = 3)] public partial class Tiny" },
        { "Epsilon = 1e-5)]\n[Rotary", "Epsilon = 1e-5, Kind = NormKind.Layer)]\n[Rotary" },
        { "Epsilon = 1e-5)]\n[Rotary", "Epsilon = 1e-5, Bias = true)]\n[Rotary" },
        { "Epsilon = 1e-5)]\n[Rotary", "Epsilon = 1e-4)]\n[Rotary" },
        { "Base = 5000", "Base = 5001" },
        { "Size = 4)]", "Size = 6)]" },
        { "Size = 4)]", "Size = 4, Layout = RotaryLayout.Interleaved)]" },
        { "Heads = 4, KeyValueHeads = 2", "Heads = 6, KeyValueHeads = 2" },
        { "KeyValueHeads = 2", "KeyValueHeads = 1" },
        { "HeadSize = 8)]", "HeadSize = 10)]" },
        { "HeadSize = 8)]", "HeadSize = 8, QueryBias = true)]" },
        { "HeadSize = 8)]", "HeadSize = 8, KeyBias = true)]" },
        { "HeadSize = 8)]", "HeadSize = 8, ValueBias = true)]" },
        { "HeadSize = 8)]", "HeadSize = 8, OutputBias = true)]" },
        { "HeadSize = 8)]", "HeadSize = 8, QueryKeyNorm = true)]" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Linear, Factor = 4)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Dynamic, Factor = 4, OriginalContextLength = 64)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Dynamic, Alpha = 1000)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Llama3, Factor = 4, OriginalContextLength = 64, LowFrequencyFactor = 0.5)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Llama3, Factor = 4, OriginalContextLength = 64, HighFrequencyFactor = 3)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, BetaFast = 16)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, BetaSlow = 2)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, Truncate = false)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, Mscale = 1)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, MscaleAllDimensions = 1, MscaleInSoftmax = true)] public partial class Tiny" },
        { "public partial class Tiny", "[Rotary(Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 64, AttentionFactor = 1.5)] public partial class Tiny" },
        { "Size = 4)]", "Size = 4, Scaling = RotaryScaling.LongRope, Factor = 4, OriginalContextLength = 64, ShortFactors = [1, 1.5], LongFactors = [2, 2.5])]" },
        { "Size = 4)]", "Size = 4, Scaling = RotaryScaling.LongRope, OriginalContextLength = 64, ShortFactors = [1, 1.5], LongFactors = [2, 2.5], ShortAttentionFactor = 1.25, LongAttentionFactor = 1.5)]" },
        { "Size = 4)]", "Size = 4, Scaling = RotaryScaling.LongRope, Factor = 4, OriginalContextLength = 64, ShortFactors = [1, 1.5], LongFactors = [2, 2.5], Switch = RotarySwitch.Long)]" },
        { "public partial class Tiny", "[Residual(AttentionAlpha = 2)] public partial class Tiny" },
        { "public partial class Tiny", "[Residual(AttentionBeta = 0.5)] public partial class Tiny" },
        { "public partial class Tiny", "[Residual(FeedForwardAlpha = 2)] public partial class Tiny" },
        { "public partial class Tiny", "[Residual(FeedForwardBeta = 0.5)] public partial class Tiny" },
        { "public partial class Tiny", "[Residual(From = ResidualFrom.Norm)] public partial class Tiny" },
        { "public partial class Tiny", "[Head(Bias = true)] public partial class Tiny" },
        { "public partial class Tiny", "[Head(LogitDivisor = 8)] public partial class Tiny" },
        { "ContextLength = 128", "ContextLength = 128, EmbeddingScale = 12" },
        { "HeadSize = 8)]", "HeadSize = 8, QueryKeyNorm = true, QueryKeyNormSpan = NormSpan.Projection)]" },
        { "HeadSize = 8)]", "HeadSize = 8, QueryKeyNorm = true, QueryKeyNormPlace = NormPlace.AfterRotary)]" },
        { "HeadSize = 8)]", "HeadSize = 8, QueryKeyNorm = true, QueryKeyNormWeight = false)]" },
        { "HeadSize = 8)]", "HeadSize = 8, Scale = 0.5)]" },
        { "HeadSize = 8)]", "HeadSize = 8, ClipQueryKeyValue = 8)]" },
        { "HeadSize = 8)]", "HeadSize = 8, Window = 16)]" },
        { "HeadSize = 8)]", "HeadSize = 8, Chunk = 16)]" },
        { "HeadSize = 8)]", "HeadSize = 8, Sinks = true)]" },
        { "HeadSize = 8)]", "HeadSize = 8, TemperatureFloor = 32)]" },
        { "HeadSize = 8)]", "HeadSize = 8, TemperatureFloor = 32, TemperatureScale = 0.2)]" },
        { "NormEpsilon = 1e-5", "NormEpsilon = 1e-5, Scale = 0.5" },
        { "public partial class Tiny", "[Layers(typeof(Latent), Every = 2)] public partial class Tiny" },
        { "public partial class Tiny", "[Layers(typeof(Latent), Last = 1)] public partial class Tiny" },
        { "[LatentAttention(Heads = 4, QueryRank = 12, KeyValueRank = 24, HeadSize = 16, RotarySize = 8, ValueHeadSize = 20, NormEpsilon = 1e-5)]", "[LinearAttention(Heads = 4, HeadSize = 8, Activation = Activation.ReLU, NormEpsilon = 1e-5)]" },
        { "TopK = 2", "TopK = 3" },
        { "TopK = 2", "TopK = 2, LogitBias = true" },
        { "TopK = 2", "TopK = 2, Score = RouterScore.Sigmoid" },
        { "TopK = 2", "TopK = 2, SelectionBias = true" },
        { "Groups = 4, ", "Groups = 2, " },
        { "KeptGroups = 2", "KeptGroups = 3" },
        { "TopK = 2", "TopK = 2, GroupKey = GroupKey.SumOfBestTwo" },
        { "TopK = 2", "TopK = 2, OutsideGroups = OutsideGroups.Zero" },
        { "Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20", "Weights = RouterWeights.Raw" },
        { "RenormaliseEpsilon = 1e-20", "RenormaliseEpsilon = 1e-19" },
        { "WeightScale = 2.5", "WeightScale = 2" },
        { "RoutedExperts(8", "RoutedExperts(12" },
        { "IntermediateSize = 32", "IntermediateSize = 33" },
        { "IntermediateSize = 32", "IntermediateSize = 32, Activation = Activation.Gelu" },
        { "IntermediateSize = 32", "IntermediateSize = 32, Gated = false" },
        { "IntermediateSize = 32", "IntermediateSize = 32, Bias = true" },
        { "SharedExperts(1", "SharedExperts(2" },
        { "IntermediateSize = 24", "IntermediateSize = 25" },
        { "IntermediateSize = 24", "IntermediateSize = 24, Activation = Activation.ReLU" },
        { "IntermediateSize = 24", "IntermediateSize = 24, Gated = false" },
        { "IntermediateSize = 24", "IntermediateSize = 24, Bias = true" },
        { "LatentAttention(Heads = 4", "LatentAttention(Heads = 5" },
        { "QueryRank = 12", "QueryRank = 0" },
        { "KeyValueRank = 24", "KeyValueRank = 25" },
        { "HeadSize = 16", "HeadSize = 17" },
        { "RotarySize = 8", "RotarySize = 10" },
        { "ValueHeadSize = 20", "ValueHeadSize = 21" },
        { "NormEpsilon = 1e-5", "NormEpsilon = 1e-4" },
        { "NormEpsilon = 1e-5", "NormEpsilon = 1e-5, QueryBias = true" },
        { "NormEpsilon = 1e-5", "NormEpsilon = 1e-5, KeyValueBias = true" },
        { "NormEpsilon = 1e-5", "NormEpsilon = 1e-5, OutputBias = true" },
        { "IntermediateSize = 96", "IntermediateSize = 97" },
        { "IntermediateSize = 96", "IntermediateSize = 96, Activation = Activation.GeluTanh" },
        { "IntermediateSize = 96", "IntermediateSize = 96, Gated = false" },
        { "IntermediateSize = 96", "IntermediateSize = 96, Bias = true" },
        { "IntermediateSize = 96", "IntermediateSize = 96, Function = nameof(F.Act), From = typeof(F)" },
        { "IntermediateSize = 96", "IntermediateSize = 96, Limit = 7" },
        { "IntermediateSize = 96", "IntermediateSize = 96, SwishBeta = 1.702" },
        { "IntermediateSize = 96", "IntermediateSize = 96, UpOffset = 1" },
        { "[FeedForward(IntermediateSize = 96)]", "[FeedForward(IntermediateSize = 96)] [TensorName(\"Down\", \"down.{layer}\")]" },
        { "[FeedForward(IntermediateSize = 96)]", "[FeedForward(IntermediateSize = 96)] [TensorName(\"Down\", \"down.{layer}\", Transposed = true)]" },
        { "[FeedForward(IntermediateSize = 96)]", "[FeedForward(IntermediateSize = 96)] [TensorName(\"Up\", \"inner.{layer}\", Roles = \"Up, Gate\", Interleaved = true)]" },
        { "[RoutedExperts(8, IntermediateSize = 32)]", "[RoutedExperts(8, IntermediateSize = 32)] [TensorName(\"ExpertDown\", \"down.{layer}\", Stacked = true)]" },
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
                bool isElsewhere = property.Name is "Reset" or "First" || (attribute.Name, property.Name) is ("AttentionAttribute", "Position");
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
