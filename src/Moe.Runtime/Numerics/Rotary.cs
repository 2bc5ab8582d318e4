using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Rotary positions (Su et al. 2021): every pair of a head's numbers is turned by its angle at the token's position; the
/// cosines and sines, one a pair, come from <see cref="RotaryTable"/>. Products are rounded before they are added, as in
/// PyTorch.
/// </summary>
public static unsafe class Rotary
{
    /// <summary>Pairs (i, i + size/2), in place: the layout of Llama, Mixtral and Qwen.</summary>
    /// <typeparam name="TSize">Numbers that turn, an even number.</typeparam>
    public static void HalfSplit<TSize>(float* x, float* cos, float* sin) where TSize : IDimension => HalfSplit(x, TSize.Size / 2, cos, sin);

    // One function for all sizes: it is compiled before a model is known (KernelsAhead).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void HalfSplit(float* x, int half, float* cos, float* sin)
    {
        int i = 0;
        for (; i <= half - Lanes4.Count; i += Lanes4.Count)
            Turn<Lanes4>(x + i, x + half + i, cos + i, sin + i);
        for (; i < half; i++)
            Turn<Lanes1>(x + i, x + half + i, cos + i, sin + i);
    }

    /// <summary>
    /// Pairs (2i, 2i + 1), in place. DeepSeek in transformers first moves such pairs to half-split places; as it does so
    /// with queries and keys alike, the scores are the same.
    /// </summary>
    /// <typeparam name="TSize">Numbers that turn, an even number.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interleaved<TSize>(float* x, float* cos, float* sin) where TSize : IDimension
    {
        for (int i = 0; i < TSize.Size / 2; i++)
            Turn<Lanes1>(x + 2 * i, x + 2 * i + 1, cos + i, sin + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn<T>(float* first, float* second, float* cos, float* sin) where T : struct, ILanes<T>
    {
        T a = T.Load(first), b = T.Load(second), c = T.Load(cos), s = T.Load(sin);
        T.Store(a * c - b * s, first);
        T.Store(b * c + a * s, second);
    }
}
