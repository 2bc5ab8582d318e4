using System;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <content>Vectors: alone, of experts, of the rows of a tensor, of what is known about the columns of matrices; indices.</content>
public sealed partial class WeightLoader
{
    /// <summary>A vector.</summary>
    public PackedVector Vector(TensorPart part, int size) => ExpertVectors(1, _ => part, size);

    /// <summary>Vectors one behind the other; a part that is null stands for zeros.</summary>
    public PackedVector StackVectors(params (TensorPart? Part, int Size)[] parts)
    {
        int size = 0;
        foreach ((TensorPart? _, int partSize) in parts)
            size += partSize;

        return _store.Vectors(WeightRequest.Vectors(size, 1, WeightRequest.Of(parts)), (reader, vector) =>
        {
            int start = 0;
            foreach ((TensorPart? part, int partSize) in parts)
            {
                if (part is { } place)
                    reader.Read(place, vector.Span().Slice(start, partSize));
                start += partSize;
            }
        });
    }

    /// <summary>Two vectors, 8 elements of each in turn, as the rows of <see cref="GateUp"/> lie.</summary>
    public PackedVector GateUpVector(TensorPart gate, TensorPart up, int size) => ExpertGateUpVectors(1, _ => gate, _ => up, size);

    /// <summary>Two vectors for each expert, 8 elements of each in turn.</summary>
    public PackedVector ExpertGateUpVectors(int experts, Func<int, TensorPart> gate, Func<int, TensorPart> up, int size) => _store.Vectors(
        WeightRequest.Vectors(GateUpRows(size), experts, $"8 elements in turn, {size} of each, of {WeightRequest.Of(experts, gate)} and {WeightRequest.Of(experts, up)}"),
        (reader, vectors) =>
        {
            var values = new float[size];
            for (int expert = 0; expert < experts; expert++)
            {
                Span<float> target = vectors.Span(expert);
                reader.Read(gate(expert), values);
                for (int unit = 0; unit < size; unit++)
                    target[GateRow(unit)] = values[unit];
                reader.Read(up(expert), values);
                for (int unit = 0; unit < size; unit++)
                    target[GateRow(unit) + 8] = values[unit];
            }
        });

    /// <summary>A vector for each expert.</summary>
    public PackedVector ExpertVectors(int experts, Func<int, TensorPart> part, int size) => _store.Vectors(
        WeightRequest.Vectors(size, experts, WeightRequest.Of(experts, part)),
        (reader, vectors) =>
        {
            for (int expert = 0; expert < experts; expert++)
                reader.Read(part(expert), vectors.Span(expert));
        });

    /// <summary>The rows of a tensor [rows, columns] as a vector each.</summary>
    public PackedVector VectorRows(TensorPart part, int rows, int columns) => ExpertVectorRows(1, _ => part, rows, columns);

    /// <summary>The rows of a tensor [rows, columns] for each expert: row r of expert e is vector e · rows + r.</summary>
    public PackedVector ExpertVectorRows(int experts, Func<int, TensorPart> part, int rows, int columns) => _store.Vectors(
        WeightRequest.Vectors(columns, checked(experts * rows), $"{rows} rows of {WeightRequest.Of(experts, part)}"),
        (reader, vectors) =>
        {
            for (int expert = 0; expert < experts; expert++)
            {
                int first = expert * rows;
                reader.ReadRows(part(expert), 0, rows, columns, (row, values) => values.CopyTo(vectors.Span(first + row)));
                reader.Done(part(expert), (long)rows * columns);
            }
        });

    /// <summary>A table of indices [rows, columns].</summary>
    /// <exception cref="CheckpointException">The tensor holds no integers, or one that is not from 0 to below <paramref name="bound"/>.</exception>
    public PackedIndices Indices(string name, int rows, int columns, int bound) => _store.Indices(
        new WeightRequest(WeightKind.Indices, null, rows, columns, 1, $"'{name}' below {bound}"),
        (reader, indices) =>
        {
            var values = new long[columns];
            for (int row = 0; row < rows; row++)
            {
                reader.Source.ReadIntegers(name, (long)row * columns, values);
                for (int column = 0; column < columns; column++)
                {
                    if (values[column] < 0 || values[column] >= bound)
                    {
                        throw new CheckpointException(
                            reader.Source.Origin,
                            $"'{name}' has {values[column]} in row {row}, column {column}; indices from 0 to {bound - 1} are needed.");
                    }

                    indices.Span(row)[column] = (int)values[column];
                }
            }

            reader.Done(name, (long)rows * columns);
        });

    /// <summary>The mean over the rows of each expert's matrix [rows, columns], column by column.</summary>
    public PackedVector RowMeans(int experts, Func<int, TensorPart> part, int rows, int columns) =>
        Statistics(experts, part, rows, columns, isVariance: false);

    /// <summary>The variance over the rows of each expert's matrix [rows, columns], divided by their number, column by column.</summary>
    public PackedVector RowVariances(int experts, Func<int, TensorPart> part, int rows, int columns) =>
        Statistics(experts, part, rows, columns, isVariance: true);

    // Sums in double precision; the matrix itself is read again where it multiplies.
    private PackedVector Statistics(int experts, Func<int, TensorPart> part, int rows, int columns, bool isVariance) => _store.Vectors(
        WeightRequest.Vectors(columns, experts, $"{(isVariance ? "variances" : "means")} over {rows} rows of {WeightRequest.Of(experts, part)}"),
        (reader, result) =>
        {
            var sums = new double[columns];
            var squares = new double[columns];
            for (int expert = 0; expert < experts; expert++)
            {
                Array.Clear(sums);
                Array.Clear(squares);
                reader.ReadRows(part(expert), 0, rows, columns, (_, values) =>
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
        });
}
