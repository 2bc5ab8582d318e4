using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Tests.Checkpoints;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Weights;

/// <summary>A packed file that is damaged, or not what the declaration asks for, is refused with what is wrong.</summary>
public sealed class PackedDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;
    private readonly byte[] _whole;
    private readonly PackedEntry[] _entries;

    /// <summary>Packs a small model.</summary>
    public PackedDamageTests()
    {
        _path = _folder.File("a.moe");
        using TensorSource source = PackedModel.Checkpoint(_folder);
        PackedModel.Pack(source, _path, WeightFormat.Int8);
        _whole = File.ReadAllBytes(_path);
        _entries = PackedModel.Entries(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_AFlippedByteOfTheHeader_IsRefused()
    {
        for (int position = 0; position < PackedHeader.Bytes; position++)
        {
            string message = Refusal(bytes => bytes[position] ^= 0x10);
            string expected = position < 8 ? "not a packed file" : position < 12 ? "byte order" : position < 16 ? "version" : "header is damaged";
            Assert.Contains(expected, message);
        }
    }

    [Fact]
    public void Open_AFlippedByteOfTheTable_IsRefused()
    {
        for (int position = (int)BitConverter.ToInt64(_whole, 16); position < _whole.Length; position++)
            Assert.Contains("table is damaged", Refusal(bytes => bytes[position] ^= 0x01));
    }

    [Fact]
    public void Verify_AFlippedByteOfAnyWeight_NamesIt()
    {
        for (int index = 0; index < _entries.Length; index++)
        {
            PackedEntry entry = _entries[index];
            foreach (long position in new[] { entry.Offset, entry.Offset + (entry.Length / 2), entry.Offset + entry.Length - 1 })
            {
                byte[] bytes = [.. _whole];
                bytes[position] ^= 0x80;
                File.WriteAllBytes(_path, bytes);

                var refusal = Assert.Throws<CheckpointException>(() => PackedFile.Verify(_path));

                Assert.Contains($"entry {index}, {entry.Request}, is damaged", Assert.Single(refusal.Problems));
            }
        }
    }

    [Fact]
    public void Verify_TwoDamagedWeights_NamesBoth()
    {
        byte[] bytes = [.. _whole];
        bytes[_entries[0].Offset] ^= 1;
        bytes[_entries[7].Offset] ^= 1;
        File.WriteAllBytes(_path, bytes);

        Assert.Equal(2, Assert.Throws<CheckpointException>(() => PackedFile.Verify(_path)).Problems.Count);
    }

    [Fact]
    public void Verify_AWholeFile_IsContentAndReadsAllOfIt()
    {
        LoadProgress last = default;
        PackedFile.Verify(_path, new Immediate(state => last = state));

        Assert.Equal(1, last.Fraction);
        Assert.Equal(_entries.Sum(entry => entry.Length), last.BytesDone);
    }

    [Fact]
    public void Load_AFlippedByteOfATableOfIndices_IsRefusedEvenUnasked()
    {
        string message = Refusal(bytes => bytes[_entries[^1].Offset + 3] = 0x7F);

        Assert.Contains("'table'", message);
        Assert.Contains("damaged", message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(5000)]
    [InlineData(-1)]
    public void Open_ATruncatedFile_IsRefused(int length)
    {
        int kept = length < 0 ? _whole.Length + length : length;
        File.WriteAllBytes(_path, _whole[..kept]);

        string message = Assert.Throws<CheckpointException>(() => PackedModel.Load(_path)).Message;

        Assert.StartsWith(_path, message);
        Assert.Contains("truncated", message);
        Assert.Contains($"has {kept} bytes", message);
    }

    [Fact]
    public void Open_ALongerFile_IsRefused()
    {
        File.WriteAllBytes(_path, [.. _whole, 0]);

        Assert.Contains($"has {_whole.Length + 1} bytes; {_whole.Length} were expected", Assert.Throws<CheckpointException>(() => PackedModel.Load(_path)).Message);
    }

    [Fact]
    public void Open_AnotherVersion_IsRefusedAlthoughNothingIsDamaged()
    {
        string message = Refusal(bytes =>
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), PackedFile.Version + 1);
            SignHeader(bytes);
        });

        Assert.Contains($"version {PackedFile.Version + 1}", message);
        Assert.Contains($"reads version {PackedFile.Version}", message);
    }

    [Fact]
    public void Open_AnotherByteOrder_IsRefused()
    {
        string message = Refusal(bytes =>
        {
            bytes.AsSpan(8, 4).Reverse();
            SignHeader(bytes);
        });

        Assert.Contains("04030201; 01020304 was expected", message);
    }

    [Fact]
    public void Open_NoFile_SaysSo() =>
        Assert.Contains("does not exist", Assert.Throws<CheckpointException>(() => PackedFile.Verify(_folder.File("none.moe"))).Message);

    [Fact]
    public void Load_ATableThatIsWrongAndSigned_IsRefusedOrTheSame()
    {
        // Whatever a table says, an entry lies in the file and has the length that its shape needs.
        int table = (int)BitConverter.ToInt64(_whole, 16);
        var random = new Random(3);
        for (int position = table; position < _whole.Length; position++)
        {
            byte[] bytes = [.. _whole];
            bytes[position] = (byte)random.Next(256);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), XxHash3.HashToUInt64(bytes.AsSpan(table)));
            SignHeader(bytes);
            File.WriteAllBytes(_path, bytes);
            try
            {
                using PackedModel model = PackedModel.Load(_path);
                Assert.Equal(_entries.Length, model.Bytes.Count());
            }
            catch (CheckpointException refusal)
            {
                Assert.StartsWith(_path, refusal.Message);
            }
        }
    }

    [Fact]
    public void Load_WithAnotherShape_NamesWhatTheFileHoldsAndWhatIsAskedFor()
    {
        using var load = new WeightLoader(new MappedStore(PackedFile.Open(_path), "Other", null));

        string message = Assert.Throws<CheckpointException>(() => new PackedModel(load, width: 48)).Message;

        Assert.Contains("another declaration (Small)", message);
        Assert.Contains("Embedding 1 × [37 × 40] of 'embedding' as entry 0; Other asks for Embedding 1 × [37 × 48] of 'embedding'", message);
    }

    [Fact]
    public void Load_WithAnotherSourceOfTheSameShape_IsRefused()
    {
        using var load = new WeightLoader(new MappedStore(PackedFile.Open(_path), "Other", null));
        load.Matrix(TensorRole.Embedding, "embedding", 37, 40);

        string message = Assert.Throws<CheckpointException>(() => load.Stack(TensorRole.Attention, 40, ("key", 8), ("query", 24))).Message;

        Assert.Contains("24 rows of 'query', 8 rows of 'key'", message);
        Assert.Contains("asks for Attention 1 × [32 × 40] of 8 rows of 'key', 24 rows of 'query'", message);
    }

    [Fact]
    public void Load_ThatAsksForLess_NamesTheFirstThatIsLeft()
    {
        using var load = new WeightLoader(new MappedStore(PackedFile.Open(_path), "Other", null));
        load.Matrix(TensorRole.Embedding, "embedding", 37, 40);

        string message = Assert.Throws<CheckpointException>(load.Detach).Message;

        Assert.Contains($"{_entries.Length - 1} more weights than Other asks for, the first of them {_entries[1].Request}", message);
    }

    [Fact]
    public void Load_ThatAsksForMore_NamesIt()
    {
        using var load = new WeightLoader(new MappedStore(PackedFile.Open(_path), "Other", null));

        // The small model detaches at its end; what the loader gives after that is asked for too late in the file.
        using var model = new PackedModel(load);
        string message = Assert.Throws<CheckpointException>(() => load.Vector("norm", 40)).Message;

        Assert.Contains($"holds {_entries.Length} weights and ends where Other asks for vector 1 × [40] of 'norm'", message);
    }

    [Fact]
    public void Load_InAnotherFormat_NamesBothAndTheWeight()
    {
        string message = Assert.Throws<CheckpointException>(
            () => PackedModel.Load(_path, new WeightFormats { Experts = WeightFormat.Int4 })).Message;

        Assert.Contains($"entry 6, {_entries[6].Request}, is Int8, and Int4 was asked for", message);
    }

    private static void SignHeader(byte[] bytes) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(56), XxHash3.HashToUInt64(bytes.AsSpan(0, 56)));

    private string Refusal(Action<byte[]> damage)
    {
        byte[] bytes = [.. _whole];
        damage(bytes);
        File.WriteAllBytes(_path, bytes);
        var refusal = Assert.Throws<CheckpointException>(() => PackedModel.Load(_path));
        Assert.Equal(_path, refusal.Origin);
        return refusal.Message;
    }

    private sealed class Immediate(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
