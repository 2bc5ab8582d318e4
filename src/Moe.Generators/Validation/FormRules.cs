using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about how classes are written: MOE101 to MOE113.</summary>
internal static class FormRules
{
    /// <summary>MOE108.</summary>
    public static IEnumerable<Finding> ModelClassHasAForm(ResolvedModel model)
    {
        const string Expected = "a partial class of its own that the emitted part can complete";
        TypeDeclaration type = model.Declaration.Type;
        if (!type.IsTopLevel)
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "nested in another type", Expected);
        if (type.IsGeneric)
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "generic", Expected);
        if (type.IsStatic)
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "static", Expected);
        if (type.IsRecord)
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "a record", Expected);
        if (type.IsFileLocal)
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "visible in its own file only", Expected);
        if (type.IsAbstract && type.IsPartial && !type.IsStatic)
        {
            yield return Rules.UnsupportedClass.At(model.Part, type.Name, "both abstract and partial",
                "partial, or abstract and not partial to derive from it");
        }
    }

    /// <summary>MOE101.</summary>
    public static IEnumerable<Finding> ModelIsPartial(ResolvedModel model)
    {
        TypeDeclaration type = model.Declaration.Type;
        if (!type.IsPartial && !type.IsAbstract)
            yield return Rules.ModelNotPartial.At(model.Part, type.Name);
    }

    /// <summary>MOE111.</summary>
    public static IEnumerable<Finding> MembersKeepEmittedNamesFree(ResolvedModel model)
    {
        TypeDeclaration type = model.Declaration.Type;
        if (type.IsArchitectureOnly)
            yield break;

        foreach (string member in type.MemberNames)
        {
            if (ReservedNames.Contains(member) || model.Blocks.Any(block => member == block.Name + ReservedNames.BlockWeightsEnding))
                yield return Rules.MemberNameTaken.At(model.Part with { Member = member }, type.Name, member);
        }
    }

    /// <summary>MOE113; asked by the analyzer, because the compiler never sees such a class.</summary>
    public static Finding DerivedClassLacksMoeModel(string typeName, string name, string baseName) =>
        Rules.DerivedWithoutMoeModel.At(new Part(typeName), name, baseName);

    /// <summary>MOE110.</summary>
    public static IEnumerable<Finding> LayersStandOnOnePart(ResolvedModel model)
    {
        TypeDeclaration type = model.Declaration.Type;
        if (type.AttributeParts < 2)
            yield break;

        int last = model.Declaration.Levels[0].Attributes.Count(attribute => attribute.Name == Words.Layers) - 1;
        yield return Rules.LayersInSeveralParts
            .At(model.Part with { Attribute = Words.Layers, Occurrence = last }, type.Name, type.AttributeParts)
            .With(model.Part with { Attribute = Words.Layers });
    }

    /// <summary>MOE102.</summary>
    public static IEnumerable<Finding> ModelHasLayers(ResolvedModel model)
    {
        if (model.Layers.IsEmpty && !model.Declaration.Type.IsArchitectureOnly)
            yield return Rules.NoLayers.At(model.Model.Part, model.Name);
    }

    /// <summary>MOE109.</summary>
    public static IEnumerable<Finding> LayersFollowOneAnother(ResolvedModel model)
    {
        long next = 0;
        foreach (LayerEntry entry in model.Layers)
        {
            if (entry.Count < 1)
            {
                yield return Rules.LayerRanges.At(entry.Part with { Argument = "Count" },
                    $"A run of {entry.Count} layers", "write a positive number of layers");
                yield break;
            }

            if (entry.First < 0)
            {
                yield return Rules.LayerRanges.At(entry.Part with { Argument = "First" },
                    $"A run of layers starts at {entry.First}", "layers count from 0");
                yield break;
            }

            string range = entry.Count == 1 ? $"Layer {entry.First}" : $"Layers {entry.First} to {entry.End - 1}";
            if (entry.First < next)
            {
                LayerEntry other = model.Layers.First(entry2 => entry2 != entry && entry2.End > entry.First);
                LayerEntry nearer = other.Level < entry.Level ? other : entry;
                yield return Rules.LayerRanges
                    .At(nearer.Part, $"{range} overlap with layers {other.First} to {other.End - 1}",
                        "a range may only repeat one of a base class exactly, which it then replaces")
                    .With(entry.Part, other.Part);
                yield break;
            }

            if (entry.First > next)
            {
                yield return Rules.LayerRanges.At(entry.Part,
                    $"{range} leave a gap, because nothing declares layer {next}", "let ranges follow one another from 0");
                yield break;
            }

            next = entry.End;
        }
    }

    /// <summary>MOE109 on what lies over the runs.</summary>
    public static IEnumerable<Finding> OverlaysLieOnLayers(ResolvedModel model)
    {
        long layers = model.Layers.IsEmpty ? 0 : model.Layers[model.Layers.Length - 1].End;
        foreach (LayerOverlay overlay in LayerList.Overlays(model.Declaration.Levels))
        {
            if (overlay.Problem(layers) is { } problem)
                yield return Rules.LayerRanges.At(overlay.Part, problem, "let Every, First or Last name layers that others declare with their number");
            else if (layers > LayerList.MostLayers)
                yield return Rules.LayerRanges.At(overlay.Part, $"[Layers] lies over one of {layers} layers", $"declare at most {LayerList.MostLayers}");
        }
    }

    /// <summary>MOE103.</summary>
    public static IEnumerable<Finding> LayersNameBlocks(ResolvedModel model)
    {
        foreach (LayerEntry entry in model.Layers)
        {
            BlockDeclaration? block = model.Declaration.Blocks.FirstOrDefault(block => block.FullName == entry.Block);
            if (block is not { IsBlock: true })
                yield return Rules.NotABlock.At(entry.BlockPart, block?.Name ?? entry.Block);
        }
    }

    /// <summary>MOE106.</summary>
    public static IEnumerable<Finding> OneWordFillsASlot(ResolvedBlock block)
    {
        foreach (TypeLevel level in block.Declaration.Levels)
        {
            foreach ((string first, ImmutableArray<string> others) in Slots)
            {
                string? other = others.FirstOrDefault(word => Carries(level, word));
                if (other is not null && Carries(level, first) && !(first == Words.FeedForward && block.IsLora))
                {
                    var part = new Part(level.TypeName, first);
                    yield return Rules.TwoWordsForOneSlot
                        .At(part, SimpleName(level.TypeName), first, other)
                        .With(part with { Attribute = other });
                }
            }
        }
    }

    /// <summary>MOE104 and MOE105.</summary>
    public static IEnumerable<Finding> BlockHasBothParts(ResolvedBlock block)
    {
        if (block.MayBeIncomplete || !block.Declaration.IsBlock)
            yield break;

        if (block.IsLayer && (block.Attention.IsPresent || block.LatentAttention.IsPresent))
        {
            Word attention = block.Attention.IsPresent ? block.Attention : block.LatentAttention;
            yield return Rules.WithoutEffect.At(attention.Part, $"[{attention.Name}]", "a layer that stands alone is a feed-forward part", "remove it, or declare a block");
        }

        if (!block.IsLayer && !block.HasAttention)
            yield return Rules.NoAttention.At(block.Part, block.Name);
        if (!block.FeedForward.IsPresent && !block.HasExperts)
            yield return Rules.NoFeedForward.At(block.Part, block.Name);
    }

    /// <summary>MOE107.</summary>
    public static IEnumerable<Finding> RouterAndExpertsStandTogether(ResolvedBlock block)
    {
        if (block.MayBeIncomplete || !block.HasExperts)
            yield break;

        Word stated = block.Router.IsPresent ? block.Router : block.ExpertGroups.FirstOrDefault() ?? block.SharedExperts;
        if (block.ExpertGroups.IsEmpty)
            yield return Rules.IncompleteExperts.At(stated.Part, block.Name, stated.Name, Words.RoutedExperts);
        if (!block.Router.IsPresent)
            yield return Rules.IncompleteExperts.At(stated.Part, block.Name, stated.Name, Words.Router);
        if (block.IsLora && !block.FeedForward.IsPresent)
            yield return Rules.IncompleteExperts.At(block.ExpertGroups[0].Part, block.Name, Words.LoraExperts, Words.FeedForward);
    }

    /// <summary>MOE112.</summary>
    public static IEnumerable<Finding> ArgumentsHaveEffect(ResolvedBlock block)
    {
        // What a base class wrote may lose its effect on a derived block; only what stands at least as near is a mistake.
        Word rotary = block.Rotary;
        Word attention = block.Attention;
        if (attention.IsPresent
            && rotary.IsPresent
            && attention.Choice("Position", PositionEncoding.Rotary) == PositionEncoding.None
            && rotary.Level <= attention.LevelOf("Position"))
        {
            yield return Rules.WithoutEffect
                .At(rotary.Part, "[Rotary]", $"attention of block {block.Name} has Position = None", "remove one of them")
                .With(attention.PartOf("Position"));
        }

        Word linear = block.LinearAttention;
        if (linear.IsPresent && rotary.IsPresent && rotary.Level <= linear.Level)
        {
            yield return Rules.WithoutEffect
                .At(rotary.Part, "[Rotary]", $"block {block.Name} has [LinearAttention], which knows positions by its decay", "remove it")
                .With(linear.Part);
        }

        Word latent = block.LatentAttention;
        if (latent.IsPresent && rotary.Integer("Size") != 0 && rotary.LevelOf("Size") <= latent.Level)
        {
            yield return Rules.WithoutEffect
                .At(rotary.PartOf("Size"), "Size of [Rotary]", "latent attention turns its RotarySize elements", "remove it")
                .With(latent.PartOf("RotarySize"));
        }

        if (latent.IsPresent
            && latent.Flag("QueryBias")
            && latent.Integer("QueryRank") == 0
            && latent.LevelOf("QueryBias") <= latent.LevelOf("QueryRank"))
        {
            yield return Rules.WithoutEffect.At(latent.PartOf("QueryBias"), "QueryBias",
                "a query projection without QueryRank has no bias", "state QueryRank or remove it");
        }
    }

    private static ImmutableArray<(string First, ImmutableArray<string> Others)> Slots { get; } = ImmutableArray.Create(
        (Words.LatentAttention, ImmutableArray.Create(Words.Attention, Words.LinearAttention)),
        (Words.LinearAttention, ImmutableArray.Create(Words.Attention)),
        (Words.AttentionExperts, ImmutableArray.Create(Words.Attention, Words.LatentAttention, Words.LinearAttention)),
        (Words.FeedForward, ImmutableArray.Create(Words.Router, Words.SharedExperts).AddRange(Resolver.GroupWords)));

    private static bool Carries(TypeLevel level, string word) => level.Attributes.Any(attribute => attribute.Name == word);

    private static string SimpleName(string fullName) => fullName.Substring(fullName.LastIndexOf('.') + 1);
}
