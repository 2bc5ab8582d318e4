using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Moe.Generators;

namespace Moe.Conformance.Tests.Harness;

/// <summary>
/// Declarations, compiled in memory with the generator as a user's project is: nullable, warnings as errors. Unloaded when
/// disposed.
/// </summary>
internal sealed class CompiledAssembly : IDisposable
{
    private readonly AssemblyLoadContext _context;
    private readonly Assembly _assembly;

    private CompiledAssembly(AssemblyLoadContext context, Assembly assembly, ImmutableArray<string> files)
    {
        _context = context;
        _assembly = assembly;
        EmittedFiles = files;
    }

    /// <summary>Names of the files that the generator added.</summary>
    public ImmutableArray<string> EmittedFiles { get; }

    /// <summary>Compiles source files; one assembly for many models costs little more than for one.</summary>
    /// <exception cref="CompilationFailedException">The compiler or the generator had anything to say.</exception>
    public static CompiledAssembly Compile(IEnumerable<string> sources, bool seesGpu = false)
    {
        CSharpCompilation declared = DeclarationCompilation.Of(sources, seesGpu);
        CSharpGeneratorDriver.Create([new MoeGenerator().AsSourceGenerator()], parseOptions: DeclarationCompilation.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(declared, out Compilation complete, out ImmutableArray<Diagnostic> findings);

        using var image = new MemoryStream();
        EmitResult result = complete.Emit(image);
        Diagnostic[] complaints = [.. findings.Concat(result.Diagnostics).Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
        if (complaints.Length > 0 || !result.Success)
            throw new CompilationFailedException(complaints);

        image.Position = 0;
        var context = new AssemblyLoadContext(declared.AssemblyName, isCollectible: true);
        string[] declaredPaths = [.. declared.SyntaxTrees.Select(tree => tree.FilePath)];
        return new CompiledAssembly(
            context,
            context.LoadFromStream(image),
            [.. complete.SyntaxTrees.Select(tree => tree.FilePath).Except(declaredPaths).Select(Path.GetFileName)!]);
    }

    /// <summary>The model of that full name.</summary>
    public CompiledModel Model(string fullName) => new(_assembly.GetType(fullName, throwOnError: true)!);

    /// <summary>The layer of that full name, which stands alone.</summary>
    public CompiledLayer Layer(string fullName) => new(_assembly.GetType(fullName, throwOnError: true)!);

    /// <summary>Lets the assembly go, once nothing uses its types.</summary>
    public void Dispose() => _context.Unload();
}

/// <summary>Something was reported while a declaration was compiled.</summary>
internal sealed class CompilationFailedException(IReadOnlyList<Diagnostic> complaints) : Exception(Describe(complaints))
{
    private static string Describe(IReadOnlyList<Diagnostic> complaints)
    {
        IEnumerable<string> lines = complaints.Take(12).Select(complaint => $"{complaint}\n    {Line(complaint)}");
        return $"{complaints.Count} diagnostics:\n{string.Join("\n", lines)}";
    }

    private static string Line(Diagnostic complaint) => complaint.Location.SourceTree is { } tree
        ? tree.GetText().Lines[complaint.Location.GetLineSpan().StartLinePosition.Line].ToString().Trim()
        : "";
}
