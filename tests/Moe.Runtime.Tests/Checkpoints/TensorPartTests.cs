using System;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>Parts of tensors, each element computed from the tensor's own numbering.</summary>
public sealed class TensorPartTests
{
    // Element i of the tensor is i + 1.
    private static float[] Read(int[] shape, TensorPart part, int rows, int columns, int firstRow = 0)
    {
        int count = shape.Aggregate(1, (product, dimension) => product * dimension);
        float[] elements = [.. Enumerable.Range(1, count).Select(i => (float)i)];
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write(
            "m", new SafetensorsBuilder().Add("t", "F32", [.. shape.Select(dimension => (long)dimension)], elements).Build()));
        var read = new float[(rows - firstRow) * columns];
        tensors.ReadRows(part, firstRow, columns, read);
        return read;
    }

    [Fact]
    public void ReadRows_OfAWholeTensor_AreItsRows() =>
        Assert.Equal([5f, 6f, 7f, 8f, 9f, 10f, 11f, 12f], Read([3, 4], "t", 3, 4, firstRow: 1));

    [Fact]
    public void ReadRows_OfAStack_AreThoseOfItsMatrix() =>
        Assert.Equal([13f, 14f, 15f, 16f, 17f, 18f], Read([3, 2, 3], new TensorPart("t") { Matrix = 2, MatrixRows = 2 }, 2, 3));

    [Fact]
    public void ReadRows_OfConcatenatedParts_BeginAtTheFirstRow() =>
        Assert.Equal([5f, 6f, 7f, 8f], Read([5, 2], new TensorPart("t") { FirstRow = 2 }, 2, 2));

    [Fact]
    public void ReadRows_OfInterleavedRows_AreEveryOther()
    {
        var odd = new TensorPart("t") { FirstRow = 1, GroupRows = 1, GroupStride = 2 };
        Assert.Equal([3f, 4f, 7f, 8f, 11f, 12f], Read([6, 2], odd, 3, 2));
        Assert.Equal([7f, 8f, 11f, 12f], Read([6, 2], odd, 3, 2, firstRow: 1));
    }

    // Two heads of 3 · 2 rows: query, key, value of two rows each.
    [Fact]
    public void ReadRows_OfHeadsSideBySide_ComeHeadByHead() =>
        Assert.Equal([3f, 4f, 9f, 10f], Read([12, 1], new TensorPart("t") { FirstRow = 2, GroupRows = 2, GroupStride = 6 }, 4, 1));

    // Two matrices [inputs 3, outputs 2]: W[r, c] = T[m, c, r].
    [Fact]
    public void ReadRows_OfATransposedStack_AreItsColumns()
    {
        var part = new TensorPart("t") { Matrix = 1, MatrixRows = 2, Transposed = true };
        Assert.Equal([7f, 9f, 11f, 8f, 10f, 12f], Read([2, 3, 2], part, 2, 3));
        Assert.Equal([8f, 10f, 12f], Read([2, 3, 2], part, 2, 3, firstRow: 1));
    }

    // gpt-oss: [inputs 2, outputs 6], gate and up in turn.
    [Fact]
    public void ReadRows_OfATransposedInterleavedPart_AreEveryOtherColumn()
    {
        var up = new TensorPart("t") { Matrix = 0, MatrixRows = 6, Transposed = true, FirstRow = 1, GroupRows = 1, GroupStride = 2 };
        Assert.Equal([2f, 8f, 4f, 10f, 6f, 12f], Read([1, 2, 6], up, 3, 2));
    }

    // Slices of a network of 6 units: [outputs 3, inputs 6], the inputs of slice 1 of 3.
    [Fact]
    public void ReadRows_OfSomeColumns_AreCutOutOfEveryRow()
    {
        var down = new TensorPart("t") { MatrixColumns = 6, FirstColumn = 2 };
        Assert.Equal([3f, 4f, 9f, 10f, 15f, 16f], Read([3, 6], down, 3, 2));
        Assert.Equal([15f, 16f], Read([3, 6], down, 3, 2, firstRow: 2));
    }

    // The same network as [inputs 6, outputs 3]: W[r, c] = T[2 + c, r].
    [Fact]
    public void ReadRows_OfSomeTransposedColumns_AreThoseRowsOfInputs()
    {
        var down = new TensorPart("t") { MatrixColumns = 6, FirstColumn = 2, MatrixRows = 3, Transposed = true };
        Assert.Equal([7f, 10f, 8f, 11f, 9f, 12f], Read([6, 3], down, 3, 2));
        Assert.Equal([9f, 12f], Read([6, 3], down, 3, 2, firstRow: 2));
    }

    // Gate and up in turn, two rows each of slice 1: rows 4 and 6 are its gate, 5 and 7 its up.
    [Fact]
    public void ReadRows_OfASliceOfInterleavedRows_BeginAtItsFirst() =>
        Assert.Equal([6f, 8f], Read([12, 1], new TensorPart("t") { FirstRow = 1 + (1 * 4), GroupRows = 1, GroupStride = 2 }, 2, 1));

    [Fact]
    public void ReadRows_OfNoWholeNumberOfRows_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", new SafetensorsBuilder().Add("t", "F32", [2, 4], new float[8]).Build()));
        Assert.Throws<ArgumentException>(() => tensors.ReadRows("t", 0, 4, new float[5]));
    }
}
