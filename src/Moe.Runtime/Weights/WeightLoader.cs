using System;
using System.Collections.Generic;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Reads tensors and packs them for the CPU, one after another: a tensor's pages are let go as soon as it is packed. The
/// loader owns what it packed until <see cref="Detach"/>, so that a load that fails halfway leaves nothing behind.
/// </summary>
public sealed class WeightLoader : IDisposable
{
    private readonly TensorSource _source;
    private readonly WeightFormat? _format;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly long _bytesTotal;
    private List<IDisposable> _packed = [];
    private long _bytesDone;
    private float[] _rows = [];

    /// <summary>A loader of the given tensors.</summary>
    /// <param name="source">Where they come from; its tensors have been checked.</param>
    /// <param name="format">Format of matrices; null: bfloat16 where the source has it, else float32.</param>
    /// <param name="progress">Told after every tensor.</param>
    public WeightLoader(TensorSource source, WeightFormat? format, IProgress<LoadProgress>? progress)
    {
        _source = source;
        _format = format;
        _progress = progress;
        foreach (TensorEntry tensor in source.Tensors)
            _bytesTotal += tensor.ByteCount;
    }

    /// <summary>Gives everything packed to the caller, who disposes it.</summary>
    public IReadOnlyList<IDisposable> Detach()
    {
        List<IDisposable> packed = _packed;
        _packed = [];
        return packed;
    }

    /// <summary>Frees what was packed and not detached.</summary>
    public void Dispose()
    {
        foreach (IDisposable item in _packed)
            item.Dispose();
        _packed.Clear();
    }

    /// <summary>A vector.</summary>
    /// <exception cref="CheckpointException">The tensor holds NaN or an infinity; here and in every method below.</exception>
    public PackedVector Vector(string name, int size)
    {
        PackedVector vector = Keep(new PackedVector(size));
        Read(name, vector.Span());
        return vector;
    }

    /// <summary>Vectors one behind the other; a name that is null stands for zeros.</summary>
    public PackedVector StackVectors(params ReadOnlySpan<(string? Name, int Size)> parts)
    {
        int size = 0;
        foreach ((string? _, int partSize) in parts)
            size += partSize;

        PackedVector vector = Keep(new PackedVector(size));
        int start = 0;
        foreach ((string? name, int partSize) in parts)
        {
            if (name is not null)
                Read(name, vector.Span().Slice(start, partSize));
            start += partSize;
        }

        return vector;
    }

    /// <summary>Two vectors, 8 elements of each in turn, as the rows of <see cref="GateUp"/> lie.</summary>
    public PackedVector GateUpVector(string gate, string up, int size) => ExpertGateUpVectors(1, _ => gate, _ => up, size);

    /// <summary>A vector for each expert.</summary>
    public PackedVector ExpertVectors(int experts, Func<int, string> name, int size)
    {
        PackedVector vectors = Keep(new PackedVector(size, experts));
        for (int expert = 0; expert < experts; expert++)
            Read(name(expert), vectors.Span(expert));
        return vectors;
    }

    /// <summary>The rows of a tensor [rows, columns] as a vector each.</summary>
    public PackedVector VectorRows(string name, int rows, int columns) => ExpertVectorRows(1, _ => name, rows, columns);

    /// <summary>The rows of a tensor [rows, columns] for each expert: row r of expert e is vector e · rows + r.</summary>
    public PackedVector ExpertVectorRows(int experts, Func<int, string> name, int rows, int columns)
    {
        PackedVector vectors = Keep(new PackedVector(columns, checked(experts * rows)));
        for (int expert = 0; expert < experts; expert++)
        {
            int first = expert * rows;
            ReadRows(name(expert), 0, rows, columns, (row, values) => values.CopyTo(vectors.Span(first + row)));
            Done(name(expert));
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

        Done(name);
        return indices;
    }

    /// <summary>The mean over the rows of each expert's matrix [rows, columns], column by column.</summary>
    public PackedVector RowMeans(int experts, Func<int, string> name, int rows, int columns) =>
        Statistics(experts, name, rows, columns, isVariance: false);

    /// <summary>The variance over the rows of each expert's matrix [rows, columns], divided by their number, column by column.</summary>
    public PackedVector RowVariances(int experts, Func<int, string> name, int rows, int columns) =>
        Statistics(experts, name, rows, columns, isVariance: true);

    /// <summary>Two vectors for each expert, 8 elements of each in turn.</summary>
    public PackedVector ExpertGateUpVectors(int experts, Func<int, string> gate, Func<int, string> up, int size)
    {
        PackedVector vectors = Keep(new PackedVector(GateUpRows(size), experts));
        var values = new float[size];
        for (int expert = 0; expert < experts; expert++)
        {
            Span<float> target = vectors.Span(expert);
            Read(gate(expert), values);
            for (int unit = 0; unit < size; unit++)
                target[GateRow(unit)] = values[unit];
            Read(up(expert), values);
            for (int unit = 0; unit < size; unit++)
                target[GateRow(unit) + 8] = values[unit];
        }

        return vectors;
    }

    /// <summary>A matrix [rows, columns].</summary>
    public PackedMatrix Matrix(string name, int rows, int columns) => Stack(columns, (name, rows));

    /// <summary>Matrices of equally many columns, one below the other.</summary>
    public PackedMatrix Stack(int columns, params ReadOnlySpan<(string Name, int Rows)> parts)
    {
        int rows = 0;
        bool isBFloat16 = true;
        foreach ((string name, int partRows) in parts)
        {
            rows = checked(rows + partRows);
            isBFloat16 &= IsBFloat16(name);
        }

        PackedMatrix matrix = Keep(new PackedMatrix(rows, columns, FormatOf(isBFloat16)));
        int start = 0;
        foreach ((string name, int partRows) in parts)
        {
            int first = start;
            ReadRows(name, 0, partRows, columns, (row, values) => matrix.WriteRow(0, first + row, values));
            Done(name);
            start += partRows;
        }

        return matrix;
    }

    /// <summary>Two matrices [rows, columns], 8 rows of each in turn: a panel's lanes 0 to 7 are gates, 8 to 15 ups.</summary>
    public PackedMatrix GateUp(string gate, string up, int rows, int columns) =>
        ExpertGateUp(1, _ => gate, _ => up, rows, columns);

    /// <summary>A matrix [rows, columns] for each expert.</summary>
    public PackedMatrix Experts(int experts, Func<int, string> name, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(rows, columns, FormatOf(AreBFloat16(experts, name)), experts));
        for (int expert = 0; expert < experts; expert++)
        {
            int matrix = expert;
            ReadRows(name(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, row, values));
            Done(name(expert));
        }

        return matrices;
    }

    /// <summary>Two matrices [rows, columns] for each expert, 8 rows of each in turn.</summary>
    public PackedMatrix ExpertGateUp(int experts, Func<int, string> gate, Func<int, string> up, int rows, int columns)
    {
        bool isBFloat16 = AreBFloat16(experts, gate) && AreBFloat16(experts, up);
        PackedMatrix matrices = Keep(new PackedMatrix(GateUpRows(rows), columns, FormatOf(isBFloat16), experts));
        for (int expert = 0; expert < experts; expert++)
        {
            int matrix = expert;
            ReadRows(gate(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, GateRow(row), values));
            Done(gate(expert));
            ReadRows(up(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, GateRow(row) + 8, values));
            Done(up(expert));
        }

        return matrices;
    }

    /// <summary>A matrix for each head, cut out of a tensor whose heads have <paramref name="headRows"/> rows each.</summary>
    /// <param name="name">The tensor, [heads · headRows, columns].</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headRows">Rows of one head in the tensor.</param>
    /// <param name="firstRow">First of the rows to take, within a head.</param>
    /// <param name="rows">Rows to take.</param>
    /// <param name="columns">Columns.</param>
    public PackedMatrix Heads(string name, int heads, int headRows, int firstRow, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(rows, columns, FormatOf(IsBFloat16(name)), heads));
        for (int head = 0; head < heads; head++)
        {
            int matrix = head;
            ReadRows(name, (head * headRows) + firstRow, rows, columns, (row, values) => matrices.WriteRow(matrix, row, values));
        }

        Done(name);
        return matrices;
    }

    /// <summary>As <see cref="Heads"/>, each head's matrix transposed: [columns, rows].</summary>
    public PackedMatrix HeadsTransposed(string name, int heads, int headRows, int firstRow, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(columns, rows, FormatOf(IsBFloat16(name)), heads));
        var head = new float[checked(rows * columns)];
        var transposed = new float[rows];
        for (int index = 0; index < heads; index++)
        {
            _source.ReadRows(name, ((long)index * headRows) + firstRow, head);
            for (int column = 0; column < columns; column++)
            {
                for (int row = 0; row < rows; row++)
                    transposed[row] = head[(row * columns) + column];
                matrices.WriteRow(index, column, transposed);
            }
        }

        return matrices;
    }

    // Sums in double precision; the matrix itself is read again where it multiplies.
    private PackedVector Statistics(int experts, Func<int, string> name, int rows, int columns, bool isVariance)
    {
        PackedVector result = Keep(new PackedVector(columns, experts));
        var sums = new double[columns];
        var squares = new double[columns];
        for (int expert = 0; expert < experts; expert++)
        {
            Array.Clear(sums);
            Array.Clear(squares);
            ReadRows(name(expert), 0, rows, columns, (_, values) =>
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

    private static int GateUpRows(int rows) => checked((rows + 7) / 8 * 16);

    private static int GateRow(int unit) => (unit / 8 * 16) + (unit % 8);

    private WeightFormat FormatOf(bool isBFloat16) => _format ?? (isBFloat16 ? WeightFormat.BF16 : WeightFormat.F32);

    private bool IsBFloat16(string name) => _source.Find(name).Type == ElementType.BF16;

    private bool AreBFloat16(int experts, Func<int, string> name)
    {
        for (int expert = 0; expert < experts; expert++)
        {
            if (!IsBFloat16(name(expert)))
                return false;
        }

        return true;
    }

    private T Keep<T>(T packed)
        where T : IDisposable
    {
        _packed.Add(packed);
        return packed;
    }

    private void Read(string name, Span<float> values)
    {
        _source.Read(name, 0, values);
        Done(name);
    }

    private void ReadRows(string name, long firstRow, int rows, int columns, Action<int, ReadOnlySpan<float>> write)
    {
        // About a megabyte at a time.
        int atOnce = Math.Clamp((1 << 18) / columns, 1, rows);
        if (_rows.Length < atOnce * columns)
            _rows = new float[atOnce * columns];

        for (int row = 0; row < rows; row += atOnce)
        {
            int count = Math.Min(atOnce, rows - row);
            Span<float> values = _rows.AsSpan(0, count * columns);
            _source.ReadRows(name, firstRow + row, values);
            for (int i = 0; i < count; i++)
                write(row + i, values.Slice(i * columns, columns));
        }
    }

    private void Done(string name)
    {
        _bytesDone += _source.Find(name).ByteCount;
        _source.Release(name);
        _progress?.Report(new LoadProgress(_bytesDone, _bytesTotal, name));
    }
}
