using System;
using System.Text;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>What a packed weight is.</summary>
internal enum WeightKind
{
    /// <summary>A <see cref="PackedMatrix"/>.</summary>
    Matrix,

    /// <summary>A <see cref="PackedVector"/>.</summary>
    Vector,

    /// <summary>A <see cref="PackedIndices"/>.</summary>
    Indices,
}

/// <summary>
/// What a declaration asks a <see cref="WeightLoader"/> for: shape and origin of one packed weight. The requests of a model, in
/// order, are its identity in a packed file.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Role">What a matrix belongs to; null for vectors and indices.</param>
/// <param name="Rows">Rows of a matrix or table; 1 for vectors.</param>
/// <param name="Columns">Columns, or elements of a vector.</param>
/// <param name="Count">Matrices or vectors.</param>
/// <param name="Source">Which tensors it is made of, and how; the methods below write it.</param>
internal sealed record WeightRequest(WeightKind Kind, TensorRole? Role, int Rows, int Columns, int Count, string Source)
{
    /// <summary>A request for matrices.</summary>
    internal static WeightRequest Matrices(TensorRole role, int rows, int columns, int count, string source) =>
        new(WeightKind.Matrix, role, rows, columns, count, source);

    /// <summary>A request for vectors.</summary>
    internal static WeightRequest Vectors(int size, int count, string source) => new(WeightKind.Vector, null, 1, size, count, source);

    /// <summary>The request as messages name it.</summary>
    public override string ToString() => Kind switch
    {
        WeightKind.Matrix => $"{Role} {Count} × [{Rows} × {Columns}] of {Source}",
        WeightKind.Vector => $"vector {Count} × [{Columns}] of {Source}",
        _ => $"indices [{Rows} × {Columns}] of {Source}",
    };

    /// <summary>A part of a tensor.</summary>
    internal static string Of(TensorPart part)
    {
        var text = new StringBuilder($"'{part.Name}'");
        Add("matrix", part.Matrix);
        Add("of rows", part.MatrixRows);
        if (part.Transposed)
            text.Append(" transposed");
        Add("from row", part.FirstRow);
        Add("rows in groups of", part.GroupRows);
        Add("every", part.GroupStride);
        Add("of columns", part.MatrixColumns);
        Add("from column", part.FirstColumn);
        return text.ToString();

        void Add(string what, int value)
        {
            if (value != 0)
                text.Append(' ').Append(what).Append(' ').Append(value);
        }
    }

    /// <summary>A part for each expert. They follow one pattern of the expert's number, which the first and the last determine.</summary>
    internal static string Of(int experts, Func<int, TensorPart> part) =>
        experts == 1 ? Of(part(0)) : $"{Of(part(0))} to {Of(part(experts - 1))}";

    /// <summary>Parts one below the other.</summary>
    internal static string Of((TensorPart? Part, int Size)[] parts) =>
        string.Join(", ", Array.ConvertAll(parts, part => $"{part.Size} rows of {(part.Part is { } place ? Of(place) : "zeros")}"));
}
