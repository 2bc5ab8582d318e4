using Moe.Benchmarks.Models;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>PyTorch's libtorch through TorchSharp, eager.</summary>
internal sealed class TorchPeer : IPeer
{
    /// <summary>The name in tables and options.</summary>
    public const string PeerName = "pytorch";

    /// <inheritdoc/>
    public string Name => PeerName;

    /// <inheritdoc/>
    public bool Supports(WeightFormat format) => format is WeightFormat.F32 or WeightFormat.BF16;

    /// <inheritdoc/>
    public IContender Create(ModelCase model, WeightFormat format, int threads) => new TorchDecoder(model, format, threads);
}
