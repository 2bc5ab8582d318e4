using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>The key of a group of experts, by which groups are kept or dropped.</summary>
public unsafe interface IGroupKey
{
    /// <summary>The key of the group whose experts' keys are given.</summary>
    static abstract float Of(float* keys, int count);
}

/// <summary>The largest key of the group; NaN only where all are.</summary>
public readonly unsafe struct GroupMaximum : IGroupKey
{
    /// <inheritdoc/>
    public static float Of(float* keys, int count)
    {
        float best = keys[0];
        for (int i = 1; i < count; i++)
        {
            if (Routing.Precedes(keys[i], best))
                best = keys[i];
        }

        return best;
    }
}

/// <summary>The sum of the group's two best keys, as in DeepSeek-V3; a group of one has that one's key.</summary>
public readonly unsafe struct GroupBestTwo : IGroupKey
{
    /// <inheritdoc/>
    public static float Of(float* keys, int count)
    {
        if (count == 1)
            return keys[0];
        bool swap = Routing.Precedes(keys[1], keys[0]);
        float best = swap ? keys[1] : keys[0];
        float second = swap ? keys[0] : keys[1];
        for (int i = 2; i < count; i++)
        {
            if (Routing.Precedes(keys[i], best))
                (best, second) = (keys[i], best);
            else if (Routing.Precedes(keys[i], second))
                second = keys[i];
        }

        return best + second;
    }
}

/// <summary>
/// Choices of a router for one token, over float32 keys. Order: larger before smaller, equal keys by index, every number
/// before NaN, NaN by index. So a choice is always complete and the same on every run.
/// </summary>
public static unsafe class Routing
{
    /// <summary>The best TTopK of TExperts, in order.</summary>
    /// <param name="keys">TExperts numbers.</param>
    /// <param name="chosen">Receives TTopK indices.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void TopK<TExperts, TTopK>(float* keys, int* chosen) where TExperts : IDimension where TTopK : IDimension
    {
        float* best = stackalloc float[TTopK.Size];
        int count = 0;
        int expert = 0;
        for (; count < TTopK.Size; expert++)
        {
            Insert(keys[expert], expert, best, chosen, count);
            count++;
        }

        float last = best[TTopK.Size - 1];
        for (; expert < TExperts.Size; expert++)
        {
            // Almost all experts are passed over here, four at a step. Against NaN no comparison is true, so all are looked at.
            if (!float.IsNaN(last) && expert <= TExperts.Size - 4
                && !Vector128.GreaterThanAny(Vector128.Load(keys + expert), Vector128.Create(last)))
            {
                expert += 3;
                continue;
            }

            if (!Precedes(keys[expert], last))
                continue;
            Insert(keys[expert], expert, best, chosen, TTopK.Size - 1);
            last = best[TTopK.Size - 1];
        }
    }

    /// <summary>
    /// Limits a choice to groups of consecutive experts: keeps the TKept best of TGroups groups and overwrites the keys of
    /// all other experts. The groups' order is that of keys.
    /// </summary>
    /// <typeparam name="TGroupKey">What a group is judged by.</typeparam>
    /// <typeparam name="TExperts">Experts, a multiple of the groups.</typeparam>
    /// <typeparam name="TGroups">Groups.</typeparam>
    /// <typeparam name="TKept">Groups that are kept.</typeparam>
    /// <param name="keys">TExperts numbers.</param>
    /// <param name="outside">What dropped keys become: minus infinity, or 0 as in transformers for DeepSeek-V3.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void KeepGroups<TGroupKey, TExperts, TGroups, TKept>(float* keys, float outside)
        where TGroupKey : IGroupKey where TExperts : IDimension where TGroups : IDimension where TKept : IDimension
    {
        int size = TExperts.Size / TGroups.Size;
        float* groups = stackalloc float[TGroups.Size];
        int* kept = stackalloc int[TKept.Size];
        for (int group = 0; group < TGroups.Size; group++)
            groups[group] = TGroupKey.Of(keys + group * size, size);
        TopK<TGroups, TKept>(groups, kept);
        for (int group = 0; group < TGroups.Size; group++)
        {
            bool isKept = false;
            for (int slot = 0; slot < TKept.Size; slot++)
                isKept |= kept[slot] == group;
            for (int expert = group * size; !isKept && expert < (group + 1) * size; expert++)
                keys[expert] = outside;
        }
    }

    /// <summary>weights[slot] = scores[chosen[slot]], 0 in an empty slot.</summary>
    public static void Gather<TTopK>(float* scores, int* chosen, float* weights) where TTopK : IDimension
    {
        for (int slot = 0; slot < TTopK.Size; slot++)
            weights[slot] = chosen[slot] < 0 ? 0f : scores[chosen[slot]];
    }

    /// <summary>
    /// weights /= max(Σ weights + epsilon, minimumSum), the sum in order of slots; where it is 0, nothing chosen or nothing
    /// left, weights become 0.
    /// </summary>
    public static void Renormalise<TTopK>(float* weights, float epsilon, float minimumSum = 0f) where TTopK : IDimension
    {
        float sum = weights[0];
        for (int slot = 1; slot < TTopK.Size; slot++)
            sum += weights[slot];
        if (sum == 0f)
        {
            RowMemory.Clear<TTopK>(weights);
            return;
        }

        sum += epsilon;
        sum = sum < minimumSum ? minimumSum : sum;
        for (int slot = 0; slot < TTopK.Size; slot++)
            weights[slot] /= sum;
    }

    /// <summary>Whether a key comes before another that has a lower index: it is larger, or the only number of the two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Precedes(float later, float earlier) => later > earlier || (float.IsNaN(earlier) && !float.IsNaN(later));

    /// <summary>Puts an expert, whose index is above all others', in its place among the first <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Insert(float key, int expert, float* best, int* chosen, int count)
    {
        int slot = count;
        for (; slot > 0 && Precedes(key, best[slot - 1]); slot--)
        {
            best[slot] = best[slot - 1];
            chosen[slot] = chosen[slot - 1];
        }

        best[slot] = key;
        chosen[slot] = expert;
    }
}
