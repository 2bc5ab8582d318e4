using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>A model that <see cref="Qwen3MoeFile"/> can write: its sizes and its tensors, whose names are those of checkpoints.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="VocabularySize">Number of token ids.</param>
/// <param name="ContextLength">Most tokens of one sequence.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Sizes">Heads and experts.</param>
/// <param name="NormEpsilon">Epsilon of the norms.</param>
/// <param name="RotaryBase">Base of the rotary frequencies.</param>
/// <param name="Source">Gives the tensors; closed with the model.</param>
/// <param name="TiedHead">The head is the embedding: a head of its own is not written, and llama.cpp takes the embedding.</param>
public sealed record Qwen3MoeModel(
    string Name,
    int VocabularySize,
    int ContextLength,
    int HiddenSize,
    int Layers,
    DecoderSizes Sizes,
    float NormEpsilon,
    float RotaryBase,
    TensorSource Source,
    bool TiedHead) : IDisposable
{
    /// <summary>The name of the head's matrix.</summary>
    internal const string HeadName = "lm_head.weight";

    /// <summary>The tensors that are written.</summary>
    public IEnumerable<TensorEntry> Tensors => Source.Tensors.Where(tensor => !TiedHead || tensor.Name != HeadName);

    /// <summary>A benchmark's model with its random weights.</summary>
    public static Qwen3MoeModel Of(ModelCase model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Qwen3MoeModel(
            model.Shape.Name, model.Shape.VocabularySize, model.Shape.ContextLength, model.Shape.HiddenSize, model.Shape.Layers,
            model.Sizes, DecoderSizes.NormEpsilon, DecoderSizes.RotaryBase, model.Weights(), TiedHead: false);
    }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();
}
