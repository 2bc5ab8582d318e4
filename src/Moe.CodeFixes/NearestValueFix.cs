using System.Collections.Immutable;
using System.Composition;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Moe.Generators.Analyzers;
using Moe.Generators.Diagnostics;

namespace Moe.CodeFixes;

/// <summary>Writes the legal value that a finding carries in place of the argument's value.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(NearestValueFix))]
[Shared]
public sealed class NearestValueFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(
        Rules.KeyValueHeadsDoNotDivide.Id,
        Rules.RotarySize.Id,
        Rules.NotFinitePositive.Id,
        Rules.TopKAboveExperts.Id,
        Rules.GroupsDoNotDivide.Id,
        Rules.KeptGroupsOutside.Id,
        Rules.TopKAboveKeptExperts.Id,
        Rules.WeightScale.Id,
        Rules.RenormaliseEpsilon.Id,
        Rules.RouterStages.Id,
        Rules.TargetLimit.Id,
        Rules.NotFinite.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null)
            return;

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (!diagnostic.Properties.TryGetValue(Descriptors.SuggestionProperty, out string? value)
                || value is null
                || root.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<AttributeArgumentSyntax>() is not { } argument)
            {
                continue;
            }

            ExpressionSyntax written = argument.Expression;
            ExpressionSyntax legal = SyntaxFactory.ParseExpression(value).WithTriviaFrom(written);
            string name = argument.NameEquals is { } property ? property.Name + " = " + value : value;
            context.RegisterCodeFix(
                CodeAction.Create(
                    $"Write {name}",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(written, legal))),
                    equivalenceKey: nameof(NearestValueFix) + diagnostic.Id),
                diagnostic);
        }
    }
}
