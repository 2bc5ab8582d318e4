using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;
using Moe.Generators.Parsing;
using Moe.Generators.Validation;

namespace Moe.Generators.Analyzers;

/// <summary>
/// Reports what the validator finds, on the class whose file is analysed: a block's mistakes while the block is
/// analysed, and what only model and block together show on the model, once a model.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DeclarationAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Descriptors.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        // A model class has an emitted part too, which must not hide the author's part.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Class || !type.Locations.Any(location => DeclarationParser.IsWrittenByAuthor(location.SourceTree)))
            return;

        if (DeclarationParser.CarriesMoeModel(type))
            AnalyzeModel(context, type);
        else if (DeclarationParser.CarriesMoeLayer(type))
            AnalyzeLayer(context, type);
        else
            AnalyzeDerivedClass(context, type);

        if (DeclarationParser.IsBlock(type))
            AnalyzeBlock(context, type);
    }

    private static void AnalyzeModel(SymbolAnalysisContext context, INamedTypeSymbol model)
    {
        ModelDeclaration declaration = DeclarationParser.ParseModel(model, context.CancellationToken);
        ImmutableArray<Finding> findings = Validator.Validate(declaration).Findings;
        if (findings.IsEmpty)
            return;

        ImmutableArray<INamedTypeSymbol> blocks = DeclarationParser.BlocksOf(model);
        ImmutableArray<INamedTypeSymbol> related = blocks.Insert(0, model).SelectMany(DeclarationParser.SelfAndBases).ToImmutableArray();
        var placement = new FindingPlacement(context, model);
        foreach (Finding finding in findings)
        {
            if (IsReportedByMethod(finding) || placement.IsReportedByBaseModel(finding) || blocks.Any(block => placement.IsReportedByBlock(block, finding)))
                continue;

            bool isOwn = finding.Part.TypeName == declaration.Levels[0].TypeName;
            Report(context, related, isOwn ? finding : FindingPlacement.OnModel(finding, declaration));
        }
    }

    // A finding on a base class is moved to the layer; a base that is a layer itself says its own.
    private static void AnalyzeLayer(SymbolAnalysisContext context, INamedTypeSymbol layer)
    {
        ModelDeclaration declaration = DeclarationParser.ParseLayer(layer, context.CancellationToken);
        ImmutableArray<INamedTypeSymbol> related = DeclarationParser.SelfAndBases(layer).ToImmutableArray();
        foreach (Finding finding in Validator.Validate(declaration).Findings)
        {
            bool isOwn = finding.Part.TypeName == TypeNames.Full(layer);
            Report(context, related, isOwn ? finding : FindingPlacement.Move(finding, new Part(TypeNames.Full(layer), Words.MoeLayer)));
        }
    }

    private static void AnalyzeBlock(SymbolAnalysisContext context, INamedTypeSymbol block)
    {
        BlockDeclaration declaration = DeclarationParser.ParseBlock(block, context.CancellationToken);
        ImmutableArray<Finding> findings = Validator.Validate(declaration);
        if (findings.IsEmpty)
            return;

        ImmutableArray<INamedTypeSymbol> related = DeclarationParser.SelfAndBases(block).ToImmutableArray();
        var placement = new FindingPlacement(context, block);
        foreach (Finding finding in findings)
        {
            if (IsReportedByMethod(finding))
                continue;

            if (finding.Part.TypeName == declaration.FullName)
                Report(context, related, finding);
            else if (!related.Skip(1).Any(level => placement.IsReportedByBlock(level, finding)))
                Report(context, related, FindingPlacement.Move(finding, new Part(declaration.FullName)));
        }
    }

    // What is wrong in a method is said where the method is analysed.
    private static bool IsReportedByMethod(Finding finding) => finding.Part.Member is not null && finding.Rule.Id[3] == '6';

    private static void AnalyzeDerivedClass(SymbolAnalysisContext context, INamedTypeSymbol type)
    {
        INamedTypeSymbol? model = DeclarationParser.SelfAndBases(type).Skip(1).FirstOrDefault(DeclarationParser.CarriesMoeModel);
        if (model is null || !DeclarationParser.IsPartial(type, context.CancellationToken))
            return;

        Finding finding = FormRules.DerivedClassLacksMoeModel(TypeNames.Full(type), type.Name, model.Name);
        Report(context, ImmutableArray.Create(type), finding);
    }

    private static void Report(SymbolAnalysisContext context, ImmutableArray<INamedTypeSymbol> types, Finding finding)
    {
        ImmutableDictionary<string, string?> properties = finding.Suggestion is null
            ? ImmutableDictionary<string, string?>.Empty
            : ImmutableDictionary<string, string?>.Empty.Add(Descriptors.SuggestionProperty, finding.Suggestion);
        Location[] related = finding.Related
            .Select(part => PartLocator.Find(types, part, context.CancellationToken))
            .Where(location => location != Location.None)
            .ToArray();

        context.ReportDiagnostic(Diagnostic.Create(
            Descriptors.Of(finding.Rule),
            PartLocator.Find(types, finding.Part, context.CancellationToken),
            related,
            properties,
            finding.Arguments.ToArray<object>()));
    }
}
