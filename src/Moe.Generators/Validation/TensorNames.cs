using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>One <c>[TensorName]</c> that holds after inheritance.</summary>
/// <param name="Role">The weight's role.</param>
/// <param name="Place">Where it lies.</param>
/// <param name="Part">The attribute.</param>
internal sealed record TensorNameEntry(string Role, TensorPlace Place, Part Part);

/// <summary>The places of weights that an author states.</summary>
internal static class TensorNames
{
    /// <summary>One entry a role, that of the nearest level.</summary>
    public static ImmutableArray<TensorNameEntry> Of(EquatableArray<TypeLevel> levels)
    {
        var entries = ImmutableArray.CreateBuilder<TensorNameEntry>();
        foreach (TypeLevel level in levels)
        {
            int occurrence = 0;
            foreach (AttributeDeclaration attribute in level.Attributes.Where(attribute => attribute.Name == Words.TensorName))
            {
                var part = new Part(level.TypeName, Words.TensorName, occurrence++);
                TensorNameEntry entry = Read(attribute, part);
                if (entries.All(known => known.Role != entry.Role))
                    entries.Add(entry);
            }
        }

        return entries.ToImmutable();
    }

    /// <summary>The places alone.</summary>
    public static ImmutableArray<(string Role, TensorPlace Place)> Places(EquatableArray<TypeLevel> levels) =>
        Of(levels).Select(entry => (entry.Role, entry.Place)).ToImmutableArray();

    private static TensorNameEntry Read(AttributeDeclaration attribute, Part part)
    {
        ArgumentValue Argument(string name) => attribute.Arguments.FirstOrDefault(argument => argument.Name == name)?.Value ?? default;
        string[] roles = (Argument("Roles").Text ?? "").Split(',').Select(role => role.Trim()).Where(role => role.Length > 0).ToArray();
        return new TensorNameEntry(
            Argument("Role").Text ?? "",
            new TensorPlace(Argument("Pattern").Text ?? "")
            {
                Roles = roles.ToImmutableArray(),
                Order = Argument("Interleaved").Integer != 0 ? FusedRows.Interleaved : FusedRows.Concatenated,
                Stacked = Argument("Stacked").Integer != 0,
                Transposed = Argument("Transposed").Integer != 0,
            },
            part);
    }
}
