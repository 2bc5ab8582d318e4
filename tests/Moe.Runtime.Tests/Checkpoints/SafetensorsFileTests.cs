using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void File_WithTensorsOfManyTypes_ListsThemInFileOrderWithShapeAndOffset()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new SafetensorsBuilder()
            .Metadata("format", "pt")
            .Add("wide", "I64", [2], 1L, 2L)
            .Add("matrix", "F32", [2, 3], 1f, 2f, 3f, 4f, 5f, 6f)
            .Add("empty", "BF16", [0, 4], Array.Empty<byte>())
            .Add("scalar", "F8_E4M3", [], (byte)0x38)
            .Build();

        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", bytes));

        Assert.Equal(["wide", "matrix", "empty", "scalar"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([ElementType.I64, ElementType.F32, ElementType.BF16, ElementType.F8E4M3], file.Tensors.Select(tensor => tensor.Type));
        Assert.Equal([2L, 3L], file.Tensors[1].Shape.AsEnumerable());
        Assert.Equal((2, 3, 6, 24), (file.Tensors[1].Rows, file.Tensors[1].RowLength, file.Tensors[1].ElementCount, file.Tensors[1].ByteCount));
        Assert.Equal((1, 1, 1), (file.Tensors[3].Rows, file.Tensors[3].RowLength, file.Tensors[3].ElementCount));
        Assert.Equal(0, file.Tensors[2].ElementCount);
        Assert.Equal(bytes.Length - 25, file.Tensors[1].Offset);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(4f, BinaryPrimitives.ReadSingleLittleEndian(file.Bytes(file.Tensors[1], 12, 4)));
        Assert.Equal([0x38], file.Bytes(file.Tensors[3], 0, 1).ToArray());
    }

    [Fact]
    public void File_HeaderInAnotherOrderThanTheBytes_IsReadByOffset()
    {
        using var folder = new TemporaryFolder();
        string header = "{" + SafetensorsBuilder.Entry("later", "U8", [1], 1, 2) + "," + SafetensorsBuilder.Entry("first", "U8", [1], 0, 1) + "}";

        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", SafetensorsBuilder.Assemble(header, [7, 9])));

        Assert.Equal(["first", "later"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(9, file.Bytes(file.Tensors[1], 0, 1)[0]);
    }

    [Fact]
    public void File_WithoutTensors_IsEmpty()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", SafetensorsBuilder.Assemble("{}", [])));
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void Bytes_AfterRelease_AreTheSame()
    {
        using var folder = new TemporaryFolder();
        var content = new byte[1_000_003];
        new Random(7).NextBytes(content);
        byte[] bytes = new SafetensorsBuilder().Add("before", "U8", [5], content[..5]).Add("tensor", "U8", [content.Length], content).Build();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", bytes));
        TensorEntry tensor = file.Tensors[1];

        Assert.True(file.Bytes(tensor, 0, content.Length).SequenceEqual(content));
        file.Release(tensor);
        Assert.True(file.Bytes(tensor, 0, content.Length).SequenceEqual(content));
        file.Release();
        Assert.True(file.Bytes(tensor, 999_000, 1_003).SequenceEqual(content.AsSpan(999_000)));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Bytes_WindowOutsideTheTensor_IsRefused(long offset, int length)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new SafetensorsBuilder().Add("a", "F32", [1], 1f).Add("b", "F32", [1], 2f).Build();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(file.Tensors[0], offset, length).Length);
    }

    [Fact]
    public void Bytes_OfAnotherFilesTensorOrAfterDispose_AreRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new SafetensorsBuilder().Add("a", "F32", [1], 1f).Build();
        using SafetensorsFile file = SafetensorsFile.Open(folder.Write("a.safetensors", bytes));
        using SafetensorsFile other = SafetensorsFile.Open(folder.Write("b.safetensors", bytes));

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(other.Tensors[0], 0, 4).Length);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(file.Tensors[0], 0, 4).Length);
        file.Dispose();
    }

    // A sparse file: 2.5 GB of length, a few KB of disk.
    [SkippableFact]
    public void Tensor_BeyondTwoGigabytes_IsReadInWindows()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Needs a file system that stores holes without space; tested on Linux.");
        using var folder = new TemporaryFolder();
        const long rows = 640_000;
        const long bytes = rows * 1024 * 4;
        byte[] head = SafetensorsBuilder.Assemble("{" + SafetensorsBuilder.Entry("huge", "F32", [rows, 1024], 0, bytes) + "}", []);
        using (FileStream stream = File.Create(folder.File("model.safetensors")))
        {
            stream.Write(head);
            stream.SetLength(head.Length + bytes);
            stream.Position = head.Length + bytes - 4;
            stream.Write(BitConverter.GetBytes(1.5f));
        }

        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Path);
        var row = new float[1024];
        tensors.ReadRows("huge", rows - 1, row);
        Assert.Equal(1.5f, row[1023]);
        Assert.Equal(0f, row[1022]);
    }
}
