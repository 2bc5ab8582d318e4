using System.Collections.Immutable;

namespace Moe.Runtime.Models;

/// <summary>How many experts one kind of layer chooses for a token, and what a request may ask for instead.</summary>
/// <param name="TopK">Declared number.</param>
/// <param name="FirstRank">Declared rank of the first, 0 for the best.</param>
/// <param name="MaxSelected">FirstRank + TopK of a request may be at most this.</param>
public sealed record SelectionShape(int TopK, int FirstRank, int MaxSelected);

/// <summary>What a declaration lets a request say about routing.</summary>
/// <param name="Experts">Length of a request's bias; 0 where no router adds one.</param>
/// <param name="Tags">Number of tags; 0 where the model has none.</param>
/// <param name="Selections">Choices of a number of best experts, each kind once; empty where there is none to change.</param>
public sealed record RoutingShape(int Experts, int Tags, ImmutableArray<SelectionShape> Selections)
{
    /// <summary>A model in which nothing can be asked for.</summary>
    public static RoutingShape Fixed { get; } = new(0, 0, []);
}
