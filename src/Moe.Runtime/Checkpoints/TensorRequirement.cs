using System.Collections.Immutable;

namespace Moe.Runtime.Checkpoints;

/// <summary>What a tensor is for. Decides the spread of random weights and the element types that may hold it.</summary>
public enum TensorKind
{
    /// <summary>A linear map [outputs, inputs], or a stack of them.</summary>
    Matrix,

    /// <summary>The weight of a norm; near 1.</summary>
    Norm,

    /// <summary>A bias that is added.</summary>
    Bias,

    /// <summary>Token embeddings [vocabulary, hidden].</summary>
    Embedding,

    /// <summary>The bias that takes part in the choice of experts and not in their weights (DeepSeek-V3's correction bias).</summary>
    SelectionBias,

    /// <summary>Learned numbers that are no linear map: one vector an expert, a temperature.</summary>
    Vector,

    /// <summary>A table of fixed indices, stored as integers.</summary>
    Indices,
}

/// <summary>A tensor that a declaration needs, under the checkpoint's name.</summary>
/// <param name="Name">The name in the checkpoint.</param>
/// <param name="Shape">The shape the declaration demands.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Optional">May be absent; if it is there, its shape and type must be right (a tied head's <c>lm_head.weight</c>).</param>
/// <param name="Bound">Of <see cref="TensorKind.Indices"/>: every index is from 0 to below it.</param>
public readonly record struct TensorRequirement(
    string Name,
    ImmutableArray<long> Shape,
    TensorKind Kind,
    bool Optional = false,
    int Bound = 0);
