namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Where a weight of a declaration lies in a tensor of a checkpoint: the whole tensor, one matrix of a stack, some of its
/// rows or columns, or its transpose.
/// </summary>
/// <remarks>
/// A weight W [rows, columns] takes the rows f(r) = FirstRow + r / GroupRows · GroupStride + r mod GroupRows of a matrix of
/// <see cref="MatrixRows"/> rows, and of these the columns FirstColumn + c, C = MatrixColumns (columns where that is 0). That matrix is number <see cref="Matrix"/> of those that the tensor holds one behind the
/// other, as rows of its outputs or, transposed, as rows of its inputs:
/// <list type="bullet">
/// <item>as it is: W[r, c] = T[(Matrix · MatrixRows + f(r)) · C + FirstColumn + c];</item>
/// <item>transposed: W[r, c] = T[(Matrix · C + FirstColumn + c) · MatrixRows + f(r)].</item>
/// </list>
/// A vector is a weight of one column.
/// </remarks>
/// <param name="Name">The tensor's name in the checkpoint.</param>
public readonly record struct TensorPart(string Name)
{
    /// <summary>Number of the matrix (or vector) in a stack: the expert.</summary>
    public int Matrix { get; init; }

    /// <summary>Rows of one matrix in the tensor, all fused parts together; 0 where the weight is the whole tensor as it is.</summary>
    public int MatrixRows { get; init; }

    /// <summary>The tensor holds [inputs, outputs].</summary>
    public bool Transposed { get; init; }

    /// <summary>First of the weight's rows within the matrix.</summary>
    public int FirstRow { get; init; }

    /// <summary>So many rows lie together; 0: all of them.</summary>
    public int GroupRows { get; init; }

    /// <summary>Rows from one group to the next.</summary>
    public int GroupStride { get; init; }

    /// <summary>Columns of one matrix in the tensor; 0 where the weight has all of them.</summary>
    public int MatrixColumns { get; init; }

    /// <summary>First of the weight's columns within the matrix.</summary>
    public int FirstColumn { get; init; }

    /// <summary>
    /// The tensor may be stored in MXFP4 instead, as <c>Name_blocks</c> and <c>Name_scales</c>, which are not transposed.
    /// </summary>
    public bool Microscaled { get; init; }

    /// <summary>A whole tensor as it is.</summary>
    public static implicit operator TensorPart(string name) => new(name);

    /// <summary>Row of the matrix that is row <paramref name="row"/> of the weight.</summary>
    public int RowOf(int row) => GroupRows == 0 ? FirstRow + row : FirstRow + (row / GroupRows * GroupStride) + (row % GroupRows);

    /// <summary>How many rows from the given one on lie together.</summary>
    internal int RunFrom(int row) => GroupRows == 0 ? int.MaxValue : GroupRows - (row % GroupRows);
}
