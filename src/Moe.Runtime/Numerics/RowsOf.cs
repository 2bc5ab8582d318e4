using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>Rows of floats in scratch memory, one below the other at a constant distance.</summary>
/// <typeparam name="TStride">Floats from one row to the next.</typeparam>
[DebuggerDisplay("rows of {TStride.Size}")]
public readonly unsafe struct RowsOf<TStride>(float* start)
    where TStride : struct, IDimension
{
    /// <summary>The first float of a row.</summary>
    /// <param name="row">Which row, from 0.</param>
    public float* this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => start + (nint)row * TStride.Size;
    }
}

/// <summary>Rows of indices in scratch memory, one below the other at a constant distance.</summary>
/// <typeparam name="TStride">Indices from one row to the next.</typeparam>
[DebuggerDisplay("rows of {TStride.Size} indices")]
public readonly unsafe struct IndicesOf<TStride>(int* start)
    where TStride : struct, IDimension
{
    /// <summary>The first index of a row.</summary>
    /// <param name="row">Which row, from 0.</param>
    public int* this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => start + (nint)row * TStride.Size;
    }
}
