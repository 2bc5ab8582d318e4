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
/// <param name="Transposed">The last two dimensions are [inputs, outputs].</param>
/// <param name="Microscaled">
/// May be stored in MXFP4 instead, as <c>Name_blocks</c> and <c>Name_scales</c> (see <see cref="Microscaling"/>).
/// </param>
public readonly record struct TensorRequirement(
    string Name,
    ImmutableArray<long> Shape,
    TensorKind Kind,
    bool Optional = false,
    int Bound = 0,
    bool Transposed = false,
    bool Microscaled = false)
{
    /// <summary>Outputs of a matrix, or the length of a vector.</summary>
    internal long Rows => Shape.Length < 2 ? Shape.Length == 0 ? 1 : Shape[0] : Transposed ? Shape[^1] : Shape[^2];

    /// <summary>Inputs of a matrix; the last dimension of anything else.</summary>
    internal long Inputs => Shape.IsEmpty ? 1 : Shape.Length >= 2 && Transposed ? Shape[^2] : Shape[^1];
}
