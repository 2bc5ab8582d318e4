using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Moe.Generators.Diagnostics;
using Moe.Generators.Parsing;

namespace Moe.Generators.Analyzers;

/// <summary>A part of a declaration → its place in the author's files, by walking the live symbols.</summary>
internal static class PartLocator
{
    /// <summary>The place, or <see cref="Location.None"/> where the class comes from a package.</summary>
    /// <param name="types">The classes that the part may lie on.</param>
    /// <param name="part">The part.</param>
    /// <param name="cancellation">Stops the walk.</param>
    public static Location Find(ImmutableArray<INamedTypeSymbol> types, Part part, CancellationToken cancellation)
    {
        INamedTypeSymbol? type = types.FirstOrDefault(type => TypeNames.Full(type) == part.TypeName);
        if (type is null)
            return Location.None;

        Location? exact = part switch
        {
            { Member: { } member, Node: >= 0 } => FindNode(type, member, part, cancellation),
            { Member: { } member } => type.GetMembers(member).Skip(part.Occurrence).SelectMany(symbol => symbol.Locations).FirstOrDefault(IsAuthors),
            { Attribute: { } word } => FindAttribute(type, word, part.Occurrence, part.Argument, cancellation),
            _ => null,
        };

        return exact ?? type.Locations.FirstOrDefault(IsAuthors) ?? Location.None;
    }

    private static Location? FindNode(INamedTypeSymbol type, string member, Part part, CancellationToken cancellation) =>
        type.GetMembers(member).OfType<IMethodSymbol>().ElementAtOrDefault(part.Occurrence)?.DeclaringSyntaxReferences
            .FirstOrDefault()?.GetSyntax(cancellation).DescendantNodesAndSelf().ElementAtOrDefault(part.Node)?.GetLocation();

    private static Location? FindAttribute(
        INamedTypeSymbol type,
        string word,
        int occurrence,
        string? argument,
        CancellationToken cancellation)
    {
        AttributeData? attribute = type.GetAttributes()
            .Where(attribute => AttributeReader.WordOf(attribute) == word)
            .ElementAtOrDefault(occurrence);
        if (attribute?.ApplicationSyntaxReference?.GetSyntax(cancellation) is not AttributeSyntax syntax)
            return null;

        if (argument is not null && syntax.ArgumentList is { } list)
        {
            for (int position = 0; position < list.Arguments.Count; position++)
            {
                if (PropertyOf(attribute, list.Arguments[position], position) == argument)
                    return list.Arguments[position].GetLocation();
            }
        }

        return syntax.GetLocation();
    }

    private static string? PropertyOf(AttributeData attribute, AttributeArgumentSyntax argument, int position)
    {
        if (argument.NameEquals is { } property)
            return property.Name.Identifier.ValueText;
        if (argument.NameColon is { } parameter)
            return AttributeReader.PropertyOf(parameter.Name.Identifier.ValueText);

        ImmutableArray<IParameterSymbol> parameters = attribute.AttributeConstructor?.Parameters ?? ImmutableArray<IParameterSymbol>.Empty;
        return position < parameters.Length ? AttributeReader.PropertyOf(parameters[position].Name) : null;
    }

    private static bool IsAuthors(Location location) => DeclarationParser.IsWrittenByAuthor(location.SourceTree);
}
