using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>What validation found: the architecture where nothing is wrong, else null and the findings.</summary>
internal sealed record ValidationResult(ImmutableArray<Finding> Findings, MoeArchitecture? Architecture);

/// <summary>A declaration → findings, or an architecture.</summary>
internal static class Validator
{
    private static readonly ImmutableArray<Func<ResolvedModel, IEnumerable<Finding>>> _modelRules =
        ImmutableArray.Create<Func<ResolvedModel, IEnumerable<Finding>>>(
            FormRules.ModelClassHasAForm,
            FormRules.ModelIsPartial,
            FormRules.MembersKeepEmittedNamesFree,
            FormRules.LayersStandOnOnePart,
            FormRules.ModelHasLayers,
            FormRules.LayersFollowOneAnother,
            FormRules.OverlaysLieOnLayers,
            FormRules.LayersNameBlocks,
            ShapeRules.ModelArgumentsHold,
            RotaryRules.ModelArgumentsHaveEffect);

    private static readonly ImmutableArray<Func<ResolvedBlock, IEnumerable<Finding>>> _blockRules =
        ImmutableArray.Create<Func<ResolvedBlock, IEnumerable<Finding>>>(
            FormRules.OneWordFillsASlot,
            FormRules.BlockHasBothParts,
            FormRules.RouterAndExpertsStandTogether,
            FormRules.ArgumentsHaveEffect,
            FormatRules.FormatsStandOnModels,
            ShapeRules.BlockArgumentsHold,
            ShapeRules.KeyValueHeadsDivideHeads,
            ShapeRules.RotarySizeFitsHead,
            RouterStageRules.StagesFitTogether,
            RouterStageRules.StagesHaveEffect,
            RouterStageRules.RanksLieInExperts,
            ExpertGroupRules.GroupsHaveNames,
            ExpertGroupRules.SlicesMakeUpANetwork,
            FactorRules.OneReach,
            FactorRules.HeadsChoose,
            FactorRules.ArgumentsHaveEffect,
            RotaryRules.BlockArgumentsHaveEffect,
            RoutingRules.TopKIsAtMostExperts,
            RoutingRules.GroupsDivideExperts,
            RoutingRules.KeptGroupsLieInGroups,
            RoutingRules.TopKFitsKeptGroups,
            RoutingRules.BestTwoNeedsTwo,
            RoutingRules.WeightScaleIsANumber,
            RoutingRules.RenormaliseEpsilonIsUsed,
            FunctionRules.OneWordSaysTheNonlinearity,
            FunctionRules.GateNumbersHold,
            FunctionRules.FunctionsAreReadable,
            TargetRules.RouterFitsItsKernel);

    // Asked once the model's own arguments and the block hold by themselves.
    private static readonly ImmutableArray<Func<ResolvedModel, ResolvedBlock, IEnumerable<Finding>>> _fitRules =
        ImmutableArray.Create<Func<ResolvedModel, ResolvedBlock, IEnumerable<Finding>>>(
            ShapeRules.HeadsFitHiddenSize,
            RotaryRules.ScalingAddsUp);

    // Asked once an architecture can be built.
    private static readonly ImmutableArray<Func<ResolvedModel, MoeArchitecture, IEnumerable<Finding>>> _architectureRules =
        ImmutableArray.Create<Func<ResolvedModel, MoeArchitecture, IEnumerable<Finding>>>(
            StateRules.StateComesFromSomewhere,
            OverflowRules.SizesFit,
            WeightRules.CheckpointHoldsModel,
            TensorNameRules.NamesFitWeights,
            FormatRules.FormatsHaveParts);

    /// <summary>
    /// Applies every rule; findings come in the order of the rule lists. An abstract model that is not partial may leave
    /// arguments to the classes that derive from it.
    /// </summary>
    public static ValidationResult Validate(ModelDeclaration declaration)
    {
        ResolvedModel model = Resolver.Resolve(declaration);
        ImmutableArray<Finding>.Builder findings = ImmutableArray.CreateBuilder<Finding>();
        findings.AddRange(_modelRules.SelectMany(rule => rule(model)));
        findings.AddRange(model.Blocks.SelectMany(Apply));
        if (findings.Count > 0 || !IsComplete(model))
            return new ValidationResult(Distinct(findings), null);

        findings.AddRange(model.Blocks.SelectMany(block => _fitRules.SelectMany(rule => rule(model, block))));
        if (findings.Count > 0)
            return new ValidationResult(Distinct(findings), null);

        MoeArchitecture architecture = ArchitectureBuilder.Build(model);
        findings.AddRange(_architectureRules.SelectMany(rule => rule(model, architecture)));
        return new ValidationResult(Distinct(findings), findings.Count == 0 ? architecture : null);
    }

    /// <summary>The rules that a block breaks by itself.</summary>
    public static ImmutableArray<Finding> Validate(BlockDeclaration block) =>
        Distinct(Apply(Resolver.Resolve(block, mayBeIncomplete: block.IsAbstract)));

    private static IEnumerable<Finding> Apply(ResolvedBlock block) => _blockRules.SelectMany(rule => rule(block));

    /// <summary>Whether an abstract model states everything that a model needs.</summary>
    private static bool IsComplete(ResolvedModel model) =>
        !model.Layers.IsEmpty
        && model.Model.Integer("HiddenSize") > 0
        && (model.Declaration.IsLayer || (model.Model.Integer("VocabularySize") > 0 && model.Model.Integer("ContextLength") > 0))
        && !(model.Declaration.IsLayer && model.Blocks.Any(block => block.MayBeIncomplete));

    /// <summary>Two blocks may inherit one mistake; it is said once.</summary>
    private static ImmutableArray<Finding> Distinct(IEnumerable<Finding> findings) =>
        findings.GroupBy(finding => (finding.Rule, finding.Part, finding.Message)).Select(same => same.First()).ToImmutableArray();
}
