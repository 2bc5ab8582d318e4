using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Analyzers;

/// <summary>Rules → what Roslyn calls a descriptor.</summary>
internal static class Descriptors
{
    /// <summary>Property of a diagnostic that holds a legal value for the argument at its location.</summary>
    public const string SuggestionProperty = "Suggestion";

    private const string Pages = "https://github.com/moedsl/moedsl/blob/main/docs/diagnostics/";

    private static readonly Dictionary<string, DiagnosticDescriptor> _byId = Rules.All.ToDictionary(rule => rule.Id, Describe);

    /// <summary>Every rule's descriptor.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } = Rules.All.Select(Of).ToImmutableArray();

    /// <summary>The descriptor of a rule.</summary>
    public static DiagnosticDescriptor Of(Rule rule) => _byId[rule.Id];

    private static DiagnosticDescriptor Describe(Rule rule) => new(
        rule.Id,
        rule.Title,
        rule.Message,
        Category(rule.Id),
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: Pages + rule.Id + ".md");

    private static string Category(string id) => id[3] switch
    {
        '1' => "Moe.Form",
        '2' => "Moe.Shapes",
        '3' => "Moe.Routing",
        '4' => "Moe.Weights",
        '6' => "Moe.Functions",
        _ => "Moe.Targets",
    };
}
