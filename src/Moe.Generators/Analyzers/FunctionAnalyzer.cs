using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;
using Moe.Generators.Parsing;

namespace Moe.Generators.Analyzers;

/// <summary>Reports what keeps a marked method from becoming part of a kernel, at the expression, whether or not a model names it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FunctionAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        Rules.All.Where(rule => rule.Id[3] == '6').Select(Descriptors.Of).ToImmutableArray();

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        // The class and not the method: a problem may lie in another of its methods, which the marked one calls.
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var said = new HashSet<FunctionProblem>();
        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>())
        {
            if (FunctionReader.KindsOf(method) == FunctionKinds.None
                || FunctionReader.Read(method, context.CancellationToken).Problem is not { } problem
                || !said.Add(problem))
            {
                continue;
            }

            var part = new Part(problem.TypeName, Occurrence: problem.Overload, Member: problem.Method, Node: problem.Node);
            context.ReportDiagnostic(Diagnostic.Create(
                Descriptors.Of(Rules.All.Single(rule => rule.Id == problem.Rule)),
                PartLocator.Find(ImmutableArray.Create(type), part, context.CancellationToken),
                problem.Arguments.ToArray<object>()));
        }
    }
}
