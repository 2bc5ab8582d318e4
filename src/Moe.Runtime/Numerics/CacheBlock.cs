using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// One block of cached positions. Keys lie [size][64 positions], so that a lane is a position and scores need no horizontal
/// sums; values lie [64 positions][size]. The latent of multi-head latent attention is stored as a key is. Blocks begin at
/// full multiples of 64 positions, and what stands behind the last position written is never used, whatever it is.
/// </summary>
public static unsafe class CacheBlock
{
    /// <summary>Positions of a block.</summary>
    public const int Positions = 64;

    /// <summary>Bytes of a block's keys or values of one head.</summary>
    public static long Bytes<TElement, TSize>() where TElement : IElement where TSize : IDimension =>
        (long)Positions * TSize.Size * TElement.Bytes;

    /// <summary>Stores one position's key, or latent: keys[i][position] = key[i].</summary>
    /// <param name="key">TSize numbers.</param>
    /// <param name="keys">The block.</param>
    /// <param name="position">Position within the block.</param>
    public static void WriteKey<TElement, TSize>(float* key, byte* keys, int position)
        where TElement : IElement where TSize : IDimension => WriteColumn<TElement>(key, TSize.Size, keys + position * TElement.Bytes);

    /// <summary>Stores one position's value: values[position][i] = value[i].</summary>
    /// <param name="value">TSize numbers.</param>
    /// <param name="values">The block.</param>
    /// <param name="position">Position within the block.</param>
    public static void WriteValue<TElement, TSize>(float* value, byte* values, int position)
        where TElement : IElement where TSize : IDimension => WriteRow<TElement>(value, TSize.Size, values + (nint)position * TSize.Size * TElement.Bytes);

    // One function for all sizes, as the next: they are compiled before a model is known (KernelsAhead).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteColumn<TElement>(float* numbers, int size, byte* target)
        where TElement : IElement
    {
        for (int i = 0; i < size; i++)
            TElement.Store(new Lanes1(numbers[i]), target + (nint)i * (Positions * TElement.Bytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteRow<TElement>(float* numbers, int size, byte* target)
        where TElement : IElement
    {
        int i = 0;
        for (; i <= size - Lanes4.Count; i += Lanes4.Count)
            TElement.Store(Lanes4.Load(numbers + i), target + i * TElement.Bytes);
        for (; i < size; i++)
            TElement.Store(new Lanes1(numbers[i]), target + i * TElement.Bytes);
    }

    /// <summary>Keys as an operand of a tile product: a column is a number of the head, a lane a position.</summary>
    internal readonly struct KeyLayout<TElement> : ITileLayout where TElement : IElement
    {
        public static nint StepBytes
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 2 * Positions * TElement.Bytes;
        }

        public static int LaneBytes
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => TElement.Bytes;
        }

        public static bool IsStreamed
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => false;
        }

        public static bool IsFollowed
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => true;
        }

        public static bool IsWidened
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => TElement.Bytes != 4;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector First<TRegister, TVector>(byte* step)
            where TRegister : IRegister<TVector> where TVector : struct => TElement.Load<TRegister, TVector>(step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Second<TRegister, TVector>(byte* step)
            where TRegister : IRegister<TVector> where TVector : struct =>
            TElement.Load<TRegister, TVector>(step + Positions * TElement.Bytes);
    }

    /// <summary>Values as an operand of a tile product: a column is a position, a lane a number of the head.</summary>
    internal readonly struct ValueLayout<TElement, TSize> : ITileLayout where TElement : IElement where TSize : IDimension
    {
        public static nint StepBytes
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 2 * (nint)TSize.Size * TElement.Bytes;
        }

        public static int LaneBytes
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => TElement.Bytes;
        }

        public static bool IsStreamed
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => false;
        }

        public static bool IsFollowed
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => true;
        }

        public static bool IsWidened
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => TElement.Bytes != 4;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector First<TRegister, TVector>(byte* step)
            where TRegister : IRegister<TVector> where TVector : struct => TElement.Load<TRegister, TVector>(step);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Second<TRegister, TVector>(byte* step)
            where TRegister : IRegister<TVector> where TVector : struct =>
            TElement.Load<TRegister, TVector>(step + (nint)TSize.Size * TElement.Bytes);
    }
}
