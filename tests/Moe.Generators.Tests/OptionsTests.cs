using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Moe.Generators.Tests;

/// <summary>What the project around a declaration asks for: GPU code by reference, the IR dump by a property.</summary>
public sealed class OptionsTests
{
    private const string Models =
        """
        [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;
        [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(2, typeof(B))] public partial class Tiny;
        """;

    [Fact]
    public void Gpu_RuntimeNotReferenced_IsOff()
    {
        Assert.Equal(new CompilerOptions(Gpu: false, DumpIr: false), OptionsOf(GeneratorHarness.Compile(Models), null));
    }

    [Fact]
    public void Gpu_RuntimeReferenced_IsOn()
    {
        int dot = KnownNames.GpuAccelerator.LastIndexOf('.');
        CSharpCompilation gpu = CSharpCompilation.Create(
            "Gpu",
            [CSharpSyntaxTree.ParseText($"namespace {KnownNames.GpuAccelerator[..dot]}; public class {KnownNames.GpuAccelerator[(dot + 1)..]};")],
            GeneratorHarness.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

        CSharpCompilation compilation = GeneratorHarness.Compile(Models).AddReferences(gpu.ToMetadataReference());

        Assert.Equal(new CompilerOptions(Gpu: true, DumpIr: false), OptionsOf(compilation, null));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("false", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void DumpIr_Property_EmitsTheGraph(string? value, bool dumps)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(Models);
        GeneratorDriver driver = GeneratorHarness.NewDriver().WithUpdatedAnalyzerConfigOptions(new Properties(value)).RunGenerators(compilation);

        Assert.Equal(dumps, driver.GetRunResult().GeneratedTrees.Any(tree => tree.FilePath.EndsWith("Demo.Tiny.Ir.g.cs", System.StringComparison.Ordinal)));
    }

    private static CompilerOptions OptionsOf(CSharpCompilation compilation, string? dumpIr)
    {
        GeneratorDriver driver = GeneratorHarness.NewDriver().WithUpdatedAnalyzerConfigOptions(new Properties(dumpIr)).RunGenerators(compilation);
        return (CompilerOptions)driver.GetRunResult().Results.Single().TrackedSteps[MoeGenerator.Stages.Options].Single().Outputs.Single().Value;
    }

    /// <summary>The project's properties, as MSBuild hands them on.</summary>
    private sealed class Properties(string? dumpIr) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(dumpIr);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values(null);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Values(null);
    }

    private sealed class Values(string? dumpIr) : AnalyzerConfigOptions
    {
        private readonly Dictionary<string, string> _values = dumpIr is null ? [] : new() { ["build_property.MoeDumpIr"] = dumpIr };

        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => _values.TryGetValue(key, out value);
    }
}
