using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// What a router decides over a group of tokens together: whose claim to an expert is kept where its room is limited, which
/// tokens an expert takes, and weights relative to other tokens'. One worker at a time; the result depends on nothing but
/// the numbers given. A group is tokens <c>first</c> to <c>end</c> − 1 of the batch; rows of a choice lie <c>stride</c>
/// apart, −1 in an empty slot. The order of keys is that of <see cref="Routing"/>, equal keys by token.
/// </summary>
public sealed unsafe class TokenClaims : IDisposable
{
    private readonly NativeBuffer _order = new();
    private readonly NativeBuffer _numbers = new();

    /// <summary>
    /// First choices of all tokens before second ones, tokens in their order (GShard, Lepikhin et al. 2020; DeepSpeed's top-2
    /// gate; Tutel).
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="first">First token of the group.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="room">Room of each expert.</param>
    /// <param name="chosen">The choice of all tokens of the batch.</param>
    /// <param name="kept">Receives the choice without those that found no room.</param>
    /// <param name="stride">Indices from one token's choice to the next, in both.</param>
    public void ByChoice<TExperts, TWidth>(int first, int end, ExpertRoom room, int* chosen, int* kept, int stride)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        int* taken = Taken<TExperts>();
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            for (int token = first; token < end; token++)
                Claim(taken, room, chosen, kept, ((nint)token * stride) + slot);
        }
    }

    /// <summary>Tokens in their order, all choices of one before those of the next (Switch, Fedus et al. 2021).</summary>
    /// <inheritdoc cref="ByChoice"/>
    public void ByPosition<TExperts, TWidth>(int first, int end, ExpertRoom room, int* chosen, int* kept, int stride)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        int* taken = Taken<TExperts>();
        for (int token = first; token < end; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
                Claim(taken, room, chosen, kept, ((nint)token * stride) + slot);
        }
    }

    /// <summary>For each expert the tokens with its highest keys (DeepSpeed's drop policy "probs").</summary>
    /// <inheritdoc cref="ByChoice"/>
    /// <param name="first">First token of the group.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="room">Room of each expert.</param>
    /// <param name="chosen">The choice of all tokens of the batch.</param>
    /// <param name="kept">Receives the choice without those that found no room.</param>
    /// <param name="stride">Indices from one token's choice to the next, in both.</param>
    /// <param name="keys">A number for each token and expert.</param>
    /// <param name="keyStride">Numbers from one token to the next.</param>
    public void ByKey<TExperts, TWidth>(
        int first, int end, ExpertRoom room, int* chosen, int* kept, int stride, float* keys, int keyStride)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        int* taken = Taken<TExperts>();
        Span<ulong> order = Order(checked((end - first) * TWidth.Size));
        int claims = 0;
        for (int token = first; token < end; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
            {
                int expert = chosen[((nint)token * stride) + slot];
                kept[((nint)token * stride) + slot] = -1;
                if (expert >= 0)
                    order[claims++] = Ranked(keys[((nint)token * keyStride) + expert], ((token - first) * TWidth.Size) + slot);
            }
        }

        order = order[..claims];
        order.Sort();
        foreach (ulong claim in order)
        {
            int index = (int)(uint)claim;
            Claim(taken, room, chosen, kept, ((nint)(first + (index / TWidth.Size)) * stride) + (index % TWidth.Size));
        }
    }

    /// <summary>
    /// Tokens in the order of a random number, all choices of one before those of the next (DeepSpeed's random token
    /// selection): <see cref="RoutingRandom.Draw"/> for seed, layer and position, smallest first.
    /// </summary>
    /// <inheritdoc cref="ByChoice"/>
    /// <param name="first">First token of the group.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="room">Room of each expert.</param>
    /// <param name="chosen">The choice of all tokens of the batch.</param>
    /// <param name="kept">Receives the choice without those that found no room.</param>
    /// <param name="stride">Indices from one token's choice to the next, in both.</param>
    /// <param name="seed">Seed that the declaration names.</param>
    /// <param name="layer">Layer.</param>
    /// <param name="positions">Position of each token of the batch.</param>
    public void ByDraw<TExperts, TWidth>(
        int first, int end, ExpertRoom room, int* chosen, int* kept, int stride, uint seed, int layer, int* positions)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        int* taken = Taken<TExperts>();
        Span<ulong> order = Order(end - first);
        for (int token = first; token < end; token++)
        {
            uint draw = RoutingRandom.Draw(seed, (uint)layer, 0, (uint)positions[token], 0);
            order[token - first] = ((ulong)draw << 32) | (uint)token;
        }

        order.Sort();
        foreach (ulong place in order)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
                Claim(taken, room, chosen, kept, ((nint)(uint)place * stride) + slot);
        }
    }

    /// <summary>
    /// First choices of all tokens before second ones, tokens by their largest key (batch prioritised routing, Riquelme et
    /// al. 2021; Tutel).
    /// </summary>
    /// <inheritdoc cref="ByKey"/>
    public void ByBestKey<TExperts, TWidth>(
        int first, int end, ExpertRoom room, int* chosen, int* kept, int stride, float* keys, int keyStride)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        int* taken = Taken<TExperts>();
        Span<ulong> order = Order(end - first);
        for (int token = first; token < end; token++)
            order[token - first] = Ranked(RowLoops.Maximum(keys + ((nint)token * keyStride), TExperts.Size), token);
        order.Sort();
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            foreach (ulong place in order)
                Claim(taken, room, chosen, kept, ((nint)(uint)place * stride) + slot);
        }
    }

    /// <summary>
    /// Expert choice (Zhou et al. 2022): each expert takes <paramref name="count"/> tokens with its highest keys; a token's
    /// choice is the experts that took it, in order of index.
    /// </summary>
    /// <typeparam name="TExperts">Experts, and slots of the choice.</typeparam>
    /// <param name="first">First token of the group.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="count">Tokens of one expert, at most end − first.</param>
    /// <param name="keys">A number for each token and expert.</param>
    /// <param name="keyStride">Numbers from one token to the next.</param>
    /// <param name="chosen">Receives the choice of the group's tokens.</param>
    /// <param name="stride">Indices from one token's choice to the next.</param>
    public void ByExperts<TExperts>(int first, int end, int count, float* keys, int keyStride, int* chosen, int stride)
        where TExperts : struct, IDimension
    {
        Span<ulong> order = Order(end - first);
        for (int token = first; token < end; token++)
            new Span<int>(chosen + ((nint)token * stride), TExperts.Size).Fill(-1);
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            for (int token = first; token < end; token++)
                order[token - first] = Ranked(keys[((nint)token * keyStride) + expert], token);
            order.Sort();
            foreach (ulong place in order[..count])
            {
                int* slot = chosen + ((nint)(uint)place * stride);
                while (*slot >= 0)
                    slot++;
                *slot = expert;
            }
        }
    }

    /// <summary>
    /// weights = weights / (Σ over the group's tokens of their weight for the expert + epsilon) · capacity, sums in order of
    /// tokens (UoE's SwitchGate, Yang et al. 2025).
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="first">First token of the group.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="epsilon">Added to each sum.</param>
    /// <param name="capacity">What the weights of an expert add up to.</param>
    /// <param name="chosen">The choice of all tokens of the batch.</param>
    /// <param name="weights">Their weights, in place.</param>
    /// <param name="stride">Numbers from one token to the next, in both.</param>
    public void Normalise<TExperts, TWidth>(int first, int end, float epsilon, int capacity, int* chosen, float* weights, int stride)
        where TExperts : struct, IDimension
        where TWidth : struct, IDimension
    {
        float* sums = (float*)_numbers.Reserve(TExperts.Size * sizeof(float));
        RowMemory.Clear<TExperts>(sums);
        for (int token = first; token < end; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
            {
                nint at = ((nint)token * stride) + slot;
                if (chosen[at] >= 0)
                    sums[chosen[at]] += weights[at];
            }
        }

        for (int token = first; token < end; token++)
        {
            for (int slot = 0; slot < TWidth.Size; slot++)
            {
                nint at = ((nint)token * stride) + slot;
                if (chosen[at] >= 0)
                    weights[at] = weights[at] / (sums[chosen[at]] + epsilon) * capacity;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _order.Dispose();
        _numbers.Dispose();
    }

    private static void Claim(int* taken, ExpertRoom room, int* chosen, int* kept, nint at)
    {
        int expert = chosen[at];
        kept[at] = expert >= 0 && taken[expert] < room.Of(expert) ? expert : -1;
        if (kept[at] >= 0)
            taken[expert]++;
    }

    /// <summary>A number that sorts ascending as keys rank: larger keys first, NaN last, then by index.</summary>
    private static ulong Ranked(float key, int index)
    {
        // 0 and −0 are one key; negative numbers' bits run the other way.
        int bits = BitConverter.SingleToInt32Bits(key + 0f);
        uint ascending = (uint)(bits ^ ((bits >> 31) & int.MaxValue)) ^ 0x80000000;
        uint rank = float.IsNaN(key) ? uint.MaxValue : ~ascending;
        return ((ulong)rank << 32) | (uint)index;
    }

    private int* Taken<TExperts>()
        where TExperts : struct, IDimension
    {
        int* taken = (int*)_numbers.Reserve(TExperts.Size * sizeof(int));
        new Span<int>(taken, TExperts.Size).Clear();
        return taken;
    }

    private Span<ulong> Order(int count) => new(_order.Reserve((long)count * sizeof(ulong)), count);
}
