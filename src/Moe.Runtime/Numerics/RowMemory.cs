using System;

namespace Moe.Runtime.Numerics;

/// <summary>Rows moved and cleared as they are.</summary>
public static unsafe class RowMemory
{
    /// <summary>y = x.</summary>
    public static void Copy<TSize>(float* x, float* y)
        where TSize : IDimension => new ReadOnlySpan<float>(x, TSize.Size).CopyTo(new Span<float>(y, TSize.Size));

    /// <summary>y = x, indices.</summary>
    public static void Copy<TSize>(int* x, int* y)
        where TSize : IDimension => new ReadOnlySpan<int>(x, TSize.Size).CopyTo(new Span<int>(y, TSize.Size));

    /// <summary>x = 0.</summary>
    public static void Clear<TSize>(float* x)
        where TSize : IDimension => new Span<float>(x, TSize.Size).Clear();
}
