using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>
/// Attribute symbols → <see cref="AttributeDeclaration"/>s, whatever the attribute: every word of the language is read
/// the same way, and a new one needs no line here.
/// </summary>
internal static class AttributeReader
{
    private const string Suffix = "Attribute";

    /// <summary>The class and its bases as levels; bases without a word of the language are left out.</summary>
    public static EquatableArray<TypeLevel> ReadLevels(INamedTypeSymbol type)
    {
        var levels = ImmutableArray.CreateBuilder<TypeLevel>();
        for (INamedTypeSymbol? current = type; current is { SpecialType: SpecialType.None }; current = current.BaseType)
        {
            EquatableArray<AttributeDeclaration> attributes = Read(current);
            if (attributes.Count > 0 || levels.Count == 0)
                levels.Add(new TypeLevel(TypeNames.Full(current), attributes));
        }

        return levels.ToImmutable();
    }

    /// <summary>Name of the word that an attribute is, without "Attribute"; null for attributes from elsewhere.</summary>
    public static string? WordOf(AttributeData attribute)
    {
        if (attribute.AttributeClass is not { } type || !IsLanguage(type.ContainingNamespace))
            return null;

        return type.Name.EndsWith(Suffix, StringComparison.Ordinal) ? type.Name.Substring(0, type.Name.Length - Suffix.Length) : null;
    }

    /// <summary>Name of the property that a constructor's parameter sets: "count" sets Count.</summary>
    public static string PropertyOf(string parameter) => char.ToUpperInvariant(parameter[0]) + parameter.Substring(1);

    private static EquatableArray<AttributeDeclaration> Read(INamedTypeSymbol type)
    {
        var words = ImmutableArray.CreateBuilder<AttributeDeclaration>();
        foreach (AttributeData attribute in type.GetAttributes())
        {
            if (WordOf(attribute) is { } word)
                words.Add(new AttributeDeclaration(word, ReadArguments(attribute)));
        }

        return words.ToImmutable();
    }

    private static EquatableArray<ArgumentDeclaration> ReadArguments(AttributeData attribute)
    {
        var arguments = ImmutableArray.CreateBuilder<ArgumentDeclaration>();
        if (attribute.AttributeConstructor is { } constructor)
        {
            for (int i = 0; i < attribute.ConstructorArguments.Length; i++)
                Add(PropertyOf(constructor.Parameters[i].Name), attribute.ConstructorArguments[i]);
        }

        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
            Add(argument.Key, argument.Value);

        return arguments.ToImmutable();

        void Add(string name, TypedConstant constant)
        {
            if (ValueOf(constant) is { } value)
                arguments.Add(new ArgumentDeclaration(name, value));
        }
    }

    /// <summary>Null for what does not compile anyway.</summary>
    private static ArgumentValue? ValueOf(TypedConstant constant) => constant switch
    {
        { Kind: TypedConstantKind.Error } => null,
        { Kind: TypedConstantKind.Array, IsNull: false } => ArgumentValue.Of(RealsOf(constant.Values)),
        { Kind: TypedConstantKind.Array } => null,
        { Kind: TypedConstantKind.Type, Value: INamedTypeSymbol type } => ArgumentValue.Of(TypeNames.Full(type)),
        { Value: double or float } => ArgumentValue.Of(Convert.ToDouble(constant.Value, CultureInfo.InvariantCulture)),
        { Value: string text } => ArgumentValue.Of(text),
        { Value: bool flag } => ArgumentValue.Of(flag ? 1L : 0L),
        { Value: { } number and not ITypeSymbol } => ArgumentValue.Of(Convert.ToInt64(number, CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>Numbers of a list; elements that do not compile are left out.</summary>
    private static EquatableArray<double> RealsOf(ImmutableArray<TypedConstant> elements) => elements
        .Where(element => element is { Kind: TypedConstantKind.Primitive, Value: IConvertible and not string and not bool })
        .Select(element => Convert.ToDouble(element.Value, CultureInfo.InvariantCulture))
        .ToImmutableArray();

    private static bool IsLanguage(INamespaceSymbol? space) =>
        space is { Name: KnownNames.Language, ContainingNamespace.IsGlobalNamespace: true };
}
