using System;

namespace Moe;

/// <summary>
/// Where a weight lies in the model's checkpoints, in place of where the checkpoint layout has it. On a block: a weight of its
/// layers; on a model: embedding, final norm or head. A derived class's statement about a role replaces its base's.
/// </summary>
/// <remarks>
/// Roles are the names of the fields of the emitted weights: Query, Key, Value, Output, AttentionNorm, FeedForwardNorm, Router,
/// ExpertGate, ExpertUp, ExpertDown, Embedding, FinalNorm, Head and so on; a bias is its matrix with Bias behind. A role that the
/// class does not have is reported together with those that it has.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class TensorNameAttribute : Attribute
{
    /// <summary>The tensor of a role.</summary>
    /// <param name="role">The weight's role.</param>
    /// <param name="pattern">The tensor's name; {layer} and {expert} stand where a number goes.</param>
    public TensorNameAttribute(string role, string pattern)
    {
        Role = role;
        Pattern = pattern;
    }

    /// <summary>The weight's role.</summary>
    /// <remarks>Rules: MOE402.</remarks>
    public string Role { get; }

    /// <summary>The tensor's name; {layer} and {expert} stand where a number goes.</summary>
    /// <remarks>Rules: MOE402.</remarks>
    public string Pattern { get; }

    /// <summary>One tensor holds all experts, [experts, ...].</summary>
    public bool Stacked { get; set; }

    /// <summary>The matrix is stored as [inputs, outputs].</summary>
    public bool Transposed { get; set; }

    /// <summary>Roles of all weights that the tensor holds, in order, separated by commas; empty where it holds one.</summary>
    /// <remarks>Rules: MOE402.</remarks>
    public string Roles { get; set; } = "";

    /// <summary>The rows of <see cref="Roles"/> stand in turn, one of each; else one weight behind the other.</summary>
    public bool Interleaved { get; set; }
}
