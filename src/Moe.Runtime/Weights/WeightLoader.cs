using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Reads tensors and packs them for the CPU, one after another: a tensor's pages are let go as soon as it is packed. The
/// loader owns what it packed until <see cref="Detach"/>, so that a load that fails halfway leaves nothing behind.
/// </summary>
public sealed partial class WeightLoader : IDisposable
{
    // Elements read at a time: a megabyte, and 32 of them.
    private const int Piece = 1 << 18;
    private const int TransposedPiece = 1 << 23;

    private readonly TensorSource _source;
    private readonly WeightFormats? _formats;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly long _bytesTotal;
    private List<IDisposable> _packed = [];
    private long _bytesDone;
    private float[] _rows = [];

    /// <summary>A loader of the given tensors.</summary>
    /// <param name="source">Where they come from; its tensors have been checked.</param>
    /// <param name="formats">Formats of matrices, by the part they belong to; null keeps what the source has.</param>
    /// <param name="progress">Told after every tensor.</param>
    public WeightLoader(TensorSource source, WeightFormats? formats, IProgress<LoadProgress>? progress)
    {
        _source = source;
        _formats = formats;
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
    public PackedVector Vector(TensorPart part, int size)
    {
        PackedVector vector = Keep(new PackedVector(size));
        Read(part, vector.Span());
        return vector;
    }

    /// <summary>Vectors one behind the other; a part that is null stands for zeros.</summary>
    public PackedVector StackVectors(params ReadOnlySpan<(TensorPart? Part, int Size)> parts)
    {
        int size = 0;
        foreach ((TensorPart? _, int partSize) in parts)
            size += partSize;

        PackedVector vector = Keep(new PackedVector(size));
        int start = 0;
        foreach ((TensorPart? part, int partSize) in parts)
        {
            if (part is { } place)
                Read(place, vector.Span().Slice(start, partSize));
            start += partSize;
        }

        return vector;
    }

    /// <summary>Two vectors, 8 elements of each in turn, as the rows of <see cref="GateUp"/> lie.</summary>
    public PackedVector GateUpVector(TensorPart gate, TensorPart up, int size) => ExpertGateUpVectors(1, _ => gate, _ => up, size);

    /// <summary>Two vectors for each expert, 8 elements of each in turn.</summary>
    public PackedVector ExpertGateUpVectors(int experts, Func<int, TensorPart> gate, Func<int, TensorPart> up, int size)
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
    public PackedMatrix Matrix(TensorRole role, TensorPart part, int rows, int columns) => Stack(role, columns, (part, rows));

    /// <summary>Matrices of equally many columns, one below the other.</summary>
    public PackedMatrix Stack(TensorRole role, int columns, params ReadOnlySpan<(TensorPart Part, int Rows)> parts)
    {
        int rows = 0;
        foreach ((TensorPart part, int partRows) in parts)
            rows = checked(rows + partRows);

        WeightFormat format = _formats?.Of(role) ?? FormatOf(parts);
        PackedMatrix matrix = Keep(new PackedMatrix(rows, columns, format));
        int start = 0;
        foreach ((TensorPart part, int partRows) in parts)
        {
            int first = start;
            PackRows(part, 0, partRows, columns, (row, values) => matrix.WriteRow(0, first + row, values));
            Done(part, (long)partRows * columns);
            start += partRows;
        }

        return matrix;
    }

    /// <summary>Two matrices [rows, columns], 8 rows of each in turn: a panel's lanes 0 to 7 are gates, 8 to 15 ups.</summary>
    public PackedMatrix GateUp(TensorRole role, TensorPart gate, TensorPart up, int rows, int columns) =>
        ExpertGateUp(role, 1, _ => gate, _ => up, rows, columns);

    /// <summary>A matrix [rows, columns] for each expert.</summary>
    public PackedMatrix Experts(TensorRole role, int experts, Func<int, TensorPart> part, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(rows, columns, FormatOf(role, experts, part), experts));
        for (int expert = 0; expert < experts; expert++)
        {
            int matrix = expert;
            PackRows(part(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, row, values));
            Done(part(expert), (long)rows * columns);
        }

        return matrices;
    }

    /// <summary>Two matrices [rows, columns] for each expert, 8 rows of each in turn.</summary>
    public PackedMatrix ExpertGateUp(TensorRole role, int experts, Func<int, TensorPart> gate, Func<int, TensorPart> up, int rows, int columns)
    {
        WeightFormat format = Wider(FormatOf(role, experts, gate), FormatOf(role, experts, up));
        PackedMatrix matrices = Keep(new PackedMatrix(GateUpRows(rows), columns, format, experts));
        for (int expert = 0; expert < experts; expert++)
        {
            int matrix = expert;
            PackRows(gate(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, GateRow(row), values));
            Done(gate(expert), (long)rows * columns);
            PackRows(up(expert), 0, rows, columns, (row, values) => matrices.WriteRow(matrix, GateRow(row) + 8, values));
            Done(up(expert), (long)rows * columns);
        }

        return matrices;
    }

    /// <summary>A matrix for each head, cut out of a tensor whose heads have <paramref name="headRows"/> rows each.</summary>
    /// <param name="role">What it belongs to.</param>
    /// <param name="part">The weight, [heads · headRows, columns].</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headRows">Rows of one head in the tensor.</param>
    /// <param name="firstRow">First of the rows to take, within a head.</param>
    /// <param name="rows">Rows to take.</param>
    /// <param name="columns">Columns.</param>
    public PackedMatrix Heads(TensorRole role, TensorPart part, int heads, int headRows, int firstRow, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(rows, columns, FormatOf(role, 1, _ => part), heads));
        for (int head = 0; head < heads; head++)
        {
            int matrix = head;
            PackRows(part, (head * headRows) + firstRow, rows, columns, (row, values) => matrices.WriteRow(matrix, row, values));
        }

        Done(part, (long)heads * rows * columns);
        return matrices;
    }

    /// <summary>As <see cref="Heads"/>, each head's matrix transposed: [columns, rows].</summary>
    public PackedMatrix HeadsTransposed(TensorRole role, TensorPart part, int heads, int headRows, int firstRow, int rows, int columns)
    {
        PackedMatrix matrices = Keep(new PackedMatrix(columns, rows, FormatOf(role, 1, _ => part), heads));
        var head = new float[checked(rows * columns)];
        var transposed = new float[rows];
        for (int index = 0; index < heads; index++)
        {
            _source.ReadRows(part, (index * headRows) + firstRow, columns, head);
            for (int column = 0; column < columns; column++)
            {
                for (int row = 0; row < rows; row++)
                    transposed[row] = head[(row * columns) + column];
                matrices.WriteRow(index, column, transposed);
            }
        }

        Done(part, (long)heads * rows * columns);
        return matrices;
    }

    private static int GateUpRows(int rows) => checked((rows + 7) / 8 * 16);

    private static int GateRow(int unit) => (unit / 8 * 16) + (unit % 8);

    // What was asked for, or the narrower of the two exact formats that holds what all parts have.
    private WeightFormat FormatOf(TensorRole role, int experts, Func<int, TensorPart> part)
    {
        if (_formats?.Of(role) is { } asked)
            return asked;

        WeightFormat format = StoredFormat(part(0));
        for (int expert = 1; expert < experts; expert++)
            format = Wider(format, StoredFormat(part(expert)));
        return format;
    }

    private WeightFormat FormatOf(ReadOnlySpan<(TensorPart Part, int Rows)> parts)
    {
        WeightFormat format = StoredFormat(parts[0].Part);
        foreach ((TensorPart part, int _) in parts)
            format = Wider(format, StoredFormat(part));
        return format;
    }

    private WeightFormat StoredFormat(TensorPart part) =>
        _source.FitsBFloat16(part) ? WeightFormat.BF16 : WeightFormat.F32;

    private static WeightFormat Wider(WeightFormat left, WeightFormat right) => left == right ? left : WeightFormat.F32;

    private T Keep<T>(T packed)
        where T : IDisposable
    {
        _packed.Add(packed);
        return packed;
    }

    private void Read(TensorPart part, Span<float> values)
    {
        _source.ReadRows(part, 0, 1, values);
        Done(part, values.Length);
    }

    private void ReadRows(TensorPart part, int firstRow, int rows, int columns, Action<int, ReadOnlySpan<float>> write) =>
        ReadPieces(part, firstRow, rows, columns, (first, count) =>
        {
            for (int i = 0; i < count; i++)
                write(first + i, _rows.AsSpan(i * columns, columns));
        });

    // Rows of a panel share cache lines, so that they are packed by one thread.
    private void PackRows(TensorPart part, int firstRow, int rows, int columns, Action<int, ReadOnlySpan<float>> write) =>
        ReadPieces(part, firstRow, rows, columns, (first, count) => Parallel.For(0, (count + 15) / 16, panel =>
        {
            for (int i = panel * 16; i < Math.Min(count, (panel + 1) * 16); i++)
                write(first + i, _rows.AsSpan(i * columns, columns));
        }));

    // Reads some rows at a time, whole panels where there are so many.
    private void ReadPieces(TensorPart part, int firstRow, int rows, int columns, Action<int, int> piece)
    {
        // A transposed part is read once through for every piece, so that its pieces are larger.
        int elements = part.Transposed && !_source.IsMicroscaled(part) ? TransposedPiece : Piece;
        int atOnce = Math.Clamp(elements / columns, 1, rows);
        atOnce = atOnce > 16 ? atOnce / 16 * 16 : atOnce;
        if (_rows.Length < atOnce * columns)
            _rows = new float[atOnce * columns];

        for (int row = 0; row < rows; row += atOnce)
        {
            int count = Math.Min(atOnce, rows - row);
            _source.ReadRows(part, firstRow + row, columns, _rows.AsSpan(0, count * columns));
            piece(row, count);
        }
    }

    private void Done(TensorPart part, long elements)
    {
        _bytesDone += _source.StoredBytes(part, elements);
        _source.Release(part);
        _progress?.Report(new LoadProgress(_bytesDone, _bytesTotal, part.Name));
    }
}
