using Moe.Runtime.Numerics;

namespace Moe.Runtime.Models;

/// <content>What the request of a token's sequence says about routing.</content>
public sealed unsafe partial class CpuStep
{
    /// <summary>Rank of a token's first chosen expert: what its request says, else what is declared.</summary>
    public int FirstRank(int token, int declared) =>
        _routing[_sequenceOf[token]] is { FirstRank: >= 0 } request ? request.FirstRank : declared;

    /// <summary>Experts of a token: what its request says, else what is declared.</summary>
    public int TopK(int token, int declared) => _routing[_sequenceOf[token]] is { TopK: > 0 } request ? request.TopK : declared;

    /// <summary>The routing seed of a token's request; 0 where it says nothing.</summary>
    public uint RoutingSeed(int token) => (uint)(_routing[_sequenceOf[token]]?.Seed ?? 0);

    /// <summary>logits += scale · the bias of the token's request, where it has one.</summary>
    /// <typeparam name="TExperts">Experts of the layer.</typeparam>
    public void AddRequestBias<TExperts>(int token, float scale, float* logits)
        where TExperts : struct, IDimension
    {
        if (_routing[_sequenceOf[token]] is not { Bias: not null } request)
            return;

        fixed (float* bias = request.BiasNumbers)
            Numerics.Rows.AddScaled<TExperts>(scale, bias, logits);
    }
}
