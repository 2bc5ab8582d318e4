using System;

namespace Moe.Generators.Declarations;

/// <summary>
/// Exactly what an author wrote: one model class and the blocks that its layers name. The cache boundary of the compiler.
/// </summary>
/// <remarks>
/// The laws of every type in this folder: immutable; equal when all members are, all the way down; no symbol, syntax
/// node, location or compilation; nothing resolved, defaulted or judged. Whatever is equal compiles to the same files.
/// </remarks>
/// <param name="Type">The class itself.</param>
/// <param name="Levels">What the class and its bases carry, the class first.</param>
/// <param name="Blocks">
/// The blocks that any level's <c>[Layers]</c> names, in order of first mention; of a layer that stands alone, the class itself.
/// </param>
/// <param name="IsLayer">A feed-forward block alone (<c>[MoeLayer]</c>) instead of a model.</param>
internal sealed record ModelDeclaration(
    TypeDeclaration Type,
    EquatableArray<TypeLevel> Levels,
    EquatableArray<BlockDeclaration> Blocks,
    bool IsLayer = false);

/// <summary>How the model class is written.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Name">Its name without type parameters.</param>
/// <param name="Accessibility">The C# words, such as "public".</param>
/// <param name="IsPartial">Whether the compiler may complete it.</param>
/// <param name="IsTopLevel">Whether it stands outside any other type.</param>
/// <param name="IsGeneric">Whether it has type parameters.</param>
/// <param name="IsAbstract">Whether it is abstract.</param>
/// <param name="IsSealed">Whether it is sealed.</param>
/// <param name="DerivesFromEmittedModel">Whether a base class is itself completed by the compiler, so that members hide others.</param>
/// <param name="AttributeParts">How many partial parts carry <c>[Layers]</c>; order is defined within one part only.</param>
/// <param name="MemberNames">Names of the members that the author wrote, sorted ordinally.</param>
/// <param name="IsStatic">Whether it is static.</param>
/// <param name="IsRecord">Whether it is a record.</param>
/// <param name="IsFileLocal">Whether only its own file sees it.</param>
internal sealed record TypeDeclaration(
    string Namespace,
    string Name,
    string Accessibility,
    bool IsPartial,
    bool IsTopLevel,
    bool IsGeneric,
    bool IsAbstract,
    bool IsSealed,
    bool DerivesFromEmittedModel,
    int AttributeParts,
    EquatableArray<string> MemberNames,
    bool IsStatic = false,
    bool IsRecord = false,
    bool IsFileLocal = false)
{
    /// <summary>Declares an architecture to derive from; nothing is emitted for it.</summary>
    public bool IsArchitectureOnly => IsAbstract && !IsPartial;

    /// <summary>Whether a part of the class can be emitted into a file of its own, even if only to say what is wrong.</summary>
    public bool CanBeCompleted => IsTopLevel && !IsGeneric && !IsAbstract && !IsStatic && !IsRecord && !IsFileLocal;

    /// <summary>Namespace and name.</summary>
    public string FullName => Namespace.Length == 0 ? Name : Namespace + "." + Name;
}

/// <summary>One block class.</summary>
/// <param name="FullName">Namespace, containing types and name.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsBlock">Whether it or a base carries <c>[Block]</c>.</param>
/// <param name="Levels">What the class and its bases carry, the class first.</param>
/// <param name="IsAbstract">Whether it is abstract: then it may leave words to the classes that derive from it.</param>
/// <param name="Functions">The methods that its words may mean.</param>
internal sealed record BlockDeclaration(
    string FullName,
    string Name,
    bool IsBlock,
    EquatableArray<TypeLevel> Levels,
    bool IsAbstract = false,
    EquatableArray<FunctionDeclaration> Functions = default);

/// <summary>
/// The words of the language that one class in an inheritance chain carries, in source order. The first level is the
/// class itself; bases that carry none are left out.
/// </summary>
/// <param name="TypeName">Full name of the class.</param>
/// <param name="Attributes">Its attributes from Moe.Dsl.</param>
internal sealed record TypeLevel(string TypeName, EquatableArray<AttributeDeclaration> Attributes);

/// <summary>One attribute as written.</summary>
/// <param name="Name">Its name without "Attribute", such as "Router".</param>
/// <param name="Arguments">
/// The arguments that were written, positional ones under the name of the property they set ("count" as "Count").
/// </param>
internal sealed record AttributeDeclaration(string Name, EquatableArray<ArgumentDeclaration> Arguments);

/// <summary>One argument as written.</summary>
/// <param name="Name">Name of the property that it sets.</param>
/// <param name="Value">Its constant value.</param>
internal sealed record ArgumentDeclaration(string Name, ArgumentValue Value);

/// <summary>
/// A constant: an integer (also an enum's value or a truth value), a real number, a text (also a type's full name), or a
/// list of real numbers.
/// </summary>
internal readonly record struct ArgumentValue(long Integer, double Real, string? Text, EquatableArray<double> Reals = default)
    : IEquatable<ArgumentValue>
{
    /// <summary>An integer, enum value or (0, 1) truth value.</summary>
    public static ArgumentValue Of(long value) => new(value, value, null);

    /// <summary>A real number.</summary>
    public static ArgumentValue Of(double value) => new(0, value, null);

    /// <summary>A text, or a type's full name.</summary>
    public static ArgumentValue Of(string? value) => new(0, 0, value);

    /// <summary>A list of real numbers.</summary>
    public static ArgumentValue Of(EquatableArray<double> values) => new(0, 0, null, values);
}
