using System;
using System.Linq;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>MXFP4 against numbers written by hand from its definition.</summary>
public sealed class MicroscalingTests
{
    private static readonly float[] Halves = [0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f];

    // Byte i holds element 2i below and 2i + 1 above: all sixteen values, twice.
    private static readonly byte[] AllValues = [.. Enumerable.Range(0, 16).Select(i => (byte)((2 * i % 16) | (((2 * i) + 1) % 16 << 4)))];

    [Theory]
    [InlineData(127, 1f)]
    [InlineData(130, 8f)]
    [InlineData(120, 1f / 128)]
    [InlineData(1, 1.1754944e-38f)]
    public void Decode_EveryValue_IsScaledByAPowerOfTwo(byte scale, float factor)
    {
        var decoded = new float[32];
        Microscaling.Decode(AllValues, [scale], decoded);
        for (int i = 0; i < 32; i++)
            Assert.Equal(BitConverter.SingleToInt32Bits(Halves[i % 16] * factor), BitConverter.SingleToInt32Bits(decoded[i]));
    }

    [Fact]
    public void Decode_TwoBlocks_TakesEachItsScale()
    {
        var decoded = new float[64];
        Microscaling.Decode([.. AllValues, .. AllValues], [128, 126], decoded);
        Assert.Equal((12f, 3f), (decoded[7], decoded[39]));
    }

    [Fact]
    public void Decode_OfLengthsThatDoNotFit_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Microscaling.Decode(AllValues, [1, 2], new float[32]));

    // Two experts of two rows: a tensor [2, 2, 1, 16], and of scales [2, 2, 1].
    [Fact]
    public void ReadRows_OfBlocksAndScales_AreDecodedRowByRow()
    {
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", Stored(127, 128, 129, 130).Build()));
        var part = new TensorPart("e") { Matrix = 1, MatrixRows = 2, Transposed = true, Microscaled = true };
        var read = new float[64];
        tensors.ReadRows(part, 0, 32, read);
        Assert.Equal((6f * 4, 6f * 8), (read[7], read[39]));
        Assert.True(tensors.FitsBFloat16(part));

        // One row of each two: gate rows have the scales 127 and 129, up rows 128 and 130.
        var up = new TensorPart("e") { MatrixRows = 4, FirstRow = 1, GroupRows = 1, GroupStride = 2, Transposed = true, Microscaled = true };
        tensors.ReadRows(up, 0, 32, read);
        Assert.Equal((6f * 2, 6f * 8), (read[7], read[39]));
    }

    [Theory]
    [InlineData(WeightFormat.F32)]
    [InlineData(WeightFormat.BF16)]
    public void Load_IntoEitherFormat_IsExact(WeightFormat format)
    {
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", Stored(127, 100, 150, 110).Build()));
        using var loader = new WeightLoader(tensors, format, null);
        PackedMatrix packed = loader.Experts(TensorRole.Experts, 2, expert => new TensorPart("e") { Matrix = expert, MatrixRows = 2, Transposed = true, Microscaled = true }, 2, 32);
        var row = new float[32];
        packed.ReadRow(1, 0, row);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => Halves[i % 16] * MathF.ScaleB(1, 150 - 127)), row);
    }

    [Fact]
    public void ReadRows_WithAScaleThatIsNoNumber_NamesTensorAndScale()
    {
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", Stored(127, 255, 129, 130).Build()));
        var exception = Assert.Throws<CheckpointException>(() =>
            tensors.ReadRows(new TensorPart("e") { MatrixRows = 2, Transposed = true, Microscaled = true }, 0, 32, new float[64]));
        Assert.Contains("'e_scales' holds 255 in row 1", exception.Message);
    }

    [Fact]
    public void Verify_OfBlocksAndScales_ComparesTheirShapes()
    {
        TensorRequirement[] required = [new("e", [2, 32, 2], TensorKind.Matrix, Transposed: true, Microscaled: true)];
        using var folder = new TemporaryFolder();
        using (CheckpointTensors good = CheckpointTensors.Open(folder.Write("good", Stored(1, 2, 3, 4).Build())))
            TensorCheck.Verify(good, "Tiny", required);

        var bad = new SafetensorsBuilder().Add("e_blocks", "U8", [2, 1, 2, 16], new byte[64]).Add("e_scales", "F32", [2, 2, 1], new byte[16]);
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("bad", bad.Build()));
        var exception = Assert.Throws<CheckpointException>(() => TensorCheck.Verify(tensors, "Tiny", required));
        Assert.Equal(
            [
                "mis-shaped: e_blocks U8 [2, 1, 2, 16]; Tiny needs [2, 2, 1, 16].",
                "mistyped: e_scales F32 [2, 2, 1]; MXFP4 is stored as U8.",
            ],
            exception.Problems);
    }

    private static SafetensorsBuilder Stored(params byte[] scales) => new SafetensorsBuilder()
        .Add("e_blocks", "U8", [2, 2, 1, 16], [.. Enumerable.Repeat(AllValues, 4).SelectMany(bytes => bytes)])
        .Add("e_scales", "U8", [2, 2, 1], scales);
}
