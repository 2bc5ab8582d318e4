using Microsoft.CodeAnalysis;

namespace Moe.Generators.Parsing;

/// <summary>Type symbols → the names that declarations hold.</summary>
internal static class TypeNames
{
    private static readonly SymbolDisplayFormat _full = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        SymbolDisplayGenericsOptions.IncludeTypeParameters);

    /// <summary>Namespace, containing types and name, such as "Demo.Blocks.Expert".</summary>
    public static string Full(INamedTypeSymbol type) => type.ToDisplayString(_full);

    /// <summary>The namespace, empty for the global one.</summary>
    public static string Namespace(INamedTypeSymbol type) =>
        type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(_full);
}
