using System;
using System.Diagnostics;
using System.Linq;
using Moe.Benchmarks.Layers;
using Moe.Runtime.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>The layer alone in eager PyTorch. Forced choices are left to us: there they only test balance.</summary>
internal sealed class TorchLayerPeer : ILayerPeer
{
    /// <inheritdoc/>
    public string Name => TorchPeer.PeerName;

    /// <inheritdoc/>
    public bool Supports(LayerCase layer, WeightFormat format) => !layer.IsForced && format is WeightFormat.F32 or WeightFormat.BF16;

    /// <inheritdoc/>
    public ILayerContender Create(LayerCase layer, WeightFormat format, int threads) => new Layer(layer, format, threads);

    private sealed class Layer : ILayerContender
    {
        private readonly TorchWeights _weights;
        private readonly TorchExperts _experts;
        private Tensor? _rows;
        private float[] _answer = [];

        public Layer(LayerCase layer, WeightFormat format, int threads)
        {
            set_num_threads(threads);
            using var source = layer.Weights();
            _weights = new TorchWeights(source, format);
            string router = source.Tensors.Single(tensor => tensor.Name.EndsWith("gate.weight", StringComparison.Ordinal)).Name;
            _experts = new TorchExperts(_weights, router[..^"gate.weight".Length], LayerCase.Experts, layer.TopK);
        }

        public void Prepare(float[] rows)
        {
            _rows?.Dispose();
            using Tensor floats = tensor(rows, [rows.Length / LayerCase.HiddenSize, LayerCase.HiddenSize]);
            _rows = floats.to(_weights.Type, copy: true);
        }

        public double Sample()
        {
            using var noGradients = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = _rows ?? throw new InvalidOperationException("Prepare comes first.");
            long start = Stopwatch.GetTimestamp();
            Tensor answer = _experts.Forward(rows);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            _answer = answer.to(ScalarType.Float32).data<float>().ToArray();
            return seconds;
        }

        public float[] Answer() => _answer;

        public void Dispose()
        {
            _rows?.Dispose();
            _weights.Dispose();
        }
    }
}
