using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Validation;

/// <summary>The words of a model that breaks no rule → its architecture, every default in place.</summary>
internal static class ArchitectureBuilder
{
    private const double UsualEpsilon = 1e-6;

    /// <summary>The whole model.</summary>
    public static MoeArchitecture Build(ResolvedModel model)
    {
        TypeDeclaration type = model.Declaration.Type;
        int hiddenSize = model.Model.Integer("HiddenSize");
        ImmutableArray<string> names = UniqueNames(model.Blocks);
        ImmutableArray<BlockArchitecture> blocks = model.Blocks
            .Select((block, index) => BuildBlock(model, block, block.IsLayer ? "Experts" : names[index], hiddenSize))
            .ToImmutableArray();
        ImmutableArray<LayerRange> layers = model.Layers
            .Select(entry => new LayerRange((int)entry.First, entry.Count, model.Blocks.IndexOf(model.BlockOf(entry))))
            .ToImmutableArray();

        return new MoeArchitecture(
            type.Namespace,
            type.Name,
            type.Accessibility,
            type.DerivesFromEmittedModel,
            type.IsSealed,
            model.Model.Integer("VocabularySize"),
            hiddenSize,
            model.Model.Integer("ContextLength"),
            model.Head.Flag("Tied"),
            BuildNorm(model.Norm),
            model.Checkpoint.Choice("Layout", CheckpointLayout.Native),
            blocks,
            layers,
            model.Model.Real("EmbeddingScale", 1),
            model.Head.Flag("Bias"),
            model.Head.Real("LogitDivisor", 1),
            model.Declaration.IsLayer ? model.Model.Choice("Residual", LayerResidual.None) : null)
        {
            TensorNames = TensorNames.Places(model.Declaration.Levels),
            Tags = model.Model.Integer("Tags"),
            Formats = FormatRules.FormatsOf(model),
        };
    }

    private static BlockArchitecture BuildBlock(ResolvedModel model, ResolvedBlock block, string name, int hiddenSize)
    {
        NormArchitecture norm = BuildNorm(block.Norm.Over(model.Norm));
        Word rotary = block.Rotary.Over(model.Rotary);
        AttentionArchitecture attention = block.IsLayer ? new NoAttention() : AttentionBuilder.Build(block, rotary, norm.Epsilon, hiddenSize);
        FeedForwardArchitecture feedForward = block.FeedForward.IsPresent && !block.IsLora
            ? new DenseFeedForward(BuildShape(block, block.FeedForward))
            : BuildExperts(model, block);
        return new BlockArchitecture(
            name,
            block.Declaration.FullName,
            norm,
            attention,
            norm,
            feedForward,
            block.Block.Flag("Parallel"),
            block.Momentum.IsPresent ? BuildMomentum(block.Momentum) : null,
            BuildResidual(block.Residual.Over(model.Residual)))
        {
            TensorNames = TensorNames.Places(block.Declaration.Levels),
        };
    }

    private static ResidualArchitecture? BuildResidual(Word residual)
    {
        var built = new ResidualArchitecture(
            residual.Choice("From", ResidualFrom.Stream) == ResidualFrom.Norm,
            residual.Real("AttentionAlpha", 1),
            residual.Real("AttentionBeta", 1),
            residual.Real("FeedForwardAlpha", 1),
            residual.Real("FeedForwardBeta", 1));
        return built == new ResidualArchitecture(false, 1, 1, 1, 1) ? null : built;
    }

    /// <summary>Router, routed experts in order of their numbers, and shared experts.</summary>
    public static ExpertFeedForward BuildExperts(ResolvedModel model, ResolvedBlock block)
    {
        ImmutableArray<ExpertGroup> groups = block.ExpertGroups.Select(group => BuildGroup(block, group)).ToImmutableArray();
        SharedExpertGroup? shared = block.HasSharedExperts
            ? new SharedExpertGroup(
                block.SharedExperts.Integer("Count"),
                BuildShape(block, block.SharedExperts),
                block.SharedExperts.Choice("Gate", SharedGate.None),
                block.SharedExperts.Real("Scale", 1))
            : null;
        int feedForward = groups.TakeWhile(group => group is FeedForwardExperts or LoraExperts).Sum(group => group.Count);
        return new ExpertFeedForward(
            RouterBuilder.Build(block, groups.Sum(group => group.Count), feedForward, model.Model.Integer("Tags")),
            groups,
            shared,
            block.Router.Real("InputScale", 1),
            block.RoutedExperts.Integer("DispatchSize"),
            block.RoutedExperts.Choice("Merge", ExpertMerge.Outputs),
            model.Model.Integer("VocabularySize"));
    }

    private static ExpertGroup BuildGroup(ResolvedBlock block, Word group)
    {
        int count = group.Integer("Count");
        string name = group.Text("Name") ?? "";
        switch (group.Name)
        {
            case Words.ZeroExperts:
                return new ZeroExperts(count, name);
            case Words.CopyExperts:
                return new CopyExperts(count, name);
            case Words.ConstantExperts:
                return new ConstantExperts(count, name);
            case Words.LoraExperts:
                int rank = group.Integer("Rank");
                double alpha = group.Real("Alpha", 0) == 0 ? rank : group.Real("Alpha", 0);
                return new LoraExperts(count, name, BuildShape(block, block.FeedForward), rank, alpha / (group.Flag("RankStabilised") ? System.Math.Sqrt(rank) : rank));
            default:
                return new FeedForwardExperts(count, name, BuildShape(block, group), group.Flag("OutputBias"), group.Flag("Sliced"));
        }
    }

    private static MomentumArchitecture BuildMomentum(Word momentum) => new(
        momentum.Flag("Adam"),
        momentum.Real("Momentum", 0.9),
        momentum.Real("StepSize", 1),
        momentum.Real("FirstDecay", 0.9),
        momentum.Real("SecondDecay", 0.999),
        momentum.Real("Epsilon", 1e-8),
        momentum.Flag("CancelsResidual"));

    private static NormArchitecture BuildNorm(Word norm)
    {
        NormKind kind = norm.Choice("Kind", NormKind.Rms);
        return new NormArchitecture(kind, norm.Real("Epsilon", UsualEpsilon), norm.Flag("Bias", kind == NormKind.Layer));
    }

    private static ExpertShape BuildShape(ResolvedBlock block, Word word) => new(
        word.Integer("IntermediateSize"),
        word.Choice("Activation", Activation.SiLU),
        word.Flag("Gated", absent: true),
        word.Flag("Bias"),
        Nonlinearity.Of(block, word));

    /// <summary>
    /// The class name of each block; of blocks with one name, the later ones gain the words before it in their full
    /// name, and a number where even that clashes.
    /// </summary>
    private static ImmutableArray<string> UniqueNames(ImmutableArray<ResolvedBlock> blocks)
    {
        var taken = new HashSet<string> { "Embedding", "Head" };
        var names = ImmutableArray.CreateBuilder<string>(blocks.Length);
        foreach (ResolvedBlock block in blocks)
        {
            string[] words = block.Declaration.FullName.Split('.');
            string name = Identifier(block.Name);
            for (int word = words.Length - 2; word >= 0 && IsTaken(name); word--)
                name = Identifier(words[word]) + name;

            string stem = name;
            for (int number = 2; IsTaken(name); number++)
                name = stem + number;

            taken.Add(name);
            names.Add(name);
        }

        return names.MoveToImmutable();

        bool IsTaken(string name) => taken.Contains(name) || ReservedNames.Contains(name);
    }

    private static string Identifier(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char letter in name)
        {
            if (letter == '_' || char.IsLetterOrDigit(letter))
                text.Append(text.Length == 0 ? char.ToUpperInvariant(letter) : letter);
        }

        return text.ToString();
    }
}
