using System;
using System.IO;
using System.Linq;
using System.Numerics;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class CheckpointTensorsTests
{
    [Fact]
    public void Read_EveryF16Pattern_EqualsTheScalarConversion()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65_536).Select(i => (ushort)i).Where(bits => Half.IsFinite(BitConverter.UInt16BitsToHalf(bits)))];
        AssertReads("F16", patterns, bits => (float)BitConverter.UInt16BitsToHalf(bits));
    }

    [Fact]
    public void Read_EveryBF16Pattern_EqualsTheScalarConversion()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65_536).Select(i => (ushort)i).Where(bits => (bits & 0x7F80) != 0x7F80)];
        AssertReads("BF16", patterns, bits => BitConverter.Int32BitsToSingle(bits << 16));
    }

    [Fact]
    public void Read_F32_KeepsEveryBit()
    {
        var random = new Random(3);
        uint[] patterns = [0, 0x8000_0000, 1, 0x007F_FFFF, 0x7F7F_FFFF, .. Enumerable.Range(0, 10_000).Select(_ => (uint)random.NextInt64(0x7F80_0000))];
        AssertReads("F32", patterns, BitConverter.UInt32BitsToSingle);
    }

    [Fact]
    public void Read_F64_RoundsToTheNearestFloat()
    {
        var random = new Random(4);
        double[] values = [0, -0.0, 1 + 1e-9, 1 + Math.Pow(2, -24), 1 + 3 * Math.Pow(2, -24), 1e-300, .. Enumerable.Range(0, 1000).Select(_ => random.NextDouble() * 1e10)];
        AssertReads("F64", values, value => (float)value);
    }

    // All 2,048 + 254 patterns that are no finite number, each alone: every one is found.
    [Fact]
    public void Read_EveryNonFinitePattern_IsFound()
    {
        using var folder = new TemporaryFolder();
        foreach (string type in new[] { "F16", "BF16" })
        {
            int exponent = type == "F16" ? 0x7C00 : 0x7F80;
            ushort[] patterns = [.. Enumerable.Range(0, 65_536).Select(i => (ushort)i).Where(bits => (bits & exponent) == exponent)];
            string path = folder.Write(type, new SafetensorsBuilder().Add("t", type, [patterns.Length], patterns).Build());
            using CheckpointTensors tensors = CheckpointTensors.Open(path);
            var one = new float[1];
            for (int i = 0; i < patterns.Length; i++)
                Assert.Throws<CheckpointException>(() => tensors.Read("t", i, one));
        }
    }

    [Theory]
    [InlineData("F64", double.NaN, "NaN")]
    [InlineData("F64", 1e300, "1E+300")]
    [InlineData("F32", double.NaN, "NaN")]
    [InlineData("F32", double.PositiveInfinity, "Infinity")]
    [InlineData("F16", double.NegativeInfinity, "-Infinity")]
    [InlineData("BF16", double.NaN, "NaN")]
    public void Read_NonFiniteWeight_NamesTensorElementAndValue(string type, double value, string text)
    {
        using var folder = new TemporaryFolder();
        // Every place in a row longer than any vector, so that both the wide path and the rest are met.
        for (int place = 0; place < 37; place++)
        {
            double[] values = new double[3 * 37];
            values[37 + place] = value;
            string path = folder.Write("m", Encode(type, "layer.weight", [3, 37], values));
            using CheckpointTensors tensors = CheckpointTensors.Open(path);
            var rows = new float[2 * 37];
            var exception = Assert.Throws<CheckpointException>(() => tensors.ReadRows("layer.weight", 1, rows));
            Assert.Contains($"'layer.weight' holds {text} at element {37 + place}, index [1, {place}]", exception.Message);
            tensors.ReadRows("layer.weight", 2, rows.AsSpan(37));
        }
    }

    [Fact]
    public void ReadRows_OfStackedMatrices_CountsRowsThroughTheStack()
    {
        using var folder = new TemporaryFolder();
        float[] elements = [.. Enumerable.Range(0, 2 * 3 * 5).Select(i => (float)i)];
        string path = folder.Write("m", new SafetensorsBuilder().Add("pad", "U8", [1], (byte)1).Add("t", "F32", [2, 3, 5], elements).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(path);
        var rows = new float[10];
        tensors.ReadRows("t", 3, rows);
        Assert.Equal(elements[15..25], rows);

        Assert.Throws<ArgumentException>(() => tensors.ReadRows("t", 0, new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensors.ReadRows("t", 5, rows));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensors.ReadRows("t", -1, rows));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensors.ReadRows("t", long.MaxValue, rows));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensors.Read("t", 25, rows));
    }

    [Fact]
    public void Read_TensorLargerThanAWindow_IsWhole()
    {
        using var folder = new TemporaryFolder();
        // 20 MB of bf16 read at once: five windows, and the limit of mapped bytes is passed.
        var random = new Random(11);
        ushort[] stored = [.. Enumerable.Range(0, 10_000_003).Select(_ => (ushort)random.Next(0x7F80))];
        string path = folder.Write("m", new SafetensorsBuilder().Add("odd", "U8", [1], (byte)1).Add("t", "BF16", [stored.Length], stored).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(path);
        var floats = new float[stored.Length];
        tensors.Read("t", 0, floats);
        for (int i = 0; i < stored.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(floats[i]) != (uint)stored[i] << 16)
                Assert.Fail($"element {i}");
        }
    }

    [Fact]
    public void Read_FloatsAndIntegers_AreNotTakenForEachOther()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m", new SafetensorsBuilder().Add("table", "I64", [2], -1L, 5L).Add("packed", "F8_E4M3", [2], (byte)1, (byte)2).Add("w", "F32", [1], 1f).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(path);
        Assert.Contains("'table' holds I64; weights are read from", Assert.Throws<CheckpointException>(() => tensors.Read("table", 0, new float[1])).Message);
        Assert.Contains("'packed' holds F8_E4M3; weights are read from", Assert.Throws<CheckpointException>(() => tensors.Read("packed", 0, new float[1])).Message);
        Assert.Contains("'w' holds F32; integers are needed", Assert.Throws<CheckpointException>(() => tensors.ReadIntegers("w", 0, new long[1])).Message);
        Assert.Contains("there is no tensor 'x'", Assert.Throws<CheckpointException>(() => tensors.Read("x", 0, new float[1])).Message);
    }

    [Fact]
    public void ReadIntegers_OfEveryWidth_EqualTheStored()
    {
        AssertIntegers("I64", long.MinValue, -1L, long.MaxValue);
        AssertIntegers("I32", int.MinValue, -1, int.MaxValue);
        AssertIntegers("I16", short.MinValue, (short)-1, short.MaxValue);
        AssertIntegers("I8", sbyte.MinValue, (sbyte)-1, sbyte.MaxValue);
        AssertIntegers("U64", 0UL, 7UL, (ulong)long.MaxValue);
        AssertIntegers("U32", 0U, 7U, uint.MaxValue);
        AssertIntegers("U16", (ushort)0, (ushort)7, ushort.MaxValue);
        AssertIntegers("U8", (byte)0, (byte)7, byte.MaxValue);

        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", new SafetensorsBuilder().Add("t", "U64", [1], ulong.MaxValue).Build()));
        Assert.Contains("'t' holds an unsigned integer above", Assert.Throws<CheckpointException>(() => tensors.ReadIntegers("t", 0, new long[1])).Message);
    }

    [Fact]
    public void ReadRows_FromManyThreads_AgreeWithOne()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(12);
        float[] elements = [.. Enumerable.Range(0, 4_000 * 512).Select(_ => random.NextSingle())];
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", new SafetensorsBuilder().Add("t", "F32", [4_000, 512], elements).Build()));
        System.Threading.Tasks.Parallel.For(0, 4_000 * 4, i =>
        {
            var row = new float[512];
            tensors.ReadRows("t", i % 4_000, row);
            if (i % 97 == 0)
                tensors.Release("t");
            Assert.True(row.AsSpan().SequenceEqual(elements.AsSpan(i % 4_000 * 512, 512)));
        });
    }

    private static void AssertReads<T>(string type, T[] stored, Func<T, float> expected)
        where T : unmanaged
    {
        using var folder = new TemporaryFolder();
        // An odd byte before the tensor: no element lies on a multiple of its size.
        string path = folder.Write("m", new SafetensorsBuilder().Add("pad", "U8", [1], (byte)1).Add("t", type, [stored.Length], stored).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(path);
        var floats = new float[stored.Length];
        tensors.Read("t", 0, floats);
        for (int i = 0; i < stored.Length; i++)
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected(stored[i])), BitConverter.SingleToUInt32Bits(floats[i]));

        // Short reads take the scalar path.
        var few = new float[3];
        tensors.Read("t", stored.Length - 3, few);
        Assert.Equal(floats[^3..], few);
    }

    private static void AssertIntegers<T>(string type, params T[] values)
        where T : unmanaged, INumber<T>
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("m", new SafetensorsBuilder().Add("pad", "U8", [1], (byte)1).Add("t", type, [values.Length], values).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(path);
        var integers = new long[values.Length];
        tensors.ReadIntegers("t", 0, integers);
        Assert.Equal(values.Select(value => long.CreateChecked(value)), integers);
    }

    private static byte[] Encode(string type, string name, long[] shape, double[] values) => type switch
    {
        "F64" => new SafetensorsBuilder().Add(name, type, shape, values).Build(),
        "F32" => new SafetensorsBuilder().Add(name, type, shape, values.Select(value => (float)value).ToArray()).Build(),
        "F16" => new SafetensorsBuilder().Add(name, type, shape, values.Select(value => (Half)value).ToArray()).Build(),
        _ => new SafetensorsBuilder().Add(name, type, shape, values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)).ToArray()).Build(),
    };
}
