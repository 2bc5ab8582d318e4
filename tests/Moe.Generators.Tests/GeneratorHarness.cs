extern alias Catalog;
extern alias Language;

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Moe.Generators.Analyzers;
using Moe.Generators.Declarations;
using Moe.Generators.Parsing;

namespace Moe.Generators.Tests;

/// <summary>Source in; declarations, diagnostics and generated files out. All in memory.</summary>
internal static class GeneratorHarness
{
    private static readonly ImmutableArray<MetadataReference> _framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .Where(path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
        .Append(typeof(Language::Moe.MoeModelAttribute).Assembly.Location)
        .Append(typeof(Catalog::Moe.Catalog.Mixtral8x7B).Assembly.Location)
        .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))
        .ToImmutableArray();

    /// <summary>The references that every compilation of these tests has: the running framework, Moe.Dsl and Moe.Catalog.</summary>
    public static ImmutableArray<MetadataReference> References => _framework;

    /// <summary>Those and the runtime, which emitted code needs.</summary>
    public static ImmutableArray<MetadataReference> RuntimeReferences { get; } = _framework
        .Add(MetadataReference.CreateFromFile(typeof(Runtime.Models.ModelShape).Assembly.Location));

    /// <summary>A library of the given files; "using Moe;" is written before each text.</summary>
    public static CSharpCompilation Compile(params (string Path, string Text)[] files) => CSharpCompilation.Create(
        "Demo",
        files.Select(file => Parse(file.Path, file.Text)),
        _framework,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>A library of one file.</summary>
    public static CSharpCompilation Compile(string text) => Compile(("Models.cs", text));

    /// <summary>A syntax tree as the harness makes it.</summary>
    public static SyntaxTree Parse(string path, string text) =>
        CSharpSyntaxTree.ParseText("using Moe;\nnamespace Demo;\n" + text, new CSharpParseOptions(LanguageVersion.CSharp14), path);

    /// <summary>The declaration of Demo.<paramref name="name"/>.</summary>
    public static ModelDeclaration Declare(CSharpCompilation compilation, string name) =>
        DeclarationParser.ParseModel(compilation.GetTypeByMetadataName("Demo." + name)!, CancellationToken.None);

    /// <summary>The declaration of Demo.<paramref name="name"/> in a text that compiles.</summary>
    public static ModelDeclaration Declare(string text, string name = "Tiny")
    {
        CSharpCompilation compilation = Compile(text);
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return Declare(compilation, name);
    }

    /// <summary>What the analyzer says about one file, asked as an IDE asks: for that file alone.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Analyze(Compilation compilation, string path)
    {
        SemanticModel model = compilation.GetSemanticModel(compilation.SyntaxTrees.Single(tree => tree.FilePath == path));
        CompilationWithAnalyzers analysis = WithAnalyzer(compilation);
        ImmutableArray<Diagnostic> found = await analysis.GetAnalyzerSemanticDiagnosticsAsync(model, null, CancellationToken.None);
        return found.Sort((left, right) => left.Location.SourceSpan.Start.CompareTo(right.Location.SourceSpan.Start));
    }

    /// <summary>What the analyzer says about the whole compilation, as a build asks.</summary>
    public static Task<ImmutableArray<Diagnostic>> AnalyzeAll(Compilation compilation) =>
        WithAnalyzer(compilation).GetAnalyzerDiagnosticsAsync();

    /// <summary>The text under a diagnostic.</summary>
    public static string TextAt(Location location) => location.SourceTree!.GetText().ToString(location.SourceSpan);

    /// <summary>A driver that has not run, with step tracking.</summary>
    public static GeneratorDriver NewDriver() => CSharpGeneratorDriver.Create(
        [new MoeGenerator().AsSourceGenerator()],
        parseOptions: new CSharpParseOptions(LanguageVersion.CSharp14),
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>Why each output of a named step is there.</summary>
    public static IReadOnlyList<IncrementalStepRunReason> Reasons(GeneratorDriver driver, string stage)
    {
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        Assert.Null(result.Exception);
        return result.TrackedSteps[stage].SelectMany(step => step.Outputs).Select(output => output.Reason).ToList();
    }

    private static CompilationWithAnalyzers WithAnalyzer(Compilation compilation) => compilation.WithAnalyzers(
        [new DeclarationAnalyzer(), new FunctionAnalyzer()],
        new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            onAnalyzerException: (exception, _, _) => throw new InvalidOperationException("The analyzer failed.", exception),
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: false));
}
