using System;
using System.Buffers;

namespace Moe.Runtime.Checkpoints;

/// <summary>Reads weights that are parts of tensors. Reading is as thread-safe as the source.</summary>
public static class TensorParts
{
    /// <summary>Reads rows of a weight.</summary>
    /// <param name="source">The tensors.</param>
    /// <param name="part">Where the weight lies.</param>
    /// <param name="firstRow">First row of the weight to read.</param>
    /// <param name="columns">Columns of the weight; 1 for a vector.</param>
    /// <param name="destination">Rows one behind the other; decides how many are read.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it holds something other than finite floats.</exception>
    /// <exception cref="ArgumentException">The destination does not hold whole rows.</exception>
    public static void ReadRows(this TensorSource source, TensorPart part, int firstRow, int columns, Span<float> destination)
    {
        if (destination.Length % columns != 0)
            throw new ArgumentException($"{destination.Length} floats are no whole number of rows of {columns}.", nameof(destination));

        if (IsMicroscaled(source, part))
            Microscaling.ReadRows(source, part, firstRow, columns, destination);
        else if (part.Transposed)
            ReadTransposed(source, part, firstRow, columns, destination);
        else
            ReadAsItIs(source, part, firstRow, columns, destination);
    }

    /// <summary>Whether the checkpoint stores the part in MXFP4.</summary>
    public static bool IsMicroscaled(this TensorSource source, TensorPart part) =>
        part.Microscaled && part.MatrixColumns == 0 && !source.TryFind(part.Name, out _) && source.TryFind(part.Name + Microscaling.Blocks, out _);

    /// <summary>
    /// Whether bfloat16 holds every element of the part as the checkpoint stores it: it has that type, or MXFP4, whose
    /// products of a 4-bit float and a power of two have 2 bits of precision.
    /// </summary>
    public static bool FitsBFloat16(this TensorSource source, TensorPart part) =>
        IsMicroscaled(source, part) || source.Find(part.Name).Type == ElementType.BF16;

    /// <summary>Bytes that a weight of so many elements takes of the checkpoint.</summary>
    public static long StoredBytes(this TensorSource source, TensorPart part, long elements) => IsMicroscaled(source, part)
        ? (elements / 2) + (elements / Microscaling.BlockSize)
        : elements * source.Find(part.Name).Type.SizeInBytes();

    /// <summary>Says that a part has been read and its tensor's memory may go.</summary>
    public static void Release(this TensorSource source, TensorPart part)
    {
        if (IsMicroscaled(source, part))
        {
            source.Release(part.Name + Microscaling.Blocks);
            source.Release(part.Name + Microscaling.Scales);
        }
        else
        {
            source.Release(part.Name);
        }
    }

    private static void ReadAsItIs(TensorSource source, TensorPart part, int firstRow, int columns, Span<float> destination)
    {
        long matrix = (long)part.Matrix * part.MatrixRows;
        int stored = part.MatrixColumns == 0 ? columns : part.MatrixColumns;
        for (int row = firstRow; destination.Length > 0;)
        {
            // Rows that are cut out of longer ones do not lie together.
            int rows = stored == columns ? Math.Min(part.RunFrom(row), destination.Length / columns) : 1;
            source.Read(part.Name, ((matrix + part.RowOf(row)) * stored) + part.FirstColumn, destination[..(rows * columns)]);
            destination = destination[(rows * columns)..];
            row += rows;
        }
    }

    // One row of inputs after another: of each, the stretch that holds the wanted outputs.
    private static void ReadTransposed(TensorSource source, TensorPart part, int firstRow, int columns, Span<float> destination)
    {
        int rows = destination.Length / columns;
        if (rows == 0)
            return;
        int stored = part.MatrixColumns == 0 ? columns : part.MatrixColumns;
        int begin = part.RowOf(firstRow);
        int length = part.RowOf(firstRow + rows - 1) - begin + 1;
        float[] stretch = ArrayPool<float>.Shared.Rent(length);
        try
        {
            for (int column = 0; column < columns; column++)
            {
                long first = ((((long)part.Matrix * stored) + part.FirstColumn + column) * part.MatrixRows) + begin;
                source.Read(part.Name, first, stretch.AsSpan(0, length));
                for (int row = 0; row < rows; row++)
                    destination[(row * columns) + column] = stretch[part.RowOf(firstRow + row) - begin];
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(stretch);
        }
    }
}
