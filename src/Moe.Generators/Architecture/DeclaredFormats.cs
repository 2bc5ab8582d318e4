using System.Collections.Generic;

namespace Moe.Generators.Architecture;

/// <summary>The format of each part's weight matrices in memory, as the declaration says it.</summary>
internal sealed record DeclaredFormats(
    Format Embedding, Format Attention, Format Router, Format Experts, Format SharedExperts, Format FeedForward, Format Head)
{
    /// <summary>All parts exact.</summary>
    public static DeclaredFormats None { get; } = new(default, default, default, default, default, default, default);

    /// <summary>The parts that are not, under the names that language and runtime have for them.</summary>
    public IEnumerable<(string Part, Format Format)> Stated
    {
        get
        {
            foreach ((string part, Format format) in new[]
            {
                (nameof(Embedding), Embedding), (nameof(Attention), Attention), (nameof(Router), Router), (nameof(Experts), Experts),
                (nameof(SharedExperts), SharedExperts), (nameof(FeedForward), FeedForward), (nameof(Head), Head),
            })
            {
                if (format != Format.Exact)
                    yield return (part, format);
            }
        }
    }
}
