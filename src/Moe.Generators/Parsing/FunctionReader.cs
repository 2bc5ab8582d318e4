using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>Methods that a declaration names → <see cref="FunctionDeclaration"/>s, from syntax or from what an assembly stores.</summary>
internal static class FunctionReader
{
    private const string FunctionEnding = "Function";
    private const string From = "From";

    /// <summary>Every method that a word on the class or its bases may mean: each name with each class that it is looked for in.</summary>
    public static EquatableArray<FunctionDeclaration> ReadNamed(INamedTypeSymbol block, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<FunctionDeclaration>();
        foreach (IGrouping<string, (string Word, INamedTypeSymbol Type, string? Method)> word in Mentions(block).ToLookup(mention => mention.Word))
        {
            string[] names = word.Select(mention => mention.Method).OfType<string>().Distinct().ToArray();
            foreach (INamedTypeSymbol type in word.Select(mention => mention.Type).Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default))
                found.AddRange(names.SelectMany(name => type.GetMembers(name)).OfType<IMethodSymbol>().Select(method => Read(method, cancellation)));
        }

        return found.Distinct().ToImmutableArray();
    }

    /// <summary>One method.</summary>
    public static FunctionDeclaration Read(IMethodSymbol method, CancellationToken cancellation)
    {
        string type = TypeNames.Full(method.ContainingType);
        FunctionKinds kinds = KindsOf(method);
        FunctionProblem? problem = kinds == FunctionKinds.None ? null : SignatureProblem(method, kinds);
        if (problem is not null && method.DeclaringSyntaxReferences.IsEmpty)
            return new FunctionDeclaration(type, method.Name, kinds, null, null);
        if (kinds == FunctionKinds.None || problem is not null)
            return new FunctionDeclaration(type, method.Name, kinds, null, problem);

        if (method.DeclaringSyntaxReferences.IsEmpty)
            return new FunctionDeclaration(type, method.Name, kinds, ReadStored(method), null);

        ScalarFunction? function = new FunctionBody(cancellation).Read(method, out problem);
        return new FunctionDeclaration(type, method.Name, kinds, function, problem);
    }

    /// <summary>One method, where another assembly may call it; else null.</summary>
    public static FunctionDeclaration? ReadVisible(IMethodSymbol method, CancellationToken cancellation)
    {
        for (ISymbol? symbol = method; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility is not (Accessibility.Public or Accessibility.NotApplicable))
                return null;
        }

        return Read(method, cancellation);
    }

    /// <summary>What marks a method carries.</summary>
    public static FunctionKinds KindsOf(IMethodSymbol method)
    {
        FunctionKinds kinds = FunctionKinds.None;
        foreach (AttributeData attribute in method.GetAttributes())
        {
            kinds |= AttributeReader.WordOf(attribute) switch
            {
                Words.ActivationFunction => FunctionKinds.Activation,
                Words.GateFunction => FunctionKinds.Gate,
                Words.ScoreFunction => FunctionKinds.Score,
                _ => FunctionKinds.None,
            };
        }

        return kinds;
    }

    /// <summary>The function that the method's assembly stores, or null.</summary>
    public static ScalarFunction? ReadStored(IMethodSymbol method)
    {
        string type = TypeNames.Full(method.ContainingType);
        foreach (AttributeData attribute in method.ContainingAssembly.GetAttributes())
        {
            if (AttributeReader.WordOf(attribute) == Words.StoredFunction
                && attribute.ConstructorArguments is [{ Value: string storedType }, { Value: string name }, { Value: string text }]
                && storedType == type
                && name == method.Name
                && FunctionText.Read(name, text) is { } function
                && function.Parameters.Count == method.Parameters.Length)
            {
                return function;
            }
        }

        return null;
    }

    /// <summary>What keeps a method from being a function on scalars, as "it is …", or null.</summary>
    public static string? FormProblem(IMethodSymbol method)
    {
        if (!method.IsStatic)
            return "it is not static";
        if (method.MethodKind != MethodKind.Ordinary || method.IsGenericMethod || method.ContainingType.IsGenericType)
            return "it is generic, local or an operator";
        if (method.ReturnType.SpecialType != SpecialType.System_Single || method.ReturnsByRef || method.ReturnsByRefReadonly)
            return "it does not return float";

        IParameterSymbol? other = method.Parameters.FirstOrDefault(parameter =>
            parameter.Type.SpecialType != SpecialType.System_Single || parameter.RefKind != RefKind.None);
        return other is null ? null : $"its parameter {other.Name} is not a float by value";
    }

    /// <summary>Which of the methods of its name a method is, in source order.</summary>
    public static int OverloadOf(IMethodSymbol method) =>
        method.ContainingType.GetMembers(method.Name).OfType<IMethodSymbol>().ToList().FindIndex(other => SymbolEqualityComparer.Default.Equals(other, method));

    private static FunctionProblem? SignatureProblem(IMethodSymbol method, FunctionKinds kinds)
    {
        int wanted = kinds == FunctionKinds.Gate ? 2 : 1;
        bool isMixed = (kinds & FunctionKinds.Gate) != 0 && kinds != FunctionKinds.Gate;
        string? what = FormProblem(method)
            ?? (isMixed ? "a gate function takes two numbers and the other marks stand for one" : null)
            ?? (method.Parameters.Length == wanted ? null : $"it has {method.Parameters.Length} parameters and needs {wanted}");
        if (what is null)
            return null;

        string form = wanted == 2 ? $"static float {method.Name}(float gate, float up)" : $"static float {method.Name}(float x)";
        return new FunctionProblem(
            "MOE601", TypeNames.Full(method.ContainingType), method.Name, OverloadOf(method), -1, ImmutableArray.Create(method.Name, what, form));
    }

    private static IEnumerable<(string Word, INamedTypeSymbol Type, string? Method)> Mentions(INamedTypeSymbol block)
    {
        foreach (INamedTypeSymbol level in DeclarationParser.SelfAndBases(block))
        {
            foreach (AttributeData attribute in level.GetAttributes())
            {
                if (AttributeReader.WordOf(attribute) is not { } word)
                    continue;

                foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
                {
                    if (argument.Key.EndsWith(FunctionEnding, System.StringComparison.Ordinal) && argument.Value.Value is string name)
                        yield return (word, level, name);
                    else if (argument.Key == From && argument.Value.Value is INamedTypeSymbol type)
                        yield return (word, type, null);
                }
            }
        }
    }
}
