using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Tests.Checkpoints;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Weights;

/// <summary>What is packed comes back as it was and is not read before it is used.</summary>
public sealed class PackedFileTests
{
    /// <summary>Every format, and none, which keeps the file's.</summary>
    public static TheoryData<WeightFormat?> Formats => [null, .. Enum.GetValues<WeightFormat>().Cast<WeightFormat?>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Load_OfWhatWasPacked_GivesTheBytesOfTheConversion(WeightFormat? format)
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        using PackedModel converted = PackedModel.Convert(source, format);
        PackedModel.Pack(source, folder.File("a.moe"), format);

        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"), format);

        Assert.All(converted.Bytes.Zip(loaded.Bytes), pair => Assert.Equal(pair.First, pair.Second));
        Assert.Equal(format ?? WeightFormat.F32, loaded.GateUp.Format);
        Assert.Contains(loaded.Bytes.First(), value => value != 0);
    }

    [Fact]
    public void Load_OfAFormatForEachPart_GivesEachItsFormat()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        var formats = new WeightFormats { Experts = WeightFormat.Int4, Attention = WeightFormat.Int8, Embedding = WeightFormat.BF16 };
        using PackedModel converted = PackedModel.Convert(source, formats);
        PackedModel.Pack(source, folder.File("a.moe"), formats);

        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));

        Assert.Equal(
            [WeightFormat.BF16, WeightFormat.Int8, WeightFormat.F32, WeightFormat.Int4],
            new[] { loaded.Embedding, loaded.Attention, loaded.Router, loaded.Down }.Select(matrix => matrix.Format));
        Assert.All(converted.Bytes.Zip(loaded.Bytes), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Fact]
    public unsafe void Load_EveryWeight_BeginsAtAMultipleOf64Bytes()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.Int8);

        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));

        Assert.All(
            new[] { (nint)loaded.Embedding.Matrix(0), (nint)loaded.Bias.Values, (nint)loaded.Down.Matrix(0), (nint)loaded.Table.Values },
            address => Assert.Equal(0, address % 64));
    }

    [Fact]
    public void Pack_Twice_WritesTheSameFile()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.Int4);
        PackedModel.Pack(source, folder.File("b.moe"), WeightFormat.Int4);

        Assert.Equal(File.ReadAllBytes(folder.File("a.moe")), File.ReadAllBytes(folder.File("b.moe")));
    }

    [SkippableFact]
    public void Load_OfAFile_TouchesNoWeight()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Reads /proc/self/smaps, which only Linux has.");
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("untouched.moe"), WeightFormat.BF16);

        // Tables of indices are read and are not here.
        using PackedFile file = PackedFile.Open(folder.File("untouched.moe"));
        using var load = new WeightLoader(new MappedStore(file, "Small", null));
        PackedMatrix embedding = load.Matrix(TensorRole.Embedding, "embedding", 37, 40);
        load.Stack(TensorRole.Attention, 40, ("query", 24), ("key", 8));
        load.StackVectors(("query_bias", 24), (null, 8));

        Assert.Equal(0, ResidentBytes("untouched.moe"));
        embedding.ReadRow(0, 0, new float[40]);
        Assert.NotEqual(0, ResidentBytes("untouched.moe"));
    }

    [SkippableFact]
    public void Load_OfAFileThatIsThenDeleted_KeepsItsWeights()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows refuses to delete a file that is in use.");
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.BF16);
        using PackedModel converted = PackedModel.Convert(source, WeightFormat.BF16);
        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));

        File.Delete(folder.File("a.moe"));

        Assert.All(converted.Bytes.Zip(loaded.Bytes), pair => Assert.Equal(pair.First, pair.Second));
    }

    [SkippableFact]
    public void Pack_OverAFileThatIsLoaded_LeavesTheLoadedOneItsWeights()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows refuses to replace a file that is in use.");
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.F32);
        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));
        byte[][] before = [.. loaded.Bytes];

        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.Int4);

        Assert.All(before.Zip(loaded.Bytes), pair => Assert.Equal(pair.First, pair.Second));
        using PackedModel replaced = PackedModel.Load(folder.File("a.moe"), WeightFormat.Int4);
    }

    [Fact]
    public void Load_ByManyAtOnce_GivesEachItsOwn()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.Int8);
        using PackedModel kept = PackedModel.Load(folder.File("a.moe"));
        byte[][] expected = [.. kept.Bytes];

        Parallel.For(0, 16, _ =>
        {
            using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));
            Assert.All(expected.Zip(loaded.Bytes), pair => Assert.Equal(pair.First, pair.Second));
        });

        Assert.All(expected.Zip(kept.Bytes), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Fact]
    public void Matrix_WhoseModelNobodyHolds_KeepsTheFileMapped()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.F32);
        var expected = new float[40];
        source.Read("embedding", 36 * 40, expected);

        PackedMatrix embedding = EmbeddingAlone(folder.File("a.moe"));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        var row = new float[40];
        embedding.ReadRow(0, 36, row);
        Assert.Equal(expected, row);
    }

    [Fact]
    public void Weights_OfAFile_AreReadOnly()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), null);
        using PackedModel loaded = PackedModel.Load(folder.File("a.moe"));

        Assert.Throws<InvalidOperationException>(() => loaded.Embedding.WriteRow(0, 0, new float[40]));
        Assert.Throws<InvalidOperationException>(() => { loaded.Bias.Span(); });
        Assert.Throws<InvalidOperationException>(() => { loaded.Table.Span(0); });
        loaded.Embedding.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loaded.Embedding.ReadRow(0, 0, new float[40]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PackedMatrix EmbeddingAlone(string path) => PackedModel.Load(path).Embedding;

    private static long ResidentBytes(string name)
    {
        long bytes = 0;
        bool isOurs = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (char.IsAsciiHexDigitLower(line[0]))
                isOurs = line.EndsWith(name, StringComparison.Ordinal);
            else if (isOurs && line.StartsWith("Rss:", StringComparison.Ordinal))
                bytes += long.Parse(line.AsSpan(4, line.Length - 7).Trim()) * 1024;
        }

        return bytes;
    }
}
