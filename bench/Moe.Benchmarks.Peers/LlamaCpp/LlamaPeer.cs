using Moe.Benchmarks.Models;
using Moe.Benchmarks.Peers.Gguf;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Peers.LlamaCpp;

/// <summary>llama.cpp in the build that the package LLamaSharp.Backend.Cpu brings, on a GGUF file with our weights.</summary>
/// <param name="folder">Where its files are kept.</param>
internal sealed class LlamaPeer(string folder) : IPeer
{
    /// <summary>The name in tables and options.</summary>
    public const string PeerName = "llama.cpp";

    /// <inheritdoc/>
    public string Name => PeerName;

    /// <inheritdoc/>
    public bool Supports(WeightFormat format) => format != WeightFormat.MXFP4;

    /// <inheritdoc/>
    public IContender Create(ModelCase model, WeightFormat format, int threads) =>
        new LlamaModel(Qwen3MoeFile.Find(folder, model, GgmlTypes.Of(format)), model.Shape.VocabularySize, threads);
}
