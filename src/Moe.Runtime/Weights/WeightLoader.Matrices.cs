using System;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <content>Matrices: alone, one below the other, of experts, of heads.</content>
public sealed partial class WeightLoader
{
    /// <summary>A matrix [rows, columns].</summary>
    /// <exception cref="CheckpointException">
    /// A tensor holds NaN or an infinity, or a packed file holds something else next; here and in every method below.
    /// </exception>
    public PackedMatrix Matrix(TensorRole role, TensorPart part, int rows, int columns) => Experts(role, 1, _ => part, rows, columns);

    /// <summary>Matrices of equally many columns, one below the other.</summary>
    public PackedMatrix Stack(TensorRole role, int columns, params (TensorPart Part, int Rows)[] parts)
    {
        int rows = 0;
        foreach ((TensorPart _, int partRows) in parts)
            rows = checked(rows + partRows);

        var places = Array.ConvertAll(parts, part => ((TensorPart?)part.Part, part.Rows));
        return _store.Matrices(
            WeightRequest.Matrices(role, rows, columns, 1, WeightRequest.Of(places)),
            reader => reader.FormatOf(role, parts.Length, index => parts[index].Part),
            (reader, matrix) =>
            {
                int start = 0;
                foreach ((TensorPart part, int partRows) in parts)
                {
                    int first = start;
                    reader.PackRows(part, 0, partRows, matrix, 0, row => first + row);
                    reader.Done(part, (long)partRows * columns);
                    start += partRows;
                }
            });
    }

    /// <summary>Two matrices [rows, columns], 8 rows of each in turn: a panel's lanes 0 to 7 are gates, 8 to 15 ups.</summary>
    public PackedMatrix GateUp(TensorRole role, TensorPart gate, TensorPart up, int rows, int columns) =>
        ExpertGateUp(role, 1, _ => gate, _ => up, rows, columns);

    /// <summary>A matrix [rows, columns] for each expert.</summary>
    public PackedMatrix Experts(TensorRole role, int experts, Func<int, TensorPart> part, int rows, int columns) => _store.Matrices(
        WeightRequest.Matrices(role, rows, columns, experts, WeightRequest.Of(experts, part)),
        reader => reader.FormatOf(role, experts, part),
        (reader, matrices) =>
        {
            for (int expert = 0; expert < experts; expert++)
            {
                reader.PackRows(part(expert), 0, rows, matrices, expert, row => row);
                reader.Done(part(expert), (long)rows * columns);
            }
        });

    /// <summary>Two matrices [rows, columns] for each expert, 8 rows of each in turn.</summary>
    public PackedMatrix ExpertGateUp(TensorRole role, int experts, Func<int, TensorPart> gate, Func<int, TensorPart> up, int rows, int columns) => _store.Matrices(
        WeightRequest.Matrices(role, GateUpRows(rows), columns, experts, $"8 rows in turn, {rows} of each, of {WeightRequest.Of(experts, gate)} and {WeightRequest.Of(experts, up)}"),
        reader => TensorReader.Wider(reader.FormatOf(role, experts, gate), reader.FormatOf(role, experts, up)),
        (reader, matrices) =>
        {
            for (int expert = 0; expert < experts; expert++)
            {
                reader.PackRows(gate(expert), 0, rows, matrices, expert, GateRow);
                reader.Done(gate(expert), (long)rows * columns);
                reader.PackRows(up(expert), 0, rows, matrices, expert, row => GateRow(row) + 8);
                reader.Done(up(expert), (long)rows * columns);
            }
        });

    /// <summary>A matrix for each head, cut out of a tensor whose heads have <paramref name="headRows"/> rows each.</summary>
    /// <param name="role">What it belongs to.</param>
    /// <param name="part">The weight, [heads · headRows, columns].</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headRows">Rows of one head in the tensor.</param>
    /// <param name="firstRow">First of the rows to take, within a head.</param>
    /// <param name="rows">Rows to take.</param>
    /// <param name="columns">Columns.</param>
    public PackedMatrix Heads(TensorRole role, TensorPart part, int heads, int headRows, int firstRow, int rows, int columns) => _store.Matrices(
        WeightRequest.Matrices(role, rows, columns, heads, HeadRows(part, heads, headRows, firstRow, rows)),
        reader => reader.FormatOf(role, 1, _ => part),
        (reader, matrices) =>
        {
            for (int head = 0; head < heads; head++)
                reader.PackRows(part, (head * headRows) + firstRow, rows, matrices, head, row => row);

            reader.Done(part, (long)heads * rows * columns);
        });

    /// <summary>As <see cref="Heads"/>, each head's matrix transposed: [columns, rows].</summary>
    public PackedMatrix HeadsTransposed(TensorRole role, TensorPart part, int heads, int headRows, int firstRow, int rows, int columns) => _store.Matrices(
        WeightRequest.Matrices(role, columns, rows, heads, HeadRows(part, heads, headRows, firstRow, rows) + ", each transposed"),
        reader => reader.FormatOf(role, 1, _ => part),
        (reader, matrices) =>
        {
            var head = new float[checked(rows * columns)];
            var transposed = new float[rows];
            for (int index = 0; index < heads; index++)
            {
                reader.Source.ReadRows(part, (index * headRows) + firstRow, columns, head);
                TensorReader.CheckRange(reader.Source, part, matrices.Format, head);
                for (int column = 0; column < columns; column++)
                {
                    for (int row = 0; row < rows; row++)
                        transposed[row] = head[(row * columns) + column];
                    matrices.WriteRow(index, column, transposed);
                }
            }

            reader.Done(part, (long)heads * rows * columns);
        });

    private static string HeadRows(TensorPart part, int heads, int headRows, int firstRow, int rows) =>
        $"rows {firstRow} to {firstRow + rows - 1} of each {headRows} of {heads} heads of {WeightRequest.Of(part)}";
}
