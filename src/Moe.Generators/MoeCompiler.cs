using System.Collections.Generic;
using System.Collections.Immutable;
using Moe.Generators.Declarations;
using Moe.Generators.Emit;
using Moe.Generators.Emit.Cpu;
using Moe.Generators.Emit.Gpu;
using Moe.Generators.Ir;
using Moe.Generators.Passes;
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

        ModelGraph built = GraphBuilder.Build(architecture);
        Cost cost = Cost.Of(architecture, built);
        var log = new List<PassLogEntry>();
        ModelGraph fused = PassList.Run(built, log.Add);

        var files = ImmutableArray.CreateBuilder<EmittedFile>();
        if (architecture.Standalone is not null)
        {
            files.Add(LayerSurfaceEmitter.Emit(architecture, built, cost));
            files.Add(CheckpointEmitter.EmitLayer(architecture, built));
            files.Add(WeightsEmitter.Emit(architecture, fused));
            files.AddRange(CpuLayerEmitter.Emit(architecture, fused));
            if (options.DumpIr)
                files.Add(IrDumpEmitter.Emit(architecture, built, log));
            return files.ToImmutable();
        }

        files.Add(SurfaceEmitter.Emit(architecture, cost, options.Gpu));
        files.Add(CheckpointEmitter.Emit(architecture, built));
        files.Add(WeightsEmitter.Emit(architecture, fused));
        files.AddRange(CpuEmitter.Emit(architecture, fused));
        if (options.Gpu)
            files.Add(GpuEmitter.Emit(architecture, fused));
        if (options.DumpIr)
            files.Add(IrDumpEmitter.Emit(architecture, built, log));
        return files.ToImmutable();
    }
}
