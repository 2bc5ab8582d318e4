using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Choices beyond the fixed number of best experts. A choice is TWidth slots, experts best first, −1 in empty slots; the
/// order is that of <see cref="Routing"/>: larger key first, equal keys by index, NaN last.
/// </summary>
public static unsafe class RoutingChoice
{
    /// <summary>The experts of rank <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> − 1.</summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="keys">TExperts numbers.</param>
    /// <param name="chosen">Receives TWidth indices.</param>
    /// <param name="first">Rank of the first, 0 for the best.</param>
    /// <param name="count">How many, if there are so many.</param>
    [SkipLocalsInit]
    public static void Ranks<TExperts, TWidth>(float* keys, int* chosen, int first, int count)
        where TExperts : IDimension
        where TWidth : IDimension
    {
        int* order = stackalloc int[TExperts.Size];
        Routing.TopK<TExperts, TExperts>(keys, order);
        count = Math.Min(Math.Min(count, TWidth.Size), Math.Max(0, TExperts.Size - first));
        for (int slot = 0; slot < TWidth.Size; slot++)
            chosen[slot] = slot < count ? order[first + slot] : -1;
    }

    /// <summary>Whether an expert is among the chosen.</summary>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="chosen">TWidth indices.</param>
    /// <param name="expert">The expert.</param>
    public static bool Contains<TWidth>(int* chosen, int expert)
        where TWidth : IDimension
    {
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            if (chosen[slot] == expert)
                return true;
        }

        return false;
    }

    /// <summary>
    /// The best experts up to and including the first at which the running sum of keys is above <paramref name="p"/>, all
    /// if none is (Huang et al. 2024); at least <paramref name="minimum"/>, at most TWidth.
    /// </summary>
    /// <inheritdoc cref="SumAtMost" path="/typeparam"/>
    /// <inheritdoc cref="SumAtMost" path="/param"/>
    public static void FirstExceeding<TExperts, TWidth>(float* keys, int* chosen, float p, int minimum)
        where TExperts : IDimension
        where TWidth : IDimension
    {
        Routing.TopK<TExperts, TWidth>(keys, chosen);
        int count = 0;
        float sum = 0f;
        while (count < TWidth.Size && !(sum > p))
            sum += keys[chosen[count++]];
        Cut<TWidth>(chosen, Math.Max(count, minimum));
    }

    /// <summary>
    /// The best experts as long as the running sum of keys is at most <paramref name="p"/> (DynMoLE, Li et al. 2025); at
    /// least <paramref name="minimum"/>, at most TWidth.
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="keys">TExperts numbers, summed in float32.</param>
    /// <param name="chosen">Receives TWidth indices.</param>
    /// <param name="p">The bound.</param>
    /// <param name="minimum">Fewest experts.</param>
    public static void SumAtMost<TExperts, TWidth>(float* keys, int* chosen, float p, int minimum)
        where TExperts : IDimension
        where TWidth : IDimension
    {
        Routing.TopK<TExperts, TWidth>(keys, chosen);
        int count = 0;
        float sum = 0f;
        while (count < TWidth.Size && (sum += keys[chosen[count]]) <= p)
            count++;
        Cut<TWidth>(chosen, Math.Max(count, minimum));
    }

    /// <summary>The best experts with a key above <paramref name="threshold"/>; at least <paramref name="minimum"/>, at most TWidth.</summary>
    /// <inheritdoc cref="SumAtMost" path="/typeparam"/>
    /// <param name="keys">TExperts numbers.</param>
    /// <param name="chosen">Receives TWidth indices.</param>
    /// <param name="threshold">The bound.</param>
    /// <param name="minimum">Fewest experts.</param>
    public static void Above<TExperts, TWidth>(float* keys, int* chosen, float threshold, int minimum)
        where TExperts : IDimension
        where TWidth : IDimension
    {
        Routing.TopK<TExperts, TWidth>(keys, chosen);
        int count = 0;
        while (count < TWidth.Size && keys[chosen[count]] > threshold)
            count++;
        Cut<TWidth>(chosen, Math.Max(count, minimum));
    }

    /// <summary>
    /// Tsallis entropy of p = key + <paramref name="epsilon"/>: (1 − Σ p^q) / (q − 1); Shannon's −Σ p ln p for q = 1 (Tsallis
    /// 1988).
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <param name="keys">TExperts numbers.</param>
    /// <param name="order">q.</param>
    /// <param name="epsilon">Added to every key.</param>
    public static float Entropy<TExperts>(float* keys, float order, float epsilon)
        where TExperts : IDimension
    {
        float sum = 0f;
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            float p = keys[expert] + epsilon;
            if (order != 1f)
                sum += Transcendental.Exp(order * Transcendental.Log(p));
            else if (p != 0f)
                sum -= p * Transcendental.Log(p);
        }

        return order == 1f ? sum : (1f - sum) / (order - 1f);
    }

    /// <summary>The largest entropy of so many experts, that of equal keys: (1 − n^(1 − q)) / (q − 1), for q = 1 ln n.</summary>
    public static float GreatestEntropy(int experts, float order) => order == 1f
        ? Transcendental.Log(experts)
        : (1f - Transcendental.Exp((1f - order) * Transcendental.Log(experts))) / (order - 1f);

    /// <summary>
    /// TWidth different experts, each equally likely: the first of a Fisher-Yates shuffle of 0 to TExperts − 1, slot i
    /// exchanged with slot i + <see cref="RoutingRandom.Index"/>(draw i, TExperts − i).
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <typeparam name="TWidth">Slots, at most as many.</typeparam>
    /// <param name="seed">Seed that the declaration names.</param>
    /// <param name="layer">Layer.</param>
    /// <param name="stream">Seed of the request, or number of the step.</param>
    /// <param name="position">Position of the token, or 0.</param>
    /// <param name="chosen">Receives TWidth indices.</param>
    [SkipLocalsInit]
    public static void Random<TExperts, TWidth>(uint seed, int layer, uint stream, int position, int* chosen)
        where TExperts : IDimension
        where TWidth : IDimension
    {
        int* order = stackalloc int[TExperts.Size];
        for (int expert = 0; expert < TExperts.Size; expert++)
            order[expert] = expert;
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            uint draw = RoutingRandom.Draw(seed, (uint)layer, stream, (uint)position, (uint)slot);
            int other = slot + RoutingRandom.Index(draw, TExperts.Size - slot);
            (order[slot], order[other]) = (order[other], order[slot]);
            chosen[slot] = order[slot];
        }
    }

    private static void Cut<TWidth>(int* chosen, int count)
        where TWidth : IDimension
    {
        for (int slot = count; slot < TWidth.Size; slot++)
            chosen[slot] = -1;
    }
}
