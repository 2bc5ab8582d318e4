using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Passes;

/// <summary>A temporary: how many floats it needs for each token, and the phases between which it must survive.</summary>
/// <param name="Name">Its name, unique within the plan.</param>
/// <param name="FloatsPerToken">A multiple of 16.</param>
/// <param name="FirstPhase">The phase that first writes it.</param>
/// <param name="LastPhase">The phase that last reads it.</param>
internal sealed record Temporary(string Name, int FloatsPerToken, int FirstPhase, int LastPhase);

/// <summary>Where temporaries lie in a block of memory that has <see cref="FloatsPerToken"/> floats for each token.</summary>
internal sealed record ScratchPlan(ImmutableDictionary<string, int> Offsets, int FloatsPerToken);

/// <summary>
/// Gives temporaries their places: those that live at the same time never overlap, where "the same time" includes a
/// shared phase, since workers run through a phase at their own pace. First fit, in order of first phase.
/// </summary>
internal static class PlanScratch
{
    /// <summary>Plans, starting at <paramref name="reserved"/> floats a token.</summary>
    public static ScratchPlan Run(IEnumerable<Temporary> temporaries, int reserved)
    {
        var placed = new List<(Temporary Temporary, int Offset)>();
        int total = reserved;
        foreach (Temporary temporary in temporaries.OrderBy(item => item.FirstPhase).ThenBy(item => item.Name, System.StringComparer.Ordinal))
        {
            int offset = reserved;
            foreach ((Temporary other, int start) in placed.OrderBy(item => item.Offset))
            {
                bool together = other.FirstPhase <= temporary.LastPhase && temporary.FirstPhase <= other.LastPhase;
                bool overlaps = start < offset + temporary.FloatsPerToken && offset < start + other.FloatsPerToken;
                if (together && overlaps)
                    offset = start + other.FloatsPerToken;
            }

            placed.Add((temporary, offset));
            total = System.Math.Max(total, checked(offset + temporary.FloatsPerToken));
        }

        return new ScratchPlan(placed.ToImmutableDictionary(item => item.Temporary.Name, item => item.Offset), total);
    }
}
