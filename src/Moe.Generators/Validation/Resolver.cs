using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>The words that hold for a model after inheritance.</summary>
/// <param name="Declaration">What was written.</param>
/// <param name="Model">[MoeModel].</param>
/// <param name="Head">[Head].</param>
/// <param name="Norm">[Norm]: the final norm, and the default of every block.</param>
/// <param name="Rotary">[Rotary]: the default of every block.</param>
/// <param name="Residual">[Residual]: the default of every block.</param>
/// <param name="Checkpoint">[Checkpoint].</param>
/// <param name="Weights">[Weights].</param>
/// <param name="Layers">The layers, by first index.</param>
/// <param name="Blocks">The blocks that the layers name, in order of first use.</param>
internal sealed record ResolvedModel(
    ModelDeclaration Declaration,
    Word Model,
    Word Head,
    Word Norm,
    Word Rotary,
    Word Residual,
    Word Checkpoint,
    Word Weights,
    ImmutableArray<LayerEntry> Layers,
    ImmutableArray<ResolvedBlock> Blocks)
{
    /// <summary>Name of the class.</summary>
    public string Name => Declaration.Type.Name;

    /// <summary>The class itself.</summary>
    public Part Part => new(Declaration.Levels[0].TypeName);

    /// <summary>The block that a [Layers] names.</summary>
    public ResolvedBlock BlockOf(LayerEntry entry) => Blocks.First(block => block.Declaration.FullName == entry.Block);

    /// <summary>The first [Layers] that names the block.</summary>
    public LayerEntry EntryOf(ResolvedBlock block) => Layers.First(entry => entry.Block == block.Declaration.FullName);

    /// <summary>
    /// Where a clash of model and block is reported: the block's [Layers] argument, or the model's own argument where
    /// that stands on a nearer level.
    /// </summary>
    public Part NearestOf(ResolvedBlock block, Word word, string argument)
    {
        LayerEntry entry = EntryOf(block);
        return word.Has(argument) && word.LevelOf(argument) < entry.Level ? word.PartOf(argument) : entry.BlockPart;
    }
}

/// <summary>The words that hold for a block after inheritance; of two words for one slot the one that lost is absent.</summary>
/// <param name="Declaration">What was written.</param>
/// <param name="MayBeIncomplete">The block is abstract and looked at by itself: derived blocks may add what is missing.</param>
/// <param name="Attention">[Attention].</param>
/// <param name="LatentAttention">[LatentAttention].</param>
/// <param name="LinearAttention">[LinearAttention].</param>
/// <param name="AttentionExperts">[AttentionExperts].</param>
/// <param name="FeedForward">[FeedForward].</param>
/// <param name="Router">[Router].</param>
/// <param name="RoutedExperts">[RoutedExperts].</param>
/// <param name="SharedExperts">[SharedExperts].</param>
/// <param name="ExpertGroups">Every word that declares routed experts, in order of expert number.</param>
/// <param name="Momentum">[Momentum].</param>
/// <param name="Block">[Block].</param>
/// <param name="Norm">[Norm] of the block itself; the model's is its default.</param>
/// <param name="Rotary">[Rotary] of the block itself; the model's is its default.</param>
/// <param name="Residual">[Residual] of the block itself; the model's is its default.</param>
internal sealed record ResolvedBlock(
    BlockDeclaration Declaration,
    bool MayBeIncomplete,
    Word Attention,
    Word LatentAttention,
    Word LinearAttention,
    Word AttentionExperts,
    Word FeedForward,
    Word Router,
    Word RoutedExperts,
    Word SharedExperts,
    ImmutableArray<Word> ExpertGroups,
    Word Momentum,
    Word Block,
    Word Norm,
    Word Rotary,
    Word Residual)
{
    /// <summary>The class is a layer that stands alone: a feed-forward part without attention.</summary>
    public bool IsLayer { get; init; }

    /// <summary>Name of the class.</summary>
    public string Name => Declaration.Name;

    /// <summary>The class itself.</summary>
    public Part Part => new(Declaration.FullName);

    /// <summary>Whether any word of the experts' slot holds.</summary>
    public bool HasExperts => Router.IsPresent || !ExpertGroups.IsEmpty || SharedExperts.IsPresent;

    /// <summary>Whether experts of low rank stand over the dense network.</summary>
    public bool IsLora => ExpertGroups.Any(group => group.Name == Words.LoraExperts);

    /// <summary>Routed experts of all groups; 0 where some number is missing.</summary>
    public int Experts => ExpertGroups.All(group => group.Integer("Count") > 0) ? ExpertGroups.Sum(group => group.Integer("Count")) : 0;

    /// <summary>Whether shared experts hold: declared, and not removed by a count of 0.</summary>
    public bool HasSharedExperts => SharedExperts.IsPresent && !(SharedExperts.Has("Count") && SharedExperts.Integer("Count") == 0);

    /// <summary>The word that fills the attention's slot.</summary>
    public string AttentionWord => LatentAttention.IsPresent ? Words.LatentAttention
        : LinearAttention.IsPresent ? Words.LinearAttention
        : AttentionExperts.IsPresent ? Words.AttentionExperts
        : Words.Attention;

    /// <summary>Whether an attention holds.</summary>
    public bool HasAttention => Attention.IsPresent || LatentAttention.IsPresent || LinearAttention.IsPresent || AttentionExperts.IsPresent;

    /// <summary>The word that shapes the feed-forward part.</summary>
    public string FeedForwardWord => FeedForward.IsPresent && !IsLora ? Words.FeedForward : ExpertGroups.IsEmpty ? Words.RoutedExperts : ExpertGroups[0].Name;

    /// <summary>Every word that holds, in a fixed order.</summary>
    public ImmutableArray<Word> Present => ImmutableArray.Create(
        Attention, LatentAttention, LinearAttention, AttentionExperts, FeedForward, Router, SharedExperts, Momentum, Norm, Rotary, Residual)
        .InsertRange(5, ExpertGroups)
        .Where(word => word.IsPresent).ToImmutableArray();
}

/// <summary>Merges the levels of a declaration into the words that hold. Judges nothing.</summary>
internal static class Resolver
{
    /// <summary>The words that declare routed experts.</summary>
    public static ImmutableArray<string> GroupWords { get; } = ImmutableArray.Create(
        Words.RoutedExperts, Words.ZeroExperts, Words.CopyExperts, Words.ConstantExperts, Words.LoraExperts);

    private static readonly ImmutableArray<string> _expertWords =
        ImmutableArray.Create(Words.Router, Words.RoutedExperts, Words.SharedExperts).AddRange(GroupWords);

    private static readonly ImmutableArray<string> _denseWords = ImmutableArray.Create(Words.FeedForward);
    private static readonly ImmutableArray<string> _multiHeadWords = ImmutableArray.Create(Words.Attention);
    private static readonly ImmutableArray<string> _latentWords = ImmutableArray.Create(Words.LatentAttention);
    private static readonly ImmutableArray<string> _linearWords = ImmutableArray.Create(Words.LinearAttention);
    private static readonly ImmutableArray<string> _headWords = ImmutableArray.Create(Words.AttentionExperts);

    /// <summary>The model's words and those of every block that its layers name.</summary>
    public static ResolvedModel Resolve(ModelDeclaration declaration)
    {
        ImmutableArray<LayerEntry> layers = declaration.IsLayer
            ? ImmutableArray.Create(new LayerEntry(0, 1, declaration.Blocks[0].FullName, new Part(declaration.Blocks[0].FullName, Words.MoeLayer), 0))
            : LayerList.Resolve(declaration.Levels);
        ImmutableArray<ResolvedBlock> blocks = layers
            .Select(entry => declaration.Blocks.FirstOrDefault(block => block.FullName == entry.Block))
            .Where(block => block is not null)
            .Distinct()
            .Select(block => Resolve(block!, mayBeIncomplete: declaration.IsLayer && declaration.Type.IsArchitectureOnly, declaration.IsLayer))
            .ToImmutableArray();

        EquatableArray<TypeLevel> levels = declaration.Levels;
        return new ResolvedModel(
            declaration,
            Word.Merge(levels, declaration.IsLayer ? Words.MoeLayer : Words.MoeModel),
            Word.Merge(levels, Words.Head),
            Word.Merge(levels, Words.Norm),
            Word.Merge(levels, Words.Rotary),
            Word.Merge(levels, Words.Residual),
            Word.Merge(levels, Words.Checkpoint),
            Word.Merge(levels, Words.Weights),
            layers,
            blocks);
    }

    /// <summary>The block's words.</summary>
    public static ResolvedBlock Resolve(BlockDeclaration block, bool mayBeIncomplete, bool isLayer = false)
    {
        EquatableArray<TypeLevel> levels = block.Levels;
        int multiHead = EndOfSlot(levels, _multiHeadWords, _latentWords.AddRange(_linearWords).AddRange(_headWords), winsTies: true);
        int latent = EndOfSlot(levels, _latentWords, _multiHeadWords.AddRange(_linearWords).AddRange(_headWords),
            winsTies: NearestLevel(levels, _multiHeadWords) != NearestLevel(levels, _latentWords));
        int linear = EndOfSlot(levels, _linearWords, _multiHeadWords.AddRange(_latentWords).AddRange(_headWords), winsTies: false);
        ImmutableArray<string> otherAttentions = _multiHeadWords.AddRange(_latentWords).AddRange(_linearWords);
        int heads = EndOfSlot(levels, _headWords, otherAttentions,
            winsTies: NearestLevel(levels, _multiHeadWords.AddRange(_latentWords)) != NearestLevel(levels, _headWords));
        // Low-rank experts stand over the dense network: then both words hold.
        bool isLora = levels.Any(level => level.Attributes.Any(attribute => attribute.Name == Words.LoraExperts));
        int experts = isLora ? levels.Count : EndOfSlot(levels, _expertWords, _denseWords, winsTies: true);
        int dense = isLora ? levels.Count : EndOfSlot(levels, _denseWords, _expertWords, winsTies: false);
        ImmutableArray<Word> groups = GroupsOf(levels, experts);
        return new ResolvedBlock(
            block,
            mayBeIncomplete,
            Word.Merge(levels, Words.Attention, multiHead),
            Word.Merge(levels, Words.LatentAttention, latent),
            Word.Merge(levels, Words.LinearAttention, linear),
            Word.Merge(levels, Words.AttentionExperts, heads),
            Word.Merge(levels, Words.FeedForward, dense),
            Word.Merge(levels, Words.Router, experts),
            groups.FirstOrDefault(group => group.Name == Words.RoutedExperts) ?? Word.Merge(levels, Words.RoutedExperts, 0),
            Word.Merge(levels, Words.SharedExperts, experts),
            groups,
            Word.Merge(levels, Words.Momentum),
            Word.Merge(levels, Words.Block),
            Word.Merge(levels, Words.Norm),
            Word.Merge(levels, Words.Rotary),
            Word.Merge(levels, Words.Residual))
        {
            IsLayer = isLayer,
        };
    }

    /// <summary>
    /// The groups of routed experts in order of first mention, a base class's first; one with a count of 0 is taken away.
    /// </summary>
    private static ImmutableArray<Word> GroupsOf(EquatableArray<TypeLevel> levels, int end)
    {
        var keys = new List<(string Word, string Key)>();
        for (int level = Math.Min(end, levels.Count) - 1; level >= 0; level--)
        {
            foreach (AttributeDeclaration attribute in levels[level].Attributes)
            {
                (string, string) key = (attribute.Name, Word.KeyOf(attribute));
                if (GroupWords.Contains(attribute.Name) && !keys.Contains(key))
                    keys.Add(key);
            }
        }

        return keys
            .Select(key => Word.Merge(levels, key.Word, end, key.Key))
            .Where(word => word.Name is Words.RoutedExperts or Words.LoraExperts || !word.Has("Count") || word.Integer("Count") != 0)
            .ToImmutableArray();
    }

    /// <summary>
    /// How many levels may speak for <paramref name="mine"/>: the nearest class that carries a word of the slot decides
    /// which words hold, and they inherit down to the first class that chose the other ones.
    /// </summary>
    private static int EndOfSlot(
        EquatableArray<TypeLevel> levels,
        ImmutableArray<string> mine,
        ImmutableArray<string> others,
        bool winsTies)
    {
        int nearestMine = NearestLevel(levels, mine);
        int nearestOther = NearestLevel(levels, others);
        if (nearestMine < nearestOther)
            return nearestOther;

        return nearestMine == nearestOther && winsTies ? Math.Min(nearestMine, levels.Count - 1) + 1 : 0;
    }

    private static int NearestLevel(EquatableArray<TypeLevel> levels, ImmutableArray<string> words)
    {
        for (int level = 0; level < levels.Count; level++)
        {
            if (levels[level].Attributes.Any(attribute => words.Contains(attribute.Name)))
                return level;
        }

        return int.MaxValue;
    }
}
