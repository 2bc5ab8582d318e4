using ILGPU;
using Moe.Runtime.Gpu.Memory;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>
/// Tiles of a matrix product in shared memory: a group computes <see cref="Rows"/> rows for <see cref="Tokens"/> tokens,
/// one cell a work item, <see cref="Columns"/> columns at a time. Everything is inlined into the kernel that calls it, so
/// that its constants are constants here.
/// </summary>
public static class GpuTile
{
    /// <summary>Matrix rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>Tokens of a tile.</summary>
    public const int Tokens = 8;

    /// <summary>Columns that lie in shared memory at a time.</summary>
    public const int Columns = 32;

    /// <summary>Elements from one row of a tile to the next; odd, so that rows lie in different banks.</summary>
    public const int Stride = Columns + 1;

    /// <summary>How many tiles cover <paramref name="count"/> rows or tokens.</summary>
    /// <param name="count">Rows or tokens.</param>
    /// <param name="tile">Rows or tokens of a tile.</param>
    public static int Count(int count, int tile) => (count + tile - 1) / tile;

    /// <summary>The most tiles into which assignments fall when each expert's are cut on their own.</summary>
    /// <param name="assignments">Tokens times chosen experts.</param>
    /// <param name="experts">Routed experts.</param>
    public static int MostExpertTiles(int assignments, int experts) =>
        (assignments / Tokens) + (assignments < experts ? assignments : experts);

    /// <summary>
    /// Fills a tile with <paramref name="count"/> rows from <paramref name="firstRow"/> on, <see cref="Columns"/> columns
    /// from <paramref name="firstColumn"/> on; what lies outside the matrix becomes 0. All work items take part.
    /// </summary>
    /// <param name="matrix">[rows, columns].</param>
    /// <param name="firstRow">First row.</param>
    /// <param name="count">Rows of the tile.</param>
    /// <param name="endRow">The row after the last that exists.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="tile">[count, <see cref="Stride"/>], shared.</param>
    public static void Load<TElement>(
        ArrayView<TElement> matrix, long firstRow, int count, long endRow, int firstColumn, int columns, ArrayView<float> tile)
        where TElement : unmanaged, IGpuElement<TElement>
    {
        for (int i = Group.IdxX; i < count * Columns; i += GpuGroup.Size)
        {
            int row = i / Columns;
            int column = i % Columns;
            float element = 0f;
            if (firstRow + row < endRow && firstColumn + column < columns)
                element = matrix[((firstRow + row) * columns) + firstColumn + column].Widen();
            tile[(row * Stride) + column] = element;
        }
    }

    /// <summary>As <see cref="Load{TElement}"/> for float32.</summary>
    /// <inheritdoc cref="Load{TElement}"/>
    public static void Load(
        ArrayView<float> matrix, long firstRow, int count, long endRow, int firstColumn, int columns, ArrayView<float> tile)
    {
        for (int i = Group.IdxX; i < count * Columns; i += GpuGroup.Size)
        {
            int row = i / Columns;
            int column = i % Columns;
            float element = 0f;
            if (firstRow + row < endRow && firstColumn + column < columns)
                element = matrix[((firstRow + row) * columns) + firstColumn + column];
            tile[(row * Stride) + column] = element;
        }
    }

    /// <summary>Fills a tile with <see cref="Tokens"/> rows that stand anywhere.</summary>
    /// <param name="matrix">[rows, columns].</param>
    /// <param name="rows">[<see cref="Tokens"/>], shared: which row of the matrix; −1 for a row of zeros.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="tile">[<see cref="Tokens"/>, <see cref="Stride"/>], shared.</param>
    public static void Gather(ArrayView<float> matrix, ArrayView<int> rows, int firstColumn, int columns, ArrayView<float> tile)
    {
        for (int i = Group.IdxX; i < Tokens * Columns; i += GpuGroup.Size)
        {
            int row = rows[i / Columns];
            int column = i % Columns;
            float element = 0f;
            if (row >= 0 && firstColumn + column < columns)
                element = matrix[((long)row * columns) + firstColumn + column];
            tile[((i / Columns) * Stride) + column] = element;
        }
    }

    /// <summary>Σ over the tile's columns of left · right, for one row of each.</summary>
    /// <param name="left">A tile.</param>
    /// <param name="leftRow">Its row.</param>
    /// <param name="right">A tile.</param>
    /// <param name="rightRow">Its row.</param>
    public static float Dot(ArrayView<float> left, int leftRow, ArrayView<float> right, int rightRow)
    {
        float sum = 0f;
        for (int column = 0; column < Columns; column++)
            sum += left[(leftRow * Stride) + column] * right[(rightRow * Stride) + column];
        return sum;
    }
}
