using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>One <c>[Layers]</c> that holds after inheritance.</summary>
/// <param name="First">Index of its first layer.</param>
/// <param name="Count">Number of layers.</param>
/// <param name="Block">Full name of the block.</param>
/// <param name="Part">The attribute.</param>
/// <param name="Level">The level that carries it.</param>
internal sealed record LayerEntry(long First, int Count, string Block, Part Part, int Level)
{
    /// <summary>Index after its last layer.</summary>
    public long End => First + Count;

    /// <summary>The argument that names the block.</summary>
    public Part BlockPart => Part with { Argument = "Block" };
}

/// <summary>The layers of a model: entries keyed by range, where a derived class replaces per key.</summary>
internal static class LayerList
{
    /// <summary>The entries that hold, by first layer; overlaps and gaps are left for the rules to find.</summary>
    public static ImmutableArray<LayerEntry> Resolve(EquatableArray<TypeLevel> levels)
    {
        var kept = new List<LayerEntry>();
        for (int level = levels.Count - 1; level >= 0; level--)
        {
            ImmutableArray<LayerEntry> own = EntriesOf(levels[level], level, out bool reset);
            if (reset)
                kept.Clear();

            kept.RemoveAll(entry => own.Any(mine => mine.First == entry.First && mine.Count == entry.Count));
            kept.AddRange(own);
        }

        return kept.OrderBy(entry => entry.First).ToImmutableArray();
    }

    private static ImmutableArray<LayerEntry> EntriesOf(TypeLevel level, int index, out bool reset)
    {
        var entries = ImmutableArray.CreateBuilder<LayerEntry>();
        reset = false;
        long next = 0;
        int occurrence = 0;
        foreach (AttributeDeclaration attribute in level.Attributes)
        {
            if (attribute.Name != Words.Layers)
                continue;

            long first = -1;
            int count = 0;
            string block = "";
            foreach (ArgumentDeclaration argument in attribute.Arguments)
            {
                switch (argument.Name)
                {
                    case "First": first = argument.Value.Integer; break;
                    case "Count": count = (int)argument.Value.Integer; break;
                    case "Block": block = argument.Value.Text ?? ""; break;
                    case "Reset": reset |= argument.Value.Integer != 0; break;
                }
            }

            var part = new Part(level.TypeName, Words.Layers, occurrence++);
            var entry = new LayerEntry(first == -1 ? next : first, count, block, part, index);
            entries.Add(entry);
            next = Math.Max(entry.First, entry.End);
        }

        return entries.ToImmutable();
    }
}
