using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class SafetensorsBadInputTests
{
    private const string Good = """
        "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}
        """;

    // header, bytes of data, part of the message
    public static TheoryData<string, int, string> WrongHeaders => new()
    {
        { "[1, 2]", 0, "the header is not a JSON object" },
        { "{", 0, "the header is not valid JSON" },
        { "{" + Good + "} {}", 8, "the header is not valid JSON" },
        { "{" + Good + ",}", 8, "the header is not valid JSON" },
        { "        ", 0, "the header is not valid JSON" },
        { """{"a":7}""", 0, "'a' is not an object with dtype, shape and data_offsets" },
        { """{"a":{"dtype":"F32","shape":[2]}}""", 8, "'a': 'data_offsets' is missing or is not an array of two" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", 8, "'a': 'data_offsets' is missing or is not an array of two" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":{"0":8}}}""", 8, "'a': 'data_offsets' is missing or is not an array of two" },
        { """{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "'a': 'dtype' is missing or is not a text" },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'a': 'dtype' is missing or is not a text" },
        { """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "'a': 'shape' is missing or is not an array of non-negative" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'a': 'shape' is missing or is not an array of non-negative" },
        { """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "'a': 'shape' is missing or is not an array of non-negative" },
        { """{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "'a': 'shape' is missing or is not an array of non-negative" },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "'a': 'shape' is missing or is not an array of non-negative" },
        { """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "'a': the element type 'F31' is not one that can be read" },
        { """{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", 1, "'a': the element type 'F4' is not one that can be read" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "'a': the size of shape [4294967296, 4294967296] overflows 64 bits" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]}}""", 8, "'a': the size of shape [4611686018427387904] overflows 64 bits" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", 0, "overflows 64 bits" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a': data_offsets [8, 0] end before they begin" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 8, "'a': data_offsets [8, 16] reach beyond the 8 bytes that follow the header" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807]}}""", 8, "reach beyond the 8 bytes" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a': data_offsets [0, 8] hold 8 bytes, but F32 [3] needs 12" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "'a' says 'dtype' twice" },
        { "{" + Good + "," + Good + "}", 8, "the name 'a' occurs twice in the header" },
        { """{"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},""" + Good + "}", 8, "the name 'a' occurs twice in the header" },
        { "{" + Good + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'b' overlaps 'a' by 4 bytes" },
        { "{" + Good + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "'b' overlaps 'a' by 8 bytes" },
        { "{" + Good + ""","b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "4 bytes before 'b' belong to no tensor" },
        { "{" + Good + "}", 16, "8 bytes at the end of the file belong to no tensor" },
        { """{"a\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "unpaired surrogate" },
        { """{"__metadata__":[1],""" + Good + "}", 8, "__metadata__ is not an object of texts" },
        { """{"__metadata__":{"format":1},""" + Good + "}", 8, "__metadata__: 'format' is not a text" },
    };

    [Theory]
    [MemberData(nameof(WrongHeaders))]
    public void Open_WrongHeader_NamesFileTensorAndFault(string header, int dataLength, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.safetensors", SafetensorsBuilder.Assemble(header, new byte[dataLength]));
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
        Assert.Contains(message, exception.Message);
        Assert.StartsWith(path, exception.Message);
        Assert.Equal(path, exception.Origin);
    }

    [Fact]
    public void Open_HeaderLengthBeyondTheFile_SaysBothNumbers()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = SafetensorsBuilder.Assemble("{}", [], headerLength: 4096);
        AssertRefused(folder.Write("a", bytes), "the header should have 4096 bytes, but only 8 follow");
        AssertRefused(folder.Write("b", SafetensorsBuilder.Assemble("{}", [], headerLength: -1)), "the header should have 18446744073709551615 bytes");
    }

    [SkippableFact]
    public void Open_HeaderBeyondTheFormatsLimit_IsRefusedUnread()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Needs a file system that stores holes without space; tested on Linux.");
        using var folder = new TemporaryFolder();
        string path = folder.File("a");
        using (FileStream stream = File.Create(path))
        {
            stream.Write(BitConverter.GetBytes(100_000_001L));
            stream.SetLength(200_000_000);
        }

        AssertRefused(path, "the header has 100000001 bytes; the format allows at most 100000000");
    }

    [Fact]
    public void Open_TruncatedAnywhere_IsRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = new SafetensorsBuilder().Add("a", "F32", [2], 1f, 2f).Add("b", "F32", [2], 3f, 4f).Build();
        for (int length = 0; length < whole.Length; length++)
        {
            string path = folder.Write("a", whole[..length]);
            string message = length < 8 ? $"the file has {length} bytes"
                : length < whole.Length - 16 ? "but only"
                : "the file is truncated or damaged";
            AssertRefused(path, message);
        }
    }

    [Fact]
    public void Open_ManyTensorsBehindTheEnd_AreOneFault()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = new SafetensorsBuilder().Add("a", "F32", [2], 1f, 2f).Add("b", "F32", [2], 3f, 4f).Add("c", "F32", [1], 5f).Build();
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Write("a", whole[..^8])));
        Assert.Equal(
            ["2 tensors, 'b' the first of them in the header, need 20 bytes and reach beyond the 12 bytes that follow the header; the file is truncated or damaged, fetch it again."],
            exception.Problems);
    }

    [Fact]
    public void Open_PointerOfGitLfs_IsNamed()
    {
        using var folder = new TemporaryFolder();
        string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        AssertRefused(folder.Write("a", System.Text.Encoding.ASCII.GetBytes(pointer)), "a Git LFS pointer of");
    }

    [Fact]
    public void Open_HeaderThatIsNotUtf8_IsRefused()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new SafetensorsBuilder().Add("aaa", "F32", [1], 1f).Build();
        bytes[Array.IndexOf(bytes, (byte)'a')] = 0xFF;
        AssertRefused(folder.Write("a", bytes), "the header is not valid UTF-8");
    }

    [Fact]
    public void Open_SeveralFaults_AreAllInOneException()
    {
        using var folder = new TemporaryFolder();
        string header = """{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]},"b":7,"c":{"dtype":"F32","shape":[2],"data_offsets":[0,80]}}""";
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Write("a", SafetensorsBuilder.Assemble(header, new byte[8]))));
        Assert.Equal(3, exception.Problems.Count);
        Assert.Contains("3 problems", exception.Message);
        Assert.All(exception.Problems, problem => Assert.Contains("\n  - " + problem, exception.Message));
    }

    [Fact]
    public void Open_TensorInsideAnother_IsTheOnlyFault()
    {
        using var folder = new TemporaryFolder();
        string header = "{" + string.Join(",",
            SafetensorsBuilder.Entry("outer", "U8", [16], 0, 16),
            SafetensorsBuilder.Entry("inner", "U8", [4], 4, 8),
            SafetensorsBuilder.Entry("next", "U8", [4], 16, 20)) + "}";
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Write("a", SafetensorsBuilder.Assemble(header, new byte[20]))));
        Assert.Equal(["'inner' overlaps 'outer' by 4 bytes."], exception.Problems);
    }

    [Fact]
    public void Open_HundredFaults_AreCountedBeyondFifty()
    {
        using var folder = new TemporaryFolder();
        string header = "{" + string.Join(",", Enumerable.Range(0, 120).Select(i => $"\"t{i}\":{i}")) + "}";
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Write("a", SafetensorsBuilder.Assemble(header, []))));
        Assert.Equal(51, exception.Problems.Count);
        Assert.Equal("and 70 more tensors with a wrong header entry.", exception.Problems[50]);
    }

    [Fact]
    public void Open_MissingFileOrFolderOfThatName_IsRefused()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.File("nothing.safetensors"), "the file does not exist");
        AssertRefused(folder.File("nothing/model.safetensors"), "the file does not exist");

        Directory.CreateDirectory(folder.File("model.safetensors"));
        var exception = AssertRefused(folder.File("model.safetensors"), "the file cannot be read");
        Assert.IsType<UnauthorizedAccessException>(exception.InnerException);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Open_FileWithoutReadPermission_IsRefused()
    {
        Skip.If(OperatingSystem.IsWindows(), "Unix permissions.");
        Skip.If(Environment.IsPrivilegedProcess, "Permissions do not bind this user.");
        using var folder = new TemporaryFolder();
        string path = folder.Write("a", SafetensorsBuilder.Assemble("{}", []));
        File.SetUnixFileMode(path, UnixFileMode.None);
        AssertRefused(path, "the file cannot be read");
    }

    private static CheckpointException AssertRefused(string path, string message)
    {
        var exception = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
        Assert.Contains(message, exception.Message);
        return exception;
    }
}
