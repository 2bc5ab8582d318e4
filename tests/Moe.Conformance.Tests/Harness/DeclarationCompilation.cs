using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Architecture;
using Moe.Generators.Parsing;
using Moe.Generators.Validation;

namespace Moe.Conformance.Tests.Harness;

/// <summary>Declarations as source text → a compilation that sees what a user's project sees; and their architectures.</summary>
internal static class DeclarationCompilation
{
    private static readonly CSharpParseOptions _parse = new(LanguageVersion.CSharp14);

    /// <summary>How every text here is parsed.</summary>
    public static CSharpParseOptions ParseOptions => _parse;

    /// <summary>A library of the given source files; nullable, warnings as errors.</summary>
    /// <param name="sources">Source texts.</param>
    /// <param name="seesGpu">Whether the project references Moe.Runtime.Gpu.</param>
    public static CSharpCompilation Of(IEnumerable<string> sources, bool seesGpu = false) => CSharpCompilation.Create(
        "Declared" + Interlocked.Increment(ref _count),
        sources.Select((text, index) => CSharpSyntaxTree.ParseText(text, _parse, $"Declaration{index}.cs")),
        References(seesGpu),
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable,
            generalDiagnosticOption: ReportDiagnostic.Error));

    /// <summary>Parses and validates one model of the compilation.</summary>
    /// <exception cref="InvalidOperationException">It breaks a rule; the message says which.</exception>
    public static MoeArchitecture Architecture(Compilation compilation, string fullName)
    {
        INamedTypeSymbol type = compilation.GetTypeByMetadataName(fullName)
            ?? throw new InvalidOperationException($"There is no class {fullName}.");
        ValidationResult result = Validator.Validate(DeclarationParser.CarriesMoeLayer(type)
            ? DeclarationParser.ParseLayer(type, CancellationToken.None)
            : DeclarationParser.ParseModel(type, CancellationToken.None));
        return result.Architecture ?? throw new InvalidOperationException(
            $"{fullName} breaks rules:\n" + string.Join("\n", result.Findings.Select(finding => $"{finding.Rule.Id} {finding.Message} ({finding.Part})")));
    }

    private static int _count;

    private static ImmutableArray<MetadataReference> References(bool seesGpu) => seesGpu ? _withGpu.Value : _withoutGpu.Value;

    private static readonly Lazy<ImmutableArray<MetadataReference>> _withoutGpu = new(() => Find("Moe.Dsl", "Moe.Runtime"));

    private static readonly Lazy<ImmutableArray<MetadataReference>> _withGpu = new(() =>
        Find("Moe.Dsl", "Moe.Runtime", "Moe.Runtime.Gpu", "ILGPU", "ILGPU.Algorithms"));

    // The shared framework this runs on, and of the files beside the tests only those that a user's project would see.
    private static ImmutableArray<MetadataReference> Find(params string[] beside)
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return trusted.Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == framework)
            .Concat(beside.Select(name => Path.Combine(AppContext.BaseDirectory, name + ".dll")))
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))
            .ToImmutableArray();
    }
}
