using System;
using TorchSharp;
using static TorchSharp.torch;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>
/// A mixture-of-experts layer as eager PyTorch code has it: scores, the best k renormalised, then for each expert that was chosen the rows
/// that chose it, its three products, and an addition into the answer.
/// </summary>
internal sealed class TorchExperts
{
    private readonly Tensor _router;
    private readonly Tensor[] _gate;
    private readonly Tensor[] _up;
    private readonly Tensor[] _down;
    private readonly int _topK;

    /// <summary>Takes the tensors that lie under a prefix.</summary>
    /// <param name="weights">All tensors.</param>
    /// <param name="prefix">What stands before <c>gate.weight</c> and <c>experts.0.up_proj.weight</c>.</param>
    /// <param name="experts">Routed experts.</param>
    /// <param name="topK">Experts of a row.</param>
    public TorchExperts(TorchWeights weights, string prefix, int experts, int topK)
    {
        _topK = topK;
        _router = weights[prefix + "gate.weight"];
        _gate = new Tensor[experts];
        _up = new Tensor[experts];
        _down = new Tensor[experts];
        for (int expert = 0; expert < experts; expert++)
        {
            _gate[expert] = weights[$"{prefix}experts.{expert}.gate_proj.weight"];
            _up[expert] = weights[$"{prefix}experts.{expert}.up_proj.weight"];
            _down[expert] = weights[$"{prefix}experts.{expert}.down_proj.weight"];
        }
    }

    /// <summary>Runs rows, [tokens, hidden].</summary>
    public Tensor Forward(Tensor rows)
    {
        Tensor scores = nn.functional.softmax(nn.functional.linear(rows, _router), dim: -1, dtype: ScalarType.Float32);
        (Tensor best, Tensor chosen) = torch.topk(scores, _topK, dim: -1);
        Tensor shares = (best / best.sum(dim: -1, keepdim: true)).to(rows.dtype);
        Tensor answer = zeros_like(rows);
        Tensor takes = nn.functional.one_hot(chosen, _gate.Length).permute(2, 1, 0);
        using Tensor hit = takes.sum([1, 2]).gt(0).nonzero().flatten();
        foreach (long expert in hit.data<long>().ToArray())
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] places = takes[expert].nonzero().unbind(1);
            Tensor rowsOfExpert = rows.index_select(0, places[1]);
            Tensor inner = nn.functional.silu(nn.functional.linear(rowsOfExpert, _gate[expert])) * nn.functional.linear(rowsOfExpert, _up[expert]);
            Tensor weighted = nn.functional.linear(inner, _down[expert]) * shares.index(TensorIndex.Tensor(places[1]), TensorIndex.Tensor(places[0])).unsqueeze(-1);
            answer.index_add_(0, places[1], weighted, 1);
        }

        return answer;
    }
}
