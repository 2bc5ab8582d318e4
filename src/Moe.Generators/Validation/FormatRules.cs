using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;
using Moe.Generators.Ir;

namespace Moe.Generators.Validation;

/// <summary>What [Weights] says, and the rules about it: MOE112 and MOE403. Which parts a model has, its graph says.</summary>
internal static class FormatRules
{
    private const string All = "All";

    // Names of the parts are those of the roles of weights.
    private static readonly ImmutableArray<(TensorRole Role, string Missing)> _parts = ImmutableArray.Create(
        (TensorRole.Embedding, "no table of embeddings"),
        (TensorRole.Attention, "no attention with weights"),
        (TensorRole.Router, "no router with weight matrices"),
        (TensorRole.Experts, "no routed experts with weight matrices"),
        (TensorRole.SharedExperts, "no shared experts"),
        (TensorRole.FeedForward, "no feed-forward network that every token passes"),
        (TensorRole.Head, "no head of its own"));

    /// <summary>The formats that hold for a model after inheritance.</summary>
    public static DeclaredFormats FormatsOf(ResolvedModel model) => new(
        FormatOf(model.Weights, TensorRole.Embedding),
        FormatOf(model.Weights, TensorRole.Attention),
        FormatOf(model.Weights, TensorRole.Router),
        FormatOf(model.Weights, TensorRole.Experts),
        FormatOf(model.Weights, TensorRole.SharedExperts),
        FormatOf(model.Weights, TensorRole.FeedForward),
        FormatOf(model.Weights, TensorRole.Head));

    /// <summary>MOE112: layers of one block are spread over a model, whose weights have one format a part.</summary>
    public static IEnumerable<Finding> FormatsStandOnModels(ResolvedBlock block)
    {
        if (block.IsLayer)
            yield break;

        foreach (TypeLevel level in block.Declaration.Levels.Where(level => level.Attributes.Any(attribute => attribute.Name == Words.Weights)))
        {
            yield return Rules.WithoutEffect.At(
                new Part(level.TypeName, Words.Weights), "[Weights]", $"{block.Name} is a block, and formats are declared for a model", "move it to the class with [MoeModel]");
        }
    }

    /// <summary>MOE403.</summary>
    public static IEnumerable<Finding> FormatsHaveParts(ResolvedModel model, MoeArchitecture architecture)
    {
        Word weights = model.Weights;
        if (!weights.IsPresent)
            yield break;

        ModelGraph graph = GraphBuilder.Build(architecture);
        var present = new HashSet<TensorRole>(graph.Blocks.Add(graph.Embedding).Add(graph.Head).SelectMany(part => part.Weights
            .Where(weight => weight.Kind is WeightKind.Matrix)
            .Select(weight => part.Roles[weight.Role])));
        if (architecture.Standalone is null)
            present.Add(TensorRole.Embedding);

        foreach ((TensorRole role, string missing) in _parts)
        {
            string part = role.ToString();
            if (present.Contains(role) || !IsOwn(weights, part) || weights.Choice(part, Format.Exact) == Format.Exact)
                continue;

            bool isTied = role == TensorRole.Head && architecture.TiedHead;
            yield return Rules.FormatOfNoPart.At(
                weights.PartOf(part),
                part,
                isTied ? $"the head of {model.Name} is its embedding" : $"{model.Name} has {missing}",
                isTied ? "state Embedding, or remove it" : "remove it");
        }
    }

    private static Format FormatOf(Word weights, TensorRole role)
    {
        string part = role.ToString();
        if (IsOwn(weights, part))
            return weights.Choice(part, Format.Exact);

        // As the runtime's conversion of one format: the router is small and decides.
        Format all = weights.Choice(All, Format.Exact);
        return role == TensorRole.Router && all is not (Format.F32 or Format.BF16) ? Format.Exact : all;
    }

    /// <summary>Whether the part's own argument holds: written, and not further away than the format for all.</summary>
    private static bool IsOwn(Word weights, string part) =>
        weights.Has(part) && (!weights.Has(All) || weights.LevelOf(part) <= weights.LevelOf(All));
}
