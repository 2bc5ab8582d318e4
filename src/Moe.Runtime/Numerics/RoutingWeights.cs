using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>Weights of one token's chosen experts. An empty slot, −1 in the choice, has weight 0.</summary>
public static unsafe class RoutingWeights
{
    /// <summary>weights = softmax over the slots that are not empty.</summary>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <param name="chosen">TWidth experts.</param>
    /// <param name="weights">TWidth logits, in place.</param>
    public static void Softmax<TWidth>(int* chosen, float* weights)
        where TWidth : IDimension
    {
        float maximum = float.NegativeInfinity;
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            if (chosen[slot] >= 0 && weights[slot] > maximum)
                maximum = weights[slot];
        }

        float sum = 0f;
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            weights[slot] = chosen[slot] >= 0 ? Transcendental.Exp(weights[slot] - maximum) : 0f;
            sum += weights[slot];
        }

        for (int slot = 0; slot < TWidth.Size; slot++)
            weights[slot] = chosen[slot] >= 0 ? weights[slot] / sum : 0f;
    }

    /// <summary>weights = 1 / (1 + e^−weights), 0 in empty slots.</summary>
    /// <inheritdoc cref="Softmax"/>
    public static void Sigmoid<TWidth>(int* chosen, float* weights)
        where TWidth : IDimension
    {
        for (int slot = 0; slot < TWidth.Size; slot++)
            weights[slot] = chosen[slot] >= 0 ? Transcendental.Sigmoid(weights[slot]) : 0f;
    }

    /// <summary>weights = 1, 0 in empty slots.</summary>
    /// <inheritdoc cref="Softmax"/>
    public static void One<TWidth>(int* chosen, float* weights)
        where TWidth : IDimension
    {
        for (int slot = 0; slot < TWidth.Size; slot++)
            weights[slot] = chosen[slot] >= 0 ? 1f : 0f;
    }

    /// <summary>weights = 0 where the expert is one of <paramref name="count"/> from <paramref name="first"/> on.</summary>
    /// <inheritdoc cref="Softmax"/>
    /// <param name="chosen">TWidth experts.</param>
    /// <param name="weights">TWidth weights, in place.</param>
    /// <param name="first">First expert of the group.</param>
    /// <param name="count">Experts of the group.</param>
    public static void ZeroOut<TWidth>(int* chosen, float* weights, int first, int count)
        where TWidth : IDimension
    {
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            if (IsOf(chosen[slot], first, count))
                weights[slot] = 0f;
        }
    }

    /// <summary>Σ over the slots of a group of experts, in order, of their weights.</summary>
    /// <param name="chosen">TWidth experts.</param>
    /// <param name="weights">TWidth weights.</param>
    /// <param name="first">First expert of the group.</param>
    /// <param name="count">Experts of the group.</param>
    public static float Sum<TWidth>(int* chosen, float* weights, int first, int count)
        where TWidth : IDimension
    {
        float sum = 0f;
        for (int slot = 0; slot < TWidth.Size; slot++)
        {
            if (IsOf(chosen[slot], first, count))
                sum += weights[slot];
        }

        return sum;
    }

    /// <summary>Whether an expert is one of <paramref name="count"/> from <paramref name="first"/> on; an empty slot's −1 never is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOf(int expert, int first, int count) => (uint)(expert - first) < (uint)count;
}
