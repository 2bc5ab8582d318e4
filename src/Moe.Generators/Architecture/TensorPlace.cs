using System.Collections.Immutable;
using Moe.Generators.Declarations;

namespace Moe.Generators.Architecture;

/// <summary>How several weights share the rows of one tensor.</summary>
internal enum FusedRows
{
    /// <summary>One behind the other.</summary>
    Concatenated,

    /// <summary>One row of each in turn.</summary>
    Interleaved,

    /// <summary>Head after head, within a head one behind the other.</summary>
    PerHead,
}

/// <summary>Where a weight lies in a checkpoint. Equal when all members are.</summary>
/// <param name="Pattern">The tensor's name; {layer} and {expert} stand where a number goes, which is also how C# interpolates it.</param>
internal sealed record TensorPlace(string Pattern)
{
    /// <summary>Roles of all weights that the tensor holds, in order; empty where it holds one.</summary>
    public EquatableArray<string> Roles { get; init; } = ImmutableArray<string>.Empty;

    /// <summary>How they share its rows.</summary>
    public FusedRows Order { get; init; }

    /// <summary>One tensor holds all experts, [experts, ...].</summary>
    public bool Stacked { get; init; }

    /// <summary>With <see cref="Stacked"/>: experts have no dimension of their own, [experts · rows, columns].</summary>
    public bool StackedInRows { get; init; }

    /// <summary>Matrices are [inputs, outputs].</summary>
    public bool Transposed { get; init; }

    /// <summary>May be stored in MXFP4, as _blocks and _scales.</summary>
    public bool Microscaled { get; init; }

    /// <summary>A vector has a first dimension of 1.</summary>
    public bool LeadingOne { get; init; }

    /// <summary>The tensor of several weights.</summary>
    public static TensorPlace Fused(string pattern, FusedRows order, params string[] roles) =>
        new(pattern) { Roles = roles.ToImmutableArray(), Order = order };
}
