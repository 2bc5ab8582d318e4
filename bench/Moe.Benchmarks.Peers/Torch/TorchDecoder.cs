using System;
using System.Diagnostics;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>
/// The decoder in eager PyTorch, as a careful user writes it: fused attention, a cache that is filled in place, no gradients, logits of
/// the last token of a prompt only.
/// </summary>
internal sealed class TorchDecoder : IContender
{
    private readonly ModelCase _model;
    private readonly TorchWeights _weights;
    private readonly TorchBlock[] _blocks;
    private readonly int _threads;
    private TokenPoint? _point;
    private Tensor? _prompt;

    /// <summary>Copies the weights.</summary>
    public TorchDecoder(ModelCase model, WeightFormat format, int threads)
    {
        _model = model;
        _threads = threads;
        using RandomTensors source = model.Weights();
        _weights = new TorchWeights(source, format);
        _blocks = new TorchBlock[model.Shape.Layers];
        for (int layer = 0; layer < _blocks.Length; layer++)
            _blocks[layer] = new TorchBlock(_weights, layer, model.Sizes);
    }

    /// <inheritdoc/>
    public string Name => TorchPeer.PeerName;

    private TokenPoint Point => _point ?? throw new InvalidOperationException("Prepare comes first.");

    /// <inheritdoc/>
    public float[] Logits(int[] tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Reserve(1, tokens.Length);
        using Tensor ids = tensor(tokens, [1, tokens.Length], ScalarType.Int64);
        return Forward(ids, 0).to(ScalarType.Float32).data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Prepare(TokenPoint point)
    {
        _point = point;
        Reserve(point.Batch, point.Prompt + point.Generated);
        var ids = new long[point.Batch * point.Prompt];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = TokenIds.At(_model.Shape.VocabularySize, i / point.Prompt, i % point.Prompt);
        _prompt?.Dispose();
        _prompt = tensor(ids, [point.Batch, point.Prompt]);
        // Sequence by sequence, so that a large batch needs no more room for intermediate values than one prompt does.
        for (int sequence = 0; sequence < point.Batch; sequence++)
        {
            using DisposeScope scope = NewDisposeScope();
            Forward(_prompt.narrow(0, sequence, 1), 0, sequence);
        }
    }

    /// <inheritdoc/>
    public double Sample()
    {
        if (Point.Phase == Phase.Prefill)
        {
            using DisposeScope scope = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            Forward(_prompt!, 0);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        var ids = new long[Point.Batch];
        long begin = Stopwatch.GetTimestamp();
        for (int position = Point.Prompt; position < Point.Prompt + Point.Generated; position++)
        {
            using DisposeScope scope = NewDisposeScope();
            for (int sequence = 0; sequence < ids.Length; sequence++)
                ids[sequence] = TokenIds.At(_model.Shape.VocabularySize, sequence, position);
            Forward(tensor(ids, [Point.Batch, 1]), position);
        }

        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prompt?.Dispose();
        foreach (TorchBlock block in _blocks)
            block.Dispose();
        _weights.Dispose();
    }

    private void Reserve(int sequences, int length)
    {
        set_num_threads(_threads);
        foreach (TorchBlock block in _blocks)
            block.Reserve(sequences, length);
    }

    /// <summary>Logits of the last position, [sequences, vocabulary], from ids [sequences, length] that begin at a position.</summary>
    private Tensor Forward(Tensor ids, int position, int firstSequence = 0)
    {
        using var noGradients = no_grad();
        long length = ids.shape[1];
        Tensor hidden = _weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).view(ids.shape[0], length, -1);
        (Tensor cosines, Tensor sines) = Rotations(position, length);
        foreach (TorchBlock block in _blocks)
            hidden = block.Forward(hidden, cosines, sines, position, firstSequence);
        Tensor last = hidden.narrow(1, length - 1, 1).squeeze(1);
        return nn.functional.linear(TorchBlock.Norm(last, _weights["model.norm.weight"]), _weights["lm_head.weight"]);
    }

    private (Tensor Cosines, Tensor Sines) Rotations(int position, long length)
    {
        int half = _model.Sizes.HeadSize / 2;
        Tensor frequencies = pow(DecoderSizes.RotaryBase, arange(half, ScalarType.Float32) / -half);
        Tensor angles = outer(arange(position, position + length, ScalarType.Float32), frequencies);
        Tensor both = cat([angles, angles], dim: -1);
        return (both.cos().to(_weights.Type), both.sin().to(_weights.Type));
    }
}
