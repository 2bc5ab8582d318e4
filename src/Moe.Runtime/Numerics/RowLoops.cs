using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>A formula on the numbers of two rows and a constant, lane by lane.</summary>
internal interface IRowMap
{
    static abstract T Apply<T>(T x, T y, T c) where T : struct, ILanes<T>;
}

/// <summary>What one number of two rows, and a constant, add to a sum.</summary>
internal interface IRowTerm
{
    static abstract T Add<T>(T sum, T x, T y, T c) where T : struct, ILanes<T>;
}

/// <summary>
/// The loops of row primitives at the widest vectors of the machine. Sums have 16 partial sums whatever the width, number i
/// going to partial sum i % 16, and these are added in halves: 16 to 8 to 4 to 2 to 1. So a sum has one value everywhere.
/// </summary>
internal static unsafe class RowLoops
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Map<TMap>(float* x, float* y, float c, float* z, int size) where TMap : IRowMap
    {
        if (Vector512.IsHardwareAccelerated)
            Map<Lanes16, TMap>(x, y, c, z, size);
        else if (Vector256.IsHardwareAccelerated)
            Map<Lanes8, TMap>(x, y, c, z, size);
        else
            Map<Lanes4, TMap>(x, y, c, z, size);
    }

    /// <summary>z = map(x, y, c); z may be x or y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Map<T, TMap>(float* x, float* y, float c, float* z, int size)
        where T : struct, ILanes<T> where TMap : IRowMap
    {
        T lanes = T.Broadcast(c);
        int i = 0;
        for (; i <= size - T.Count; i += T.Count)
            T.Store(TMap.Apply(T.Load(x + i), T.Load(y + i), lanes), z + i);
        for (; i < size; i++)
            z[i] = TMap.Apply(new Lanes1(x[i]), new Lanes1(y[i]), new Lanes1(c)).Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum<TTerm>(float* x, float* y, float c, int size) where TTerm : IRowTerm =>
        Vector512.IsHardwareAccelerated ? Sum<Lanes16, TTerm>(x, y, c, size)
        : Vector256.IsHardwareAccelerated ? Sum<Lanes8, TTerm>(x, y, c, size)
        : Sum<Lanes4, TTerm>(x, y, c, size);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    internal static float Sum<T, TTerm>(float* x, float* y, float c, int size)
        where T : struct, ILanes<T> where TTerm : IRowTerm
    {
        T lanes = T.Broadcast(c);
        T a0 = T.Broadcast(0f), a1 = a0, a2 = a0, a3 = a0;
        int i = 0;
        for (; i <= size - 16; i += 16)
        {
            a0 = TTerm.Add(a0, T.Load(x + i), T.Load(y + i), lanes);
            if (T.Count <= 8)
                a1 = TTerm.Add(a1, T.Load(x + i + T.Count), T.Load(y + i + T.Count), lanes);
            if (T.Count <= 4)
            {
                a2 = TTerm.Add(a2, T.Load(x + i + 2 * T.Count), T.Load(y + i + 2 * T.Count), lanes);
                a3 = TTerm.Add(a3, T.Load(x + i + 3 * T.Count), T.Load(y + i + 3 * T.Count), lanes);
            }
        }

        float* partial = stackalloc float[16];
        T.Store(a0, partial);
        if (T.Count <= 8)
            T.Store(a1, partial + T.Count);
        if (T.Count <= 4)
        {
            T.Store(a2, partial + 2 * T.Count);
            T.Store(a3, partial + 3 * T.Count);
        }

        for (int lane = 0; i < size; i++, lane++)
            partial[lane] = TTerm.Add(new Lanes1(partial[lane]), new Lanes1(x[i]), new Lanes1(y[i]), new Lanes1(c)).Value;

        return Halves(partial);
    }

    /// <summary>The sum of 16 partial sums, added in halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Halves(float* partial)
    {
        Vector128<float> four = (Vector128.Load(partial) + Vector128.Load(partial + 8))
            + (Vector128.Load(partial + 4) + Vector128.Load(partial + 12));
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Maximum(float* x, int size) =>
        Vector512.IsHardwareAccelerated ? Maximum<Lanes16>(x, size)
        : Vector256.IsHardwareAccelerated ? Maximum<Lanes8>(x, size)
        : Maximum<Lanes4>(x, size);

    /// <summary>The largest number; NaN does not count, and nothing but NaN gives minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    internal static float Maximum<T>(float* x, int size) where T : struct, ILanes<T>
    {
        T most = T.Broadcast(float.NegativeInfinity);
        int i = 0;
        for (; i <= size - T.Count; i += T.Count)
        {
            T value = T.Load(x + i);
            most = T.SelectLess(most, value, value, most);
        }

        float* partial = stackalloc float[16];
        T.Store(most, partial);
        Vector128<float> four = Vector128.Load(partial);
        for (int lane = 4; lane < T.Count; lane += 4)
            four = Vector128.MaxNative(four, Vector128.Load(partial + lane));

        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2)));
        float maximum = four.ToScalar();
        for (; i < size; i++)
            maximum = maximum < x[i] ? x[i] : maximum;
        return maximum;
    }
}
