using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// What is done with the tile that a matrix product leaves: rows × columns floats, rows at a distance. Sizes are those of
/// the tile a worker took; element by element, so that results do not depend on how work was cut.
/// </summary>
public static unsafe class TileMath
{
    /// <summary>tile[r] += vector.</summary>
    public static void AddVector(float* tile, int stride, int rows, int width, float* vector)
    {
        for (int row = 0; row < rows; row++)
            RowLoops.Map<Plus>(tile + (nint)row * stride, vector, 0f, tile + (nint)row * stride, width);
    }

    /// <summary>tile[r] *= factor.</summary>
    public static void Scale(float* tile, int stride, int rows, int width, float factor)
    {
        for (int row = 0; row < rows; row++)
            RowLoops.Map<Rows.Product>(tile + (nint)row * stride, tile + (nint)row * stride, factor, tile + (nint)row * stride, width);
    }

    /// <summary>output[r] = residual[r] + tile[r]; output may be residual.</summary>
    public static void Sum(float* tile, int stride, int rows, int width, float* residual, int residualStride, float* output, int outputStride)
    {
        for (int row = 0; row < rows; row++)
            RowLoops.Map<Plus>(residual + (nint)row * residualStride, tile + (nint)row * stride, 0f, output + (nint)row * outputStride, width);
    }

    /// <summary>output[r] = tile[r].</summary>
    public static void Copy(float* tile, int stride, int rows, int width, float* output, int outputStride)
    {
        for (int row = 0; row < rows; row++)
            new ReadOnlySpan<float>(tile + (nint)row * stride, width).CopyTo(new Span<float>(output + (nint)row * outputStride, width));
    }

    /// <summary>tile[r] = act(tile[r]).</summary>
    public static void Activate<TActivation>(float* tile, int stride, int rows, int width)
        where TActivation : IActivation
    {
        for (int row = 0; row < rows; row++)
            RowLoops.Map<Activated<TActivation>>(tile + (nint)row * stride, tile + (nint)row * stride, 0f, tile + (nint)row * stride, width);
    }

    /// <summary>
    /// output[r] = act(gate) · up: a panel of the tile is 8 gates and 8 ups and gives 8 outputs; the tile's rows are
    /// <paramref name="panels"/> · 16 floats apart.
    /// </summary>
    public static void Gated<TActivation>(float* tile, int rows, int panels, float* output, int outputStride)
        where TActivation : IActivation
    {
        for (int row = 0; row < rows; row++)
            Activations.Gated<TActivation>(tile + (nint)row * panels * 16, panels * 8, output + (nint)row * outputStride);
    }

    /// <summary>output[r] = f(gate, up), laid out as for <see cref="Gated{TActivation}"/>.</summary>
    public static void Joined<TGate>(float* tile, int rows, int panels, float* output, int outputStride)
        where TGate : IGate
    {
        for (int row = 0; row < rows; row++)
            Activations.Joined<TGate>(tile + (nint)row * panels * 16, panels * 8, output + (nint)row * outputStride);
    }

    /// <summary>
    /// <see cref="Gated{TActivation}"/> whose outputs may be left as what a product takes of them alone: the integers of rows (<see cref="IntegerRows"/>)
    /// instead of their numbers. The tile is used up.
    /// </summary>
    /// <typeparam name="TActivation">Activation.</typeparam>
    /// <typeparam name="TSize">Columns of a row of the output.</typeparam>
    /// <param name="tile">The tile.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="panels">Its panels; for integers a multiple of four, or up to the row's end.</param>
    /// <param name="output">Where the first row begins.</param>
    /// <param name="outputStride">Floats from one row to the next.</param>
    /// <param name="firstColumn">The column of the output that the tile begins at; for integers a multiple of <see cref="Groups.Columns"/>.</param>
    /// <param name="asIntegers">Whether integers are left.</param>
    public static void Gated<TActivation, TSize>(float* tile, int rows, int panels, float* output, int outputStride, int firstColumn, bool asIntegers)
        where TActivation : IActivation where TSize : IDimension =>
        Joined<GatedBy<TActivation>, TSize>(tile, rows, panels, output, outputStride, firstColumn, asIntegers);

    /// <summary>The same of <see cref="Joined{TGate}"/>.</summary>
    /// <inheritdoc cref="Gated{TActivation, TSize}"/>
    public static void Joined<TGate, TSize>(float* tile, int rows, int panels, float* output, int outputStride, int firstColumn, bool asIntegers)
        where TGate : IGate where TSize : IDimension
    {
        if (!asIntegers)
        {
            Joined<TGate>(tile, rows, panels, output + firstColumn, outputStride);
            return;
        }

        int columns = Math.Min(panels * 8, TSize.Size - firstColumn);
        for (int row = 0; row < rows; row++)
        {
            float* numbers = tile + ((nint)row * panels * 16);
            Activations.Joined<TGate>(numbers, panels * 8, numbers);
            IntegerRows.WritePart<TSize>(numbers, firstColumn, columns, output + ((nint)row * outputStride));
        }
    }

    private readonly struct Plus : IRowMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c)
            where T : struct, ILanes<T> => x + y;
    }

    private readonly struct Activated<TActivation> : IRowMap
        where TActivation : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c)
            where T : struct, ILanes<T> => TActivation.Apply(x);
    }
}
