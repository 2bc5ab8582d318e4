using System;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <content>Several vectors at once: of experts, of the rows of a tensor, of what is known about the columns of matrices.</content>
public sealed partial class WeightLoader
{
    /// <summary>A vector for each expert.</summary>
    public PackedVector ExpertVectors(int experts, Func<int, TensorPart> part, int size)
    {
        PackedVector vectors = Keep(new PackedVector(size, experts));
        for (int expert = 0; expert < experts; expert++)
            Read(part(expert), vectors.Span(expert));
        return vectors;
    }

    /// <summary>The rows of a tensor [rows, columns] as a vector each.</summary>
    public PackedVector VectorRows(TensorPart part, int rows, int columns) => ExpertVectorRows(1, _ => part, rows, columns);

    /// <summary>The rows of a tensor [rows, columns] for each expert: row r of expert e is vector e · rows + r.</summary>
    public PackedVector ExpertVectorRows(int experts, Func<int, TensorPart> part, int rows, int columns)
    {
        PackedVector vectors = Keep(new PackedVector(columns, checked(experts * rows)));
        for (int expert = 0; expert < experts; expert++)
        {
            int first = expert * rows;
            ReadRows(part(expert), 0, rows, columns, (row, values) => values.CopyTo(vectors.Span(first + row)));
            Done(part(expert), (long)rows * columns);
        }

        return vectors;
    }

    /// <summary>A table of indices [rows, columns].</summary>
    /// <exception cref="CheckpointException">The tensor holds no integers, or one that is not from 0 to below <paramref name="bound"/>.</exception>
    public PackedIndices Indices(string name, int rows, int columns, int bound)
    {
        PackedIndices indices = Keep(new PackedIndices(rows, columns));
        var values = new long[columns];
        for (int row = 0; row < rows; row++)
        {
            _source.ReadIntegers(name, (long)row * columns, values);
            for (int column = 0; column < columns; column++)
            {
                if (values[column] < 0 || values[column] >= bound)
                {
                    throw new CheckpointException(
                        _source.Origin,
                        $"'{name}' has {values[column]} in row {row}, column {column}; indices from 0 to {bound - 1} are needed.");
                }

                indices.Span(row)[column] = (int)values[column];
            }
        }

        Done(name, (long)rows * columns);
        return indices;
    }

    /// <summary>The mean over the rows of each expert's matrix [rows, columns], column by column.</summary>
    public PackedVector RowMeans(int experts, Func<int, TensorPart> part, int rows, int columns) =>
        Statistics(experts, part, rows, columns, isVariance: false);

    /// <summary>The variance over the rows of each expert's matrix [rows, columns], divided by their number, column by column.</summary>
    public PackedVector RowVariances(int experts, Func<int, TensorPart> part, int rows, int columns) =>
        Statistics(experts, part, rows, columns, isVariance: true);

    // Sums in double precision; the matrix itself is read again where it multiplies.
    private PackedVector Statistics(int experts, Func<int, TensorPart> part, int rows, int columns, bool isVariance)
    {
        PackedVector result = Keep(new PackedVector(columns, experts));
        var sums = new double[columns];
        var squares = new double[columns];
        for (int expert = 0; expert < experts; expert++)
        {
            Array.Clear(sums);
            Array.Clear(squares);
            ReadRows(part(expert), 0, rows, columns, (_, values) =>
            {
                for (int column = 0; column < values.Length; column++)
                {
                    sums[column] += values[column];
                    squares[column] += (double)values[column] * values[column];
                }
            });

            Span<float> target = result.Span(expert);
            for (int column = 0; column < columns; column++)
            {
                double mean = sums[column] / rows;
                target[column] = (float)(isVariance ? Math.Max(0, (squares[column] / rows) - (mean * mean)) : mean);
            }
        }

        return result;
    }
}
