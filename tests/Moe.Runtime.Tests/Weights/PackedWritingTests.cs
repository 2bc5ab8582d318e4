using System;
using System.IO;
using System.Linq;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Tests.Checkpoints;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Weights;

/// <summary>A packed file is written whole or not at all, and holds finite numbers.</summary>
public sealed class PackedWritingTests
{
    [Fact]
    public void Pack_Progress_GoesUpToTheCheckpointsBytes()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        double last = 0;
        PackedModel.Pack(source, folder.File("a.moe"), null, new Immediate(state =>
        {
            Assert.True(state.Fraction >= last);
            last = state.Fraction;
        }));

        // Two of the small model's tensors are read a second time, for other weights.
        Assert.InRange(last, 1, 2);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Pack_OfANumberThatIsNotFinite_IsRefusedAndLeavesNothing(float value)
    {
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            using var folder = new TemporaryFolder();
            using TensorSource source = PackedModel.Checkpoint(folder, (name, values) => values[^1] = name == "experts.2.down" ? value : values[^1]);

            var refusal = Assert.Throws<CheckpointException>(() => PackedModel.Pack(source, folder.File("a.moe"), format));

            Assert.Contains("'experts.2.down'", refusal.Message);
            Assert.Equal(["model.safetensors"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        }
    }

    [Theory]
    [InlineData(3.39e38f)]
    [InlineData(-3.4e38f)]
    public void Convert_OfANumberThatAFormatCannotHold_IsRefused(float value)
    {
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            foreach (string tensor in new[] { "router", "latent" })
            {
                using var folder = new TemporaryFolder();
                using TensorSource source = PackedModel.Checkpoint(folder, (name, values) => values[^1] = name == tensor ? value : values[^1]);
                var formats = new WeightFormats { Router = format, Attention = format };
                if (format == WeightFormat.F32)
                {
                    using PackedModel held = PackedModel.Convert(source, formats);
                }
                else
                {
                    string message = Assert.Throws<CheckpointException>(() => PackedModel.Convert(source, formats)).Message;
                    Assert.Contains($"'{tensor}' holds {value:R}, and {format} has numbers up to", message);
                }
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.BF16, 3.38953139e38f)]
    [InlineData(WeightFormat.Int8, 1e37f)]
    [InlineData(WeightFormat.Int4, 1e37f)]
    [InlineData(WeightFormat.MXFP4, 1e37f)]
    public void Convert_OfTheLargestNumbersOfAFormat_StaysFinite(WeightFormat format, float largest)
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder, (_, values) => (values[0], values[1]) = (largest, -largest));
        using PackedModel model = PackedModel.Convert(source, format);

        var row = new float[40];
        model.Embedding.ReadRow(0, 0, row);

        Assert.All(row, value => Assert.True(float.IsFinite(value)));
        Assert.InRange(row[0] / largest, 0.7f, 1.3f);
    }

    [Fact]
    public void Pack_Cancelled_LeavesTheFileThatWasThere()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.F32);
        byte[] before = File.ReadAllBytes(folder.File("a.moe"));
        using var stop = new CancellationTokenSource();
        var progress = new Immediate(state =>
        {
            if (state.Tensor == "router")
                stop.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => PackedModel.Pack(source, folder.File("a.moe"), WeightFormat.Int8, progress, stop.Token));

        Assert.Equal(["a.moe", "model.safetensors"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal(before, File.ReadAllBytes(folder.File("a.moe")));
    }

    [Fact]
    public void Pack_OntoTheCheckpoint_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        byte[] before = File.ReadAllBytes(folder.File("model.safetensors"));

        var refusal = Assert.Throws<CheckpointException>(() => PackedModel.Pack(source, folder.File("model.safetensors"), null));

        Assert.Contains("not a packed file", refusal.Message);
        Assert.Equal(before, File.ReadAllBytes(folder.File("model.safetensors")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Pack_IntoNoFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);

        var refusal = Assert.Throws<DirectoryNotFoundException>(() => PackedModel.Pack(source, Path.Combine(folder.Path, "none", "a.moe"), null));

        Assert.Contains(Path.Combine(folder.Path, "none"), refusal.Message);
    }

    [Fact]
    public void Pack_OntoAFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using TensorSource source = PackedModel.Checkpoint(folder);
        var refusal = Assert.Throws<IOException>(() => PackedModel.Pack(source, folder.Path, null));
        Assert.StartsWith($"{folder.Path}: this is a folder; give the name of a file", refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Immediate(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
