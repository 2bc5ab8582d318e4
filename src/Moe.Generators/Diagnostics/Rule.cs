using System.Collections.Immutable;
using System.Globalization;

namespace Moe.Generators.Diagnostics;

/// <summary>A rule of the language.</summary>
/// <param name="Id">MOE and three digits: 1xx form, 2xx shapes, 3xx routing, 4xx weights, 5xx targets, 6xx functions.</param>
/// <param name="Title">What is wrong, as a noun phrase.</param>
/// <param name="Message">The fact with its numbers, then the way out; holes as {0}.</param>
internal sealed record Rule(string Id, string Title, string Message)
{
    /// <summary>This rule broken at <paramref name="part"/>; integers and texts fill the message's holes.</summary>
    public Finding At(Part part, params object[] arguments)
    {
        var texts = ImmutableArray.CreateBuilder<string>(arguments.Length);
        foreach (object argument in arguments)
            texts.Add(string.Format(CultureInfo.InvariantCulture, "{0}", argument));

        return new Finding(this, part, texts.MoveToImmutable(), ImmutableArray<Part>.Empty);
    }
}
