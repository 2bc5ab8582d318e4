using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Moe.Generators.Declarations;
using Moe.Generators.Emit;
using Moe.Generators.Parsing;

namespace Moe.Generators;

/// <summary>The two doors: an attributed class in, source files out.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class MoeGenerator : IIncrementalGenerator
{
    private const string DumpIrProperty = "build_property.MoeDumpIr";
    private const string IrFileEnding = ".Ir.g.cs";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // what the author wrote; nothing below runs while this stays equal
        IncrementalValuesProvider<ModelDeclaration> declarations = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownNames.MoeModelAttribute, DeclarationParser.IsCandidate, DeclarationParser.ParseModel)
            .WithTrackingName(Stages.Declarations);

        IncrementalValuesProvider<ModelDeclaration> layers = context.SyntaxProvider
            .ForAttributeWithMetadataName(KnownNames.MoeLayerAttribute, DeclarationParser.IsCandidate, DeclarationParser.ParseLayer)
            .WithTrackingName(Stages.Layers);

        // what the project around it asks for
        IncrementalValueProvider<CompilerOptions> options = context.CompilationProvider
            .Select(static (compilation, _) => compilation.GetTypeByMetadataName(KnownNames.GpuAccelerator) is not null)
            .Combine(context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
                options.GlobalOptions.TryGetValue(DumpIrProperty, out string? value)
                && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase)))
            .Select(static (pair, _) => new CompilerOptions(Gpu: pair.Left, DumpIr: pair.Right))
            .WithTrackingName(Stages.Options);

        // what they compile to; an abstract architecture to derive from compiles to nothing
        IncrementalValuesProvider<EmittedFile> files = Compile(declarations, options).WithTrackingName(Stages.Files);
        IncrementalValuesProvider<EmittedFile> layerFiles = Compile(layers, options).WithTrackingName(Stages.LayerFiles);
        Output(context, files);
        Output(context, layerFiles);

        // marked functions, for projects that reference this one
        IncrementalValueProvider<EmittedFile?> functions = Marked(context, KnownNames.ActivationFunctionAttribute)
            .Combine(Marked(context, KnownNames.GateFunctionAttribute))
            .Combine(Marked(context, KnownNames.ScoreFunctionAttribute))
            .Select(static (all, _) => FunctionsEmitter.Emit(all.Left.Left.Concat(all.Left.Right).Concat(all.Right)))
            .WithTrackingName(Stages.Functions);
        context.RegisterSourceOutput(functions, static (output, file) =>
        {
            if (file is not null)
                output.AddSource(file.Name, file.Text);
        });
    }

    private static IncrementalValuesProvider<EmittedFile> Compile(
        IncrementalValuesProvider<ModelDeclaration> declarations, IncrementalValueProvider<CompilerOptions> options) => declarations
            .Where(static declaration => declaration.Type.CanBeCompleted)
            .Combine(options)
            .SelectMany(static (pair, _) => MoeCompiler.Compile(pair.Left, pair.Right));

    private static void Output(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<EmittedFile> files)
    {
        // the IR dump is for reading; nobody refers to it, so an IDE need not run it
        context.RegisterSourceOutput(files.Where(static file => !IsIrDump(file)), static (output, file) => output.AddSource(file.Name, file.Text));
        context.RegisterImplementationSourceOutput(files.Where(IsIrDump), static (output, file) => output.AddSource(file.Name, file.Text));
    }

    private static IncrementalValueProvider<ImmutableArray<FunctionDeclaration>> Marked(IncrementalGeneratorInitializationContext context, string mark) =>
        context.SyntaxProvider
            .ForAttributeWithMetadataName(mark, static (node, _) => node is MethodDeclarationSyntax, static (found, cancellation) =>
                FunctionReader.ReadVisible((IMethodSymbol)found.TargetSymbol, cancellation))
            .Where(static function => function is not null)
            .Select(static (function, _) => function!)
            .Collect();

    private static bool IsIrDump(EmittedFile file) => file.Name.EndsWith(IrFileEnding, StringComparison.Ordinal);

    /// <summary>Names under which a generator driver reports the steps.</summary>
    internal static class Stages
    {
        public const string Declarations = nameof(Declarations);
        public const string Options = nameof(Options);
        public const string Files = nameof(Files);
        public const string Layers = nameof(Layers);
        public const string LayerFiles = nameof(LayerFiles);
        public const string Functions = nameof(Functions);
    }
}
