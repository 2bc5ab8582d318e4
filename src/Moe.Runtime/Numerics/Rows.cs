using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Primitives on one row of numbers. Sums run in one fixed order, the same at every vector width and thread count: number i
/// goes to partial sum i % 16, and the 16 are added in halves.
/// </summary>
public static unsafe class Rows
{
    /// <summary>y = weight·(x / √(mean(x²) + epsilon)), Zhang and Sennrich 2019. y may be x.</summary>
    public static void RmsNorm<TSize>(float* x, float* weight, float epsilon, float* y) where TSize : IDimension
    {
        float mean = RowLoops.Sum<Square>(x, x, 0f, TSize.Size) / TSize.Size;
        RowLoops.Map<Weighted>(x, weight, 1f / MathF.Sqrt(mean + epsilon), y, TSize.Size);
    }

    /// <summary>y = x / √(mean(x²) + epsilon). y may be x.</summary>
    public static void RmsNorm<TSize>(float* x, float epsilon, float* y) where TSize : IDimension
    {
        float mean = RowLoops.Sum<Square>(x, x, 0f, TSize.Size) / TSize.Size;
        RowLoops.Map<Product>(x, x, 1f / MathF.Sqrt(mean + epsilon), y, TSize.Size);
    }

    /// <summary>
    /// y = weight·((x - mean) / √(variance + epsilon)) + bias, Ba et al. 2016; the variance is that of the row, divided by
    /// its size. y may be x; bias may be null.
    /// </summary>
    public static void LayerNorm<TSize>(float* x, float* weight, float* bias, float epsilon, float* y) where TSize : IDimension
    {
        float mean = RowLoops.Sum<Itself>(x, x, 0f, TSize.Size) / TSize.Size;
        float variance = RowLoops.Sum<SquaredDeviation>(x, x, mean, TSize.Size) / TSize.Size;
        RowLoops.Map<Difference>(x, x, mean, y, TSize.Size);
        RowLoops.Map<Weighted>(y, weight, 1f / MathF.Sqrt(variance + epsilon), y, TSize.Size);
        if (bias != null)
            RowLoops.Map<Sum>(y, bias, 0f, y, TSize.Size);
    }

    /// <summary>y += x.</summary>
    public static void Add<TSize>(float* x, float* y) where TSize : IDimension =>
        RowLoops.Map<Sum>(y, x, 0f, y, TSize.Size);

    /// <summary>y += scale·x, one multiply-add a number.</summary>
    public static void AddScaled<TSize>(float scale, float* x, float* y) where TSize : IDimension =>
        RowLoops.Map<ScaledSum>(x, y, scale, y, TSize.Size);

    /// <summary>y = factor·x; y may be x.</summary>
    public static void Scaled<TSize>(float factor, float* x, float* y) where TSize : IDimension =>
        RowLoops.Map<Product>(x, x, factor, y, TSize.Size);

    /// <summary>z = x·y, number by number; z may be x or y.</summary>
    public static void Multiply<TSize>(float* x, float* y, float* z) where TSize : IDimension =>
        RowLoops.Map<PairProduct>(x, y, 0f, z, TSize.Size);

    /// <summary>x /= divisor.</summary>
    public static void Divide<TSize>(float divisor, float* x) where TSize : IDimension =>
        RowLoops.Map<Quotient>(x, x, divisor, x, TSize.Size);

    /// <summary>z = gamma·(x / √(y + epsilon)), number by number: the direction of a step of Adam (Kingma and Ba 2015). z may be x or y.</summary>
    public static void AdamDirection<TSize>(float* x, float* y, float gamma, float epsilon, float* z) where TSize : IDimension
    {
        for (int i = 0; i < TSize.Size; i++)
            z[i] = gamma * (x[i] / MathF.Sqrt(y[i] + epsilon));
    }

    /// <summary>x *= factor.</summary>
    public static void Scale<TSize>(float factor, float* x) where TSize : IDimension =>
        RowLoops.Map<Product>(x, x, factor, x, TSize.Size);

    /// <summary>z = alpha·x + beta·y: a product, then one multiply-add a number. z may be x and is not y.</summary>
    public static void Mix<TSize>(float alpha, float* x, float beta, float* y, float* z) where TSize : IDimension
    {
        RowLoops.Map<Product>(x, x, alpha, z, TSize.Size);
        RowLoops.Map<ScaledSum>(y, z, beta, z, TSize.Size);
    }

    /// <summary>x = min(max(x, −limit), limit); NaN stays NaN.</summary>
    public static void Clip<TSize>(float limit, float* x) where TSize : IDimension =>
        RowLoops.Map<Clipped>(x, x, limit, x, TSize.Size);

    /// <summary>Σ x·y.</summary>
    public static float Dot<TSize>(float* x, float* y) where TSize : IDimension =>
        RowLoops.Sum<Products>(x, y, 0f, TSize.Size);

    /// <summary>Σ x.</summary>
    public static float Total<TSize>(float* x) where TSize : IDimension => RowLoops.Sum<Itself>(x, x, 0f, TSize.Size);

    /// <summary>x = e^(x - max x) / Σ e^(x - max x), in place. One NaN, or plus infinity, makes the whole row NaN.</summary>
    public static void Softmax<TSize>(float* x) where TSize : IDimension
    {
        float maximum = RowLoops.Maximum(x, TSize.Size);
        RowLoops.Map<ExpOfDifference>(x, x, maximum, x, TSize.Size);
        float sum = RowLoops.Sum<Itself>(x, x, 0f, TSize.Size);
        RowLoops.Map<Quotient>(x, x, sum, x, TSize.Size);
    }

    internal readonly struct Square : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Add<T>(T sum, T x, T y, T c) where T : struct, ILanes<T> => T.MultiplyAdd(x, x, sum);
    }

    internal readonly struct Itself : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Add<T>(T sum, T x, T y, T c) where T : struct, ILanes<T> => sum + x;
    }

    internal readonly struct SquaredDeviation : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Add<T>(T sum, T x, T y, T c) where T : struct, ILanes<T> => T.MultiplyAdd(x - c, x - c, sum);
    }

    internal readonly struct Products : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Add<T>(T sum, T x, T y, T c) where T : struct, ILanes<T> => T.MultiplyAdd(x, y, sum);
    }

    internal readonly struct Weighted : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => y * (x * c);
    }

    internal readonly struct Difference : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => x - c;
    }

    internal readonly struct Sum : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => x + y;
    }

    internal readonly struct ScaledSum : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => T.MultiplyAdd(c, x, y);
    }

    internal readonly struct Product : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => x * c;
    }

    internal readonly struct PairProduct : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => x * y;
    }

    internal readonly struct Clipped : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T>
        {
            T lowest = T.Broadcast(0f) - c;
            return T.SelectLess(x, lowest, lowest, T.SelectLess(c, x, c, x));
        }
    }

    internal readonly struct Quotient : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => x / c;
    }

    internal readonly struct ExpOfDifference : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => Transcendental.Exp(x - c);
    }
}
