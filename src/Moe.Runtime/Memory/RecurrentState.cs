using System.Runtime.CompilerServices;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Memory;

/// <summary>
/// The state of linear attention with a decay, S = decay · S + key valueᵀ, for one head and layer. A block of the cache holds
/// its positions' keys and values, [64][size] each, and a state with the number of its own positions that it has taken in. So
/// a sequence that was cut, copied or stepped once more finds the state of the block before and goes on from there, by the
/// same operations in the same order, and so with the same bits.
/// </summary>
public static unsafe class RecurrentState
{
    /// <summary>Floats that the number of positions takes, so that the next state stays aligned.</summary>
    private const int CountFloats = 16;

    /// <summary>Stores the key and value of a position.</summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a head.</typeparam>
    /// <param name="cache">The sequence's cache.</param>
    /// <param name="position">The position.</param>
    /// <param name="offset">Elements a token that lie before this head's.</param>
    /// <param name="key">TSize numbers.</param>
    /// <param name="value">TSize numbers.</param>
    public static void Remember<TElement, TSize>(KeyValueCache cache, int position, long offset, float* key, float* value)
        where TElement : IElement where TSize : IDimension
    {
        byte* keys = Keys<TElement>(cache, position / CacheBlock.Positions, offset);
        CacheBlock.WriteValue<TElement, TSize>(key, keys, position % CacheBlock.Positions);
        CacheBlock.WriteValue<TElement, TSize>(value, keys + CacheBlock.Bytes<TElement, TSize>(), position % CacheBlock.Positions);
    }

    /// <summary>Takes a position in and reads: output = query · S, Σ over i of query[i] · S[i], i ascending.</summary>
    /// <typeparam name="TElement">Cache format.</typeparam>
    /// <typeparam name="TSize">Numbers of a head.</typeparam>
    /// <param name="cache">The sequence's cache, which holds key and value of the position and of all before it.</param>
    /// <param name="position">The position.</param>
    /// <param name="offset">Elements a token that lie before this head's.</param>
    /// <param name="stateOffset">Floats of a block's states that lie before this head's.</param>
    /// <param name="decay">What the state is multiplied with from token to token.</param>
    /// <param name="query">TSize numbers.</param>
    /// <param name="output">TSize numbers.</param>
    public static void Attend<TElement, TSize>(
        KeyValueCache cache, int position, long offset, long stateOffset, float decay, float* query, float* output)
        where TElement : IElement where TSize : IDimension
    {
        int block = position / CacheBlock.Positions;
        int own = position % CacheBlock.Positions;
        float* state = Bring<TElement, TSize>(cache, block, own, offset, stateOffset, decay);
        TakeIn<TElement, TSize>(Keys<TElement>(cache, block, offset), state, own, decay);
        RowMemory.Clear<TSize>(output);
        for (int i = 0; i < TSize.Size; i++)
            Rows.AddScaled<TSize>(query[i], state + ((nint)i * TSize.Size), output);
    }

    /// <summary>The state of a block after its first <paramref name="count"/> positions.</summary>
    private static float* Bring<TElement, TSize>(KeyValueCache cache, int block, int count, long offset, long stateOffset, float decay)
        where TElement : IElement where TSize : IDimension
    {
        nint size = (nint)TSize.Size * TSize.Size;
        float* state = cache.State(block) + stateOffset;
        int taken = (int)state[size];
        if (taken == 0 || taken > count)
        {
            float* before = block == 0 ? null : Bring<TElement, TSize>(cache, block - 1, CacheBlock.Positions, offset, stateOffset, decay);
            for (nint i = 0; i < size; i++)
                state[i] = before == null ? 0f : before[i];
            state[size] = 0f;
            taken = 0;
        }

        for (; taken < count; taken++)
            TakeIn<TElement, TSize>(Keys<TElement>(cache, block, offset), state, taken, decay);
        return state;
    }

    /// <summary>S[i] = key[i] · value + decay · S[i], a multiply-add of a rounded product.</summary>
    [SkipLocalsInit]
    private static void TakeIn<TElement, TSize>(byte* keys, float* state, int own, float decay)
        where TElement : IElement where TSize : IDimension
    {
        float* value = stackalloc float[TSize.Size];
        byte* key = keys + ((nint)own * TSize.Size * TElement.Bytes);
        byte* stored = key + CacheBlock.Bytes<TElement, TSize>();
        for (int i = 0; i < TSize.Size; i++)
            value[i] = TElement.Load<Lanes1>(stored + ((nint)i * TElement.Bytes)).Value;
        for (int i = 0; i < TSize.Size; i++)
        {
            float* row = state + ((nint)i * TSize.Size);
            Rows.Mix<TSize>(decay, row, TElement.Load<Lanes1>(key + ((nint)i * TElement.Bytes)).Value, value, row);
        }

        state[(nint)TSize.Size * TSize.Size] = own + 1;
    }

    private static byte* Keys<TElement>(KeyValueCache cache, int block, long offset)
        where TElement : IElement => cache.Block(block) + (offset * CacheBlock.Positions * TElement.Bytes);

    /// <summary>Floats of one head's state in a block.</summary>
    public static long Floats(int size) => ((long)size * size) + CountFloats;
}
