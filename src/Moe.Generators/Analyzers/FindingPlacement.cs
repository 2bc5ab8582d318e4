using System;
using System.Collections.Generic;
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
/// Whose analysis reports a finding. A diagnostic in a file other than the one being analysed does not appear in an
/// IDE, and a class from a package has no file; so each finding is said once, on a class that is analysed.
/// </summary>
internal sealed class FindingPlacement
{
    private readonly SymbolAnalysisContext _context;
    private readonly INamedTypeSymbol _type;
    private readonly Dictionary<INamedTypeSymbol, ImmutableArray<Finding>> _findingsOfBlocks = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<INamedTypeSymbol, ImmutableArray<Finding>> _findingsOfModels = new(SymbolEqualityComparer.Default);

    /// <summary>Placement for the class that is being analysed.</summary>
    public FindingPlacement(SymbolAnalysisContext context, INamedTypeSymbol type)
    {
        _context = context;
        _type = type;
    }

    /// <summary>The finding at another place, its own place shown as an additional one.</summary>
    public static Finding Move(Finding finding, Part part) =>
        finding with { Part = part, Related = finding.Related.Insert(0, finding.Part), Suggestion = null };

    /// <summary>The finding on the analysed model: on its [Layers] that names the block, else on its [MoeModel].</summary>
    public static Finding OnModel(Finding finding, ModelDeclaration declaration)
    {
        ImmutableArray<string> guilty = declaration.Blocks
            .Where(block => block.FullName == finding.Part.TypeName || block.Levels.Any(level => level.TypeName == finding.Part.TypeName))
            .Select(block => block.FullName)
            .ToImmutableArray();
        LayerEntry? entry = LayerList.Resolve(declaration.Levels).FirstOrDefault(entry => entry.Level == 0 && guilty.Contains(entry.Block));
        return Move(finding, entry?.BlockPart ?? new Part(declaration.Levels[0].TypeName, Words.MoeModel));
    }

    /// <summary>Whether the block is analysed by itself and shows the finding.</summary>
    public bool IsReportedByBlock(INamedTypeSymbol block, Finding finding) =>
        DeclarationParser.IsBlock(block) && IsReportedBy(block, finding, _findingsOfBlocks, () => Validator.Validate(DeclarationParser.ParseBlock(block)));

    /// <summary>Whether a base of the model is a model itself, is analysed and shows the finding.</summary>
    public bool IsReportedByBaseModel(Finding finding) => DeclarationParser.SelfAndBases(_type)
        .Skip(1)
        .Where(DeclarationParser.CarriesMoeModel)
        .Any(model => IsReportedBy(model, finding, _findingsOfModels,
            () => Validator.Validate(DeclarationParser.ParseModel(model, _context.CancellationToken)).Findings));

    private bool IsReportedBy(
        INamedTypeSymbol type,
        Finding finding,
        Dictionary<INamedTypeSymbol, ImmutableArray<Finding>> known,
        Func<ImmutableArray<Finding>> validate)
    {
        if (!SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _context.Compilation.Assembly))
            return false;

        if (!known.TryGetValue(type, out ImmutableArray<Finding> findings))
            known.Add(type, findings = validate());

        return findings.Any(other => other.Rule == finding.Rule && other.Part == finding.Part);
    }
}
