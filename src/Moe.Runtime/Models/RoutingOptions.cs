using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Runtime.Models;

/// <summary>
/// What a request says about routing, as far as the model's declaration leaves it open. The same weights then route
/// otherwise, for instance once strongly and once weakly (SCMoE, Shi et al. 2024).
/// </summary>
public sealed record RoutingOptions
{
    private readonly float[]? _bias;

    /// <summary>Experts a token gets, in every layer that chooses a number of best experts; 0 for what is declared.</summary>
    public int TopK { get; init; }

    /// <summary>Rank of the first chosen expert, 0 for the best, 2 for the third best; −1 for what is declared.</summary>
    public int FirstRank { get; init; } = -1;

    /// <summary>
    /// A number for each expert, added to the logits of every layer, times the scale that the declaration names
    /// (RequestBias). Copied. Null for none.
    /// </summary>
    public IReadOnlyList<float>? Bias
    {
        get => _bias;
        init => _bias = value?.ToArray();
    }

    /// <summary>What random choices depend on besides the declared seed.</summary>
    public int Seed { get; init; }

    /// <summary>Tag of tokens that are appended without one of their own: a task, language or modality.</summary>
    public int Tag { get; init; }

    /// <summary>Whether experts are chosen otherwise than declared.</summary>
    internal bool ChangesSelection => TopK != 0 || FirstRank >= 0;

    /// <summary>The bias, [experts] or empty.</summary>
    internal ReadOnlySpan<float> BiasNumbers => _bias;

    /// <inheritdoc/>
    public bool Equals(RoutingOptions? other) =>
        other is not null && TopK == other.TopK && FirstRank == other.FirstRank && Seed == other.Seed && Tag == other.Tag
        && BiasNumbers.SequenceEqual(other.BiasNumbers) && _bias is null == (other._bias is null);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(TopK, FirstRank, Seed, Tag, _bias?.Length);

    /// <summary>Refuses what the model's declaration does not allow.</summary>
    /// <exception cref="ArgumentException">An option is outside its range; the message names the range.</exception>
    internal void Require(ModelShape shape) => Require(shape.Name, shape.Routing);

    /// <inheritdoc cref="Require(ModelShape)"/>
    internal void Require(string model, RoutingShape routing)
    {
        if (TopK < 0)
            throw new ArgumentException($"TopK is {TopK}; it is a number of experts, or 0 for what {model} declares.", nameof(TopK));
        if (FirstRank < -1)
            throw new ArgumentException($"FirstRank is {FirstRank}; it is a rank from 0, or −1 for what {model} declares.", nameof(FirstRank));
        if (ChangesSelection && routing.Selections.IsEmpty)
        {
            throw new ArgumentException(
                $"{model} has no layer that chooses a number of best experts, so that a request cannot set {(TopK == 0 ? "FirstRank" : "TopK")}.",
                TopK == 0 ? nameof(FirstRank) : nameof(TopK));
        }

        foreach (SelectionShape selection in routing.Selections)
            Require(model, selection);
        RequireBias(model, routing.Experts);
        RequireTag(model, routing, Tag, nameof(Tag));
    }

    /// <summary>Refuses a tag that the model does not have.</summary>
    internal static void RequireTag(ModelShape shape, int tag, string argument) => RequireTag(shape.Name, shape.Routing, tag, argument);

    /// <inheritdoc cref="RequireTag(ModelShape, int, string)"/>
    internal static void RequireTag(string model, RoutingShape routing, int tag, string argument)
    {
        int tags = routing.Tags;
        if (tag == 0 || (tag > 0 && tag < tags))
            return;

        throw new ArgumentException(
            tags == 0 ? $"{argument} is {tag}, and {model} has no tags." : $"{argument} is {tag}; {model} has tags 0 to {tags - 1}.",
            argument);
    }

    private void Require(string model, SelectionShape selection)
    {
        int count = TopK == 0 ? selection.TopK : TopK;
        int first = FirstRank < 0 ? selection.FirstRank : FirstRank;
        if (!ChangesSelection || first + (long)count <= selection.MaxSelected)
            return;

        throw new ArgumentException(
            $"{count} experts from rank {first} on are asked for; a layer of {model} has room for FirstRank + TopK up to "
            + $"{selection.MaxSelected} (MaxSelected of its [Router]; declared are {selection.TopK} from rank {selection.FirstRank} on).",
            TopK == 0 ? nameof(FirstRank) : nameof(TopK));
    }

    private void RequireBias(string model, int experts)
    {
        if (_bias is null)
            return;
        if (experts == 0)
            throw new ArgumentException($"No router of {model} adds a request's bias (RequestBias of [Router]).", nameof(Bias));
        if (_bias.Length != experts)
            throw new ArgumentException($"Bias has {_bias.Length} numbers; {model} needs {experts}, one for each expert.", nameof(Bias));
        int wrong = Array.FindIndex(_bias, number => float.IsNaN(number) || float.IsPositiveInfinity(number));
        if (wrong >= 0)
            throw new ArgumentException($"Bias[{wrong}] is {_bias[wrong]}; finite numbers, or −∞ for an expert never to be chosen, are needed.", nameof(Bias));
    }
}
