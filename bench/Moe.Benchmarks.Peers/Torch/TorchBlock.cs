using System;
using Moe.Benchmarks.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>A block of the decoder: attention with normalised queries and keys, then experts, each behind a norm and added.</summary>
internal sealed class TorchBlock : IDisposable
{
    private readonly TorchWeights _weights;
    private readonly DecoderSizes _sizes;
    private readonly TorchExperts _experts;
    private readonly string _prefix;
    private Tensor? _keys;
    private Tensor? _values;

    /// <summary>Takes the tensors of a layer.</summary>
    public TorchBlock(TorchWeights weights, int layer, DecoderSizes sizes)
    {
        _weights = weights;
        _sizes = sizes;
        _prefix = $"model.layers.{layer}.";
        _experts = new TorchExperts(weights, _prefix + "mlp.", sizes.Experts, sizes.TopK);
    }

    /// <summary>Makes room for a cache, [sequences, heads, length, head size].</summary>
    public void Reserve(int sequences, int length)
    {
        Dispose();
        _keys = zeros([sequences, _sizes.KeyValueHeads, length, _sizes.HeadSize], _weights.Type).DetachFromDisposeScope();
        _values = zeros([sequences, _sizes.KeyValueHeads, length, _sizes.HeadSize], _weights.Type).DetachFromDisposeScope();
    }

    /// <summary>x / √(mean x² + ε) · weight, the mean in float32.</summary>
    public static Tensor Norm(Tensor rows, Tensor weight)
    {
        Tensor wide = rows.to(ScalarType.Float32);
        return weight * (wide * rsqrt(wide.square().mean([-1], keepdim: true) + DecoderSizes.NormEpsilon)).to(rows.dtype);
    }

    /// <summary>Runs [sequences, length, hidden] whose first position is given; writes the cache from there on.</summary>
    public Tensor Forward(Tensor hidden, Tensor cosines, Tensor sines, int position, int firstSequence)
    {
        using DisposeScope scope = NewDisposeScope();
        hidden = hidden + Attend(Norm(hidden, Weight("input_layernorm")), cosines, sines, position, firstSequence);
        Tensor rows = Norm(hidden, Weight("post_attention_layernorm")).view(-1, hidden.shape[2]);
        return (hidden + _experts.Forward(rows).view(hidden.shape)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }

    private Tensor Attend(Tensor rows, Tensor cosines, Tensor sines, int position, int firstSequence)
    {
        long sequences = rows.shape[0], length = rows.shape[1];
        Tensor queries = Rotate(Norm(Heads(rows, "q_proj"), Weight("self_attn.q_norm")).transpose(1, 2), cosines, sines);
        Tensor newKeys = Rotate(Norm(Heads(rows, "k_proj"), Weight("self_attn.k_norm")).transpose(1, 2), cosines, sines);
        Tensor keys = _keys!.narrow(0, firstSequence, sequences), values = _values!.narrow(0, firstSequence, sequences);
        keys.narrow(2, position, length).copy_(newKeys);
        values.narrow(2, position, length).copy_(Heads(rows, "v_proj").transpose(1, 2));
        keys = keys.narrow(2, 0, position + length);
        values = values.narrow(2, 0, position + length);
        int group = _sizes.Heads / _sizes.KeyValueHeads;
        Tensor answers;
        if (length == 1)
        {
            // The query heads that share a key head are rows of one product: nothing is repeated.
            answers = nn.functional.scaled_dot_product_attention(queries.view(sequences, _sizes.KeyValueHeads, group, _sizes.HeadSize), keys, values)
                .view(sequences, _sizes.Heads, 1, _sizes.HeadSize);
        }
        else
        {
            answers = nn.functional.scaled_dot_product_attention(
                queries, keys.repeat_interleave(group, dim: 1), values.repeat_interleave(group, dim: 1), is_casual: true);
        }

        Tensor flat = answers.transpose(1, 2).reshape(sequences, length, -1);
        return nn.functional.linear(flat, Weight("self_attn.o_proj"));
    }

    private Tensor Heads(Tensor rows, string projection) =>
        nn.functional.linear(rows, Weight("self_attn." + projection)).view(rows.shape[0], rows.shape[1], -1, _sizes.HeadSize);

    private static Tensor Rotate(Tensor heads, Tensor cosines, Tensor sines)
    {
        Tensor[] halves = heads.chunk(2, dim: -1);
        return (heads * cosines) + (cat([-halves[1], halves[0]], dim: -1) * sines);
    }

    private Tensor Weight(string name) => _weights[$"{_prefix}{name}.weight"];
}
