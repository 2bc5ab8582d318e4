using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace Moe.Generators.Diagnostics;

/// <summary>A place in a declaration, without a location: an argument of the n-th attribute of that name on a class.</summary>
/// <param name="TypeName">Full name of the class that carries the attribute.</param>
/// <param name="Attribute">Name without "Attribute", or null for the class itself.</param>
/// <param name="Occurrence">Which one, counted from 0 in source order, for repeatable attributes.</param>
/// <param name="Argument">Property that the argument sets, or null for the whole attribute.</param>
/// <param name="Member">Name of a member of the class, instead of an attribute; Occurrence counts the methods of that name.</param>
/// <param name="Node">Which syntax node of the member, in preorder; −1 for its name.</param>
internal sealed record Part(
    string TypeName,
    string? Attribute = null,
    int Occurrence = 0,
    string? Argument = null,
    string? Member = null,
    int Node = -1);

/// <summary>A broken rule: which, where, and the numbers of its message.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Part">Where the author can mend it.</param>
/// <param name="Arguments">Values for the message's holes, in order.</param>
/// <param name="Related">Other places that take part, shown as additional locations.</param>
/// <param name="Suggestion">A legal value for the argument at <paramref name="Part"/>, or null; a code fix offers it.</param>
internal sealed record Finding(
    Rule Rule,
    Part Part,
    ImmutableArray<string> Arguments,
    ImmutableArray<Part> Related,
    string? Suggestion = null)
{
    /// <summary>The message with its numbers filled in.</summary>
    public string Message => string.Format(CultureInfo.InvariantCulture, Rule.Message, Arguments.ToArray<object>());

    /// <summary>The same finding with places that take part, where they are other than its own.</summary>
    public Finding With(params Part[] related) => this with { Related = related.Where(part => part != Part).ToImmutableArray() };

    /// <summary>The same finding with a legal value for its argument.</summary>
    public Finding Suggest(object value) =>
        this with { Suggestion = string.Format(CultureInfo.InvariantCulture, "{0}", value) };
}
