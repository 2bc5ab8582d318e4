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

/// <summary>A <c>[Layers]</c> that lies over the runs of the others.</summary>
/// <param name="Every">Distance of its layers, or 0.</param>
/// <param name="First">Its first layer, or −1 where it is not written.</param>
/// <param name="Last">How many layers at the end, or 0.</param>
/// <param name="Block">Full name of the block.</param>
/// <param name="Part">The attribute.</param>
/// <param name="Level">The level that carries it.</param>
internal sealed record LayerOverlay(int Every, long First, int Last, string Block, Part Part, int Level)
{
    /// <summary>Why it names no layers of a model with so many, or null.</summary>
    public string? Problem(long layers)
    {
        if (Every < 0 || Last < 0 || First < -1)
            return "Every, First and Last of [Layers] over other layers are not negative";
        if (Every == 0 && Last == 0 && First < 0)
            return "[Layers] without a number of layers says neither Every, nor First, nor Last";
        if (Last > 0 && (Every > 0 || First >= 0))
            return "[Layers] over other layers has Last beside Every or First";
        return Last > layers || Start >= layers ? $"[Layers] lies over layers that are not there: the model has {layers}" : null;
    }

    /// <summary>Whether it covers a layer of a model with so many.</summary>
    public bool Covers(long layer, long layers) => Last > 0 ? layer >= layers - Last
        : Every > 0 ? layer >= Start && (layer - Start) % Every == 0
        : layer == First;

    private long Start => First >= 0 ? First : Every > 0 ? Every - 1 : 0;
}

/// <summary>The layers of a model: entries keyed by range, where a derived class replaces per key.</summary>
internal static class LayerList
{
    /// <summary>Most layers over which others may lie.</summary>
    public const int MostLayers = 1 << 16;

    /// <summary>The entries that hold, by first layer; overlaps and gaps are left for the rules to find.</summary>
    public static ImmutableArray<LayerEntry> Resolve(EquatableArray<TypeLevel> levels)
    {
        var kept = new List<LayerEntry>();
        for (int level = levels.Count - 1; level >= 0; level--)
        {
            ImmutableArray<LayerEntry> own = EntriesOf(levels[level], level, out bool reset, out _);
            if (reset)
                kept.Clear();

            kept.RemoveAll(entry => own.Any(mine => mine.First == entry.First && mine.Count == entry.Count));
            kept.AddRange(own);
        }

        return Lay(kept.OrderBy(entry => entry.First).ToImmutableArray(), Overlays(levels));
    }

    /// <summary>What lies over the runs, the farthest base first: a later one covers an earlier one.</summary>
    public static ImmutableArray<LayerOverlay> Overlays(EquatableArray<TypeLevel> levels)
    {
        var kept = new List<LayerOverlay>();
        for (int level = levels.Count - 1; level >= 0; level--)
        {
            EntriesOf(levels[level], level, out bool reset, out ImmutableArray<LayerOverlay> own);
            if (reset)
                kept.Clear();

            kept.RemoveAll(overlay => own.Any(mine => (mine.Every, mine.First, mine.Last) == (overlay.Every, overlay.First, overlay.Last)));
            kept.AddRange(own);
        }

        return kept.ToImmutableArray();
    }

    /// <summary>The runs with what lies over them; runs with gaps or overlaps stay as they are for the rules to find.</summary>
    private static ImmutableArray<LayerEntry> Lay(ImmutableArray<LayerEntry> runs, ImmutableArray<LayerOverlay> overlays)
    {
        long layers = runs.IsEmpty ? 0 : runs[runs.Length - 1].End;
        bool isWhole = layers <= MostLayers && runs.Sum(run => (long)run.Count) == layers && runs.All(run => run.Count > 0 && run.First >= 0);
        if (overlays.IsEmpty || !isWhole || overlays.Any(overlay => overlay.Problem(layers) is not null))
            return runs;

        var laid = new List<LayerEntry>();
        foreach (LayerEntry run in runs)
        {
            for (long layer = run.First; layer < run.End; layer++)
            {
                LayerOverlay? over = overlays.LastOrDefault(overlay => overlay.Covers(layer, layers));
                Part part = over?.Part ?? run.Part;
                if (laid.Count > 0 && laid[laid.Count - 1] is var last && last.Part == part)
                    laid[laid.Count - 1] = last with { Count = last.Count + 1 };
                else
                    laid.Add(new LayerEntry(layer, 1, over?.Block ?? run.Block, part, over?.Level ?? run.Level));
            }
        }

        return laid.ToImmutableArray();
    }

    private static ImmutableArray<LayerEntry> EntriesOf(
        TypeLevel level, int index, out bool reset, out ImmutableArray<LayerOverlay> overlays)
    {
        var over = ImmutableArray.CreateBuilder<LayerOverlay>();
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
            int every = 0;
            int last = 0;
            bool isOverlay = true;
            string block = "";
            foreach (ArgumentDeclaration argument in attribute.Arguments)
            {
                switch (argument.Name)
                {
                    case "First": first = argument.Value.Integer; break;
                    case "Count": (count, isOverlay) = ((int)argument.Value.Integer, false); break;
                    case "Every": every = (int)argument.Value.Integer; break;
                    case "Last": last = (int)argument.Value.Integer; break;
                    case "Block": block = argument.Value.Text ?? ""; break;
                    case "Reset": reset |= argument.Value.Integer != 0; break;
                }
            }

            var part = new Part(level.TypeName, Words.Layers, occurrence++);
            if (isOverlay)
            {
                over.Add(new LayerOverlay(every, first, last, block, part, index));
                continue;
            }

            var entry = new LayerEntry(first == -1 ? next : first, count, block, part, index);
            entries.Add(entry);
            next = Math.Max(entry.First, entry.End);
        }

        overlays = over.ToImmutable();
        return entries.ToImmutable();
    }
}
