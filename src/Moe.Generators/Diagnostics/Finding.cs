using System.Collections.Immutable;

namespace Moe.Generators.Diagnostics;

/// <summary>A place in a declaration, without a location: an argument of the n-th attribute of that name on a class.</summary>
/// <param name="TypeName">Full name of the class that carries the attribute.</param>
/// <param name="Attribute">Name without "Attribute", or null for the class itself.</param>
/// <param name="Occurrence">Which one, counted from 0 in source order, for repeatable attributes.</param>
/// <param name="Argument">Property that the argument sets, or null for the whole attribute.</param>
internal sealed record Part(string TypeName, string? Attribute = null, int Occurrence = 0, string? Argument = null);

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
    string? Suggestion = null);

/// <summary>A rule of the language.</summary>
/// <param name="Id">MOE and three digits: 1xx form, 2xx shapes, 3xx routing, 4xx weights, 5xx targets.</param>
/// <param name="Title">What is wrong, as a noun phrase.</param>
/// <param name="Message">The fact with its numbers, then the way out; holes as {0}.</param>
internal sealed record Rule(string Id, string Title, string Message);
