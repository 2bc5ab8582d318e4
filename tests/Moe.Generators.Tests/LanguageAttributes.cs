extern alias Language;

using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Generators.Tests;

/// <summary>The attributes of Moe.Dsl, as the language's assembly has them.</summary>
internal static class LanguageAttributes
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Type> All { get; } = typeof(Language::Moe.MoeModelAttribute).Assembly.GetExportedTypes()
        .Where(type => type.IsSubclassOf(typeof(Attribute)))
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .ToList();

    /// <summary>The language's assembly.</summary>
    public static System.Reflection.Assembly Assembly => typeof(Language::Moe.MoeModelAttribute).Assembly;
}
