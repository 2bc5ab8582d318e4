using System;
using System.IO;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Peers.Gguf;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Peers.Node;

/// <summary>llama.cpp in the build that the npm package node-llama-cpp brings, in a process of Node.js, on the same GGUF file.</summary>
/// <param name="files">Where GGUF files are kept.</param>
/// <param name="packages">The folder in which <c>npm install node-llama-cpp</c> ran.</param>
internal sealed class NodePeer(string files, string packages) : IPeer
{
    /// <summary>The name in tables and options.</summary>
    public const string PeerName = "llama.cpp-node";

    /// <inheritdoc/>
    public string Name => PeerName;

    /// <inheritdoc/>
    public bool Supports(WeightFormat format) => format != WeightFormat.MXFP4;

    /// <inheritdoc/>
    public IContender Create(ModelCase model, WeightFormat format, int threads)
    {
        if (!Directory.Exists(Path.Combine(packages, "node_modules", "node-llama-cpp")))
            throw new DirectoryNotFoundException($"{Path.GetFullPath(packages)} has no node_modules/node-llama-cpp; run 'npm install node-llama-cpp' there, or give another folder with --node.");
        return new NodeModel(packages, Qwen3MoeFile.Find(files, model, GgmlTypes.Of(format)), model.Shape.VocabularySize, threads);
    }
}
