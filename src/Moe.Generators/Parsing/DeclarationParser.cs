using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>An attributed class → its <see cref="ModelDeclaration"/> or <see cref="BlockDeclaration"/>. Judges nothing.</summary>
internal static class DeclarationParser
{
    private const string EmittedFileEnding = ".g.cs";

    /// <summary>What <c>[MoeModel]</c> may stand on; cheaper than asking for symbols.</summary>
    public static bool IsCandidate(SyntaxNode node, CancellationToken cancellation) => node is TypeDeclarationSyntax;

    /// <summary>The declaration of the class under the attribute.</summary>
    public static ModelDeclaration ParseModel(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        ParseModel((INamedTypeSymbol)context.TargetSymbol, cancellation);

    /// <summary>The declaration of a model class.</summary>
    public static ModelDeclaration ParseModel(INamedTypeSymbol type, CancellationToken cancellation) =>
        new(ParseType(type, cancellation), AttributeReader.ReadLevels(type), ParseBlocks(type, cancellation));

    /// <summary>The declaration of the class under <c>[MoeLayer]</c>.</summary>
    public static ModelDeclaration ParseLayer(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        ParseLayer((INamedTypeSymbol)context.TargetSymbol, cancellation);

    /// <summary>The declaration of a layer that stands alone: the class is its own block.</summary>
    public static ModelDeclaration ParseLayer(INamedTypeSymbol type, CancellationToken cancellation)
    {
        BlockDeclaration block = ParseBlock(type, cancellation) with { IsBlock = true, IsAbstract = false };
        return new ModelDeclaration(ParseType(type, cancellation), block.Levels, ImmutableArray.Create(block), IsLayer: true);
    }

    /// <summary>The declaration of a block class.</summary>
    public static BlockDeclaration ParseBlock(INamedTypeSymbol type, CancellationToken cancellation = default) => new(
        TypeNames.Full(type),
        type.Name,
        IsBlock(type),
        AttributeReader.ReadLevels(type),
        type.IsAbstract && !type.IsStatic,
        FunctionReader.ReadNamed(type, cancellation));

    /// <summary>Whether the class itself carries <c>[MoeModel]</c>.</summary>
    public static bool CarriesMoeModel(INamedTypeSymbol type) => Carries(type, Words.MoeModel);

    /// <summary>Whether the class itself carries <c>[MoeLayer]</c>.</summary>
    public static bool CarriesMoeLayer(INamedTypeSymbol type) => Carries(type, Words.MoeLayer);

    /// <summary>Whether the class or a base carries <c>[Block]</c>.</summary>
    public static bool IsBlock(INamedTypeSymbol type) => SelfAndBases(type).Any(level => Carries(level, Words.Block));

    /// <summary>The class, its base, the base's base and so on.</summary>
    public static IEnumerable<INamedTypeSymbol> SelfAndBases(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? current = type; current is { SpecialType: SpecialType.None }; current = current.BaseType)
            yield return current;
    }

    /// <summary>The classes that the <c>[Layers]</c> of a model and its bases name, in order of first mention.</summary>
    public static ImmutableArray<INamedTypeSymbol> BlocksOf(INamedTypeSymbol model) => SelfAndBases(model)
        .SelectMany(level => level.GetAttributes())
        .Where(attribute => AttributeReader.WordOf(attribute) == Words.Layers)
        .SelectMany(attribute => attribute.ConstructorArguments)
        .Where(argument => argument.Kind == TypedConstantKind.Type)
        .Select(argument => argument.Value)
        .OfType<INamedTypeSymbol>()
        .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
        .ToImmutableArray();

    /// <summary>
    /// Whether an author wrote the file. An analyzer sees emitted files beside the author's, and a declaration is what
    /// the author wrote.
    /// </summary>
    public static bool IsWrittenByAuthor(SyntaxTree? tree) =>
        tree is not null && !tree.FilePath.EndsWith(EmittedFileEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the author wrote the class as partial.</summary>
    public static bool IsPartial(INamedTypeSymbol type, CancellationToken cancellation) => type.DeclaringSyntaxReferences
        .Where(reference => IsWrittenByAuthor(reference.SyntaxTree))
        .Any(reference => reference.GetSyntax(cancellation) is TypeDeclarationSyntax syntax
            && syntax.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static EquatableArray<BlockDeclaration> ParseBlocks(INamedTypeSymbol model, CancellationToken cancellation)
    {
        var blocks = ImmutableArray.CreateBuilder<BlockDeclaration>();
        foreach (INamedTypeSymbol block in BlocksOf(model))
        {
            cancellation.ThrowIfCancellationRequested();
            blocks.Add(ParseBlock(block, cancellation));
        }

        return blocks.ToImmutable();
    }

    private static TypeDeclaration ParseType(INamedTypeSymbol type, CancellationToken cancellation) => new(
        TypeNames.Namespace(type),
        type.Name,
        SyntaxFacts.GetText(type.DeclaredAccessibility),
        IsPartial(type, cancellation),
        type.ContainingType is null,
        type.IsGenericType,
        type.IsAbstract && !type.IsStatic,
        type.IsSealed && !type.IsStatic,
        SelfAndBases(type).Skip(1).Any(level => !level.IsAbstract && (CarriesMoeModel(level) || CarriesMoeLayer(level))),
        PartsWithLayers(type, cancellation),
        MemberNames(type),
        type.IsStatic,
        type.IsRecord,
        type.IsFileLocal);

    private static int PartsWithLayers(INamedTypeSymbol type, CancellationToken cancellation) => type.GetAttributes()
        .Where(attribute => AttributeReader.WordOf(attribute) == Words.Layers)
        .Select(attribute => attribute.ApplicationSyntaxReference?.GetSyntax(cancellation).FirstAncestorOrSelf<TypeDeclarationSyntax>())
        .Distinct()
        .Count();

    private static EquatableArray<string> MemberNames(INamedTypeSymbol type) => type.GetMembers()
        .Where(member => !member.IsImplicitlyDeclared && member.CanBeReferencedByName)
        .Where(member => member.Locations.Any(location => IsWrittenByAuthor(location.SourceTree)))
        .Select(member => member.Name)
        .Distinct()
        .OrderBy(name => name, StringComparer.Ordinal)
        .ToImmutableArray();

    private static bool Carries(INamedTypeSymbol type, string word) =>
        type.GetAttributes().Any(attribute => AttributeReader.WordOf(attribute) == word);
}
